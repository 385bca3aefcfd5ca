import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleProgram, type HostProgram } from "../../tools/bundle.ts";

const MEBIBYTE = 1024 * 1024;

/** Everything foreign that runs on a host, in the agent alone. A new name here is a decision; see DECISIONS.md. */
const PACKAGES = ["bl", "inherits", "mqtt", "mqtt-packet", "process-nextick-args", "rfdc", "ws"];

const packageOf = (input: string): string | undefined =>
  /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];

type Output = Metafile["outputs"][string];

const PROGRAMS: readonly {
  readonly program: HostProgram;
  readonly entry: string;
  readonly packages: readonly string[];
  readonly rooms: RegExp;
  /** Asked for in vain: ws is faster with these two and catches their absence. */
  readonly foreign: readonly string[];
}[] = [
  {
    program: "nixwave-agent",
    entry: "agent/main.ts",
    packages: PACKAGES,
    rooms: /^(agent|src\/contract|src\/bus)\//,
    foreign: ["bufferutil", "utf-8-validate"],
  },
  {
    program: "nixwave-activator",
    entry: "agent/activator-main.ts",
    packages: [], // root never parses MQTT (DESIGN 7)
    rooms: /^(agent|src\/contract)\/|^src\/bus\/(index|broker-url)\.ts$/,
    foreign: [],
  },
];

describe.each(PROGRAMS)("the bundle $program", ({ program, entry, packages, rooms, foreign }) => {
  // Under the system's folder for temporary files, no node_modules is in reach.
  const folder = mkdtempSync(join(tmpdir(), "nixwave-bundle-"));
  const file = join(folder, `${program}.mjs`);
  let output: Output;

  beforeAll(async () => {
    const [written] = Object.values((await bundleProgram(program, file)).outputs);
    if (!written) throw new Error("esbuild wrote nothing");
    output = written;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const inputs = (): string[] =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => input);

  it("holds exactly the packages that were let in: no broker, no Node-RED, no schema compiler", () => {
    const held = new Set(inputs().flatMap((input) => packageOf(input) ?? []));
    expect(held).toEqual(new Set(packages));
  });

  it("holds no room but those it needs", () => {
    const own = inputs().filter(
      (input) => packageOf(input) === undefined && !/^(node-on-demand|stand-in):/.test(input),
    );
    expect(own).toContain(entry);
    expect(own.filter((input) => !rooms.test(input))).toEqual([]);
  });

  it("asks for nothing at run time that Node does not bring", () => {
    const asked = output.imports.map(({ path }) => path).filter((path) => !isBuiltin(path));
    expect(asked).toEqual(foreign);
  });

  it("stays below 2 MiB", () => {
    expect(output.bytes).toBeLessThan(2 * MEBIBYTE);
    expect(output.bytes).toBeGreaterThan(0.1 * MEBIBYTE);
  });

  it("starts where there is no node_modules", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, "--help"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`Usage: ${program}`);
  });
});
