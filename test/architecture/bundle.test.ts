import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent } from "../../tools/bundle.ts";

const MEBIBYTE = 1024 * 1024;

/** Everything foreign that runs on a host. A new name here is a decision; see DECISIONS.md. */
const PACKAGES = [
  "@babel/runtime",
  "abort-controller",
  "bl",
  "broker-factory",
  "debug",
  "event-target-shim",
  "fast-unique-numbers",
  "has-flag",
  "inherits",
  "lru-cache",
  "mqtt",
  "mqtt-packet",
  "ms",
  "process",
  "process-nextick-args",
  "readable-stream",
  "rfdc",
  "safe-buffer",
  "string_decoder",
  "supports-color",
  "worker-timers",
  "worker-timers-broker",
  "ws",
];

const packageOf = (input: string): string | undefined =>
  /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];

describe("the agent's bundle", () => {
  // Under the system's folder for temporary files, no node_modules is in reach.
  const folder = mkdtempSync(join(tmpdir(), "nixwave-bundle-"));
  const file = join(folder, "nixwave-agent.mjs");
  let output: Metafile["outputs"][string];

  beforeAll(async () => {
    const [written] = Object.values((await bundleAgent(file)).outputs);
    if (written === undefined) {
      throw new Error("esbuild wrote nothing");
    }
    output = written;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const inputs = (): string[] =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => input);

  it("holds exactly the packages that were let in: no broker, no Node-RED, no schema compiler", () => {
    const packages = new Set(inputs().flatMap((input) => packageOf(input) ?? []));
    expect(packages).toEqual(new Set(PACKAGES));
  });

  it("holds no room but the wire, the bus and the agent itself", () => {
    const rooms = inputs().filter((input) => packageOf(input) === undefined);
    const foreign = rooms.filter((input) => !/^(agent|src\/contract|src\/bus)\//.test(input));
    expect(rooms).toContain("agent/main.ts");
    expect(foreign).toEqual([]);
  });

  it("asks for nothing at run time that Node does not bring", () => {
    const foreign = output.imports.map(({ path }) => path).filter((path) => !isBuiltin(path));
    // ws is faster with these two and catches their absence.
    expect(foreign).toEqual(["bufferutil", "utf-8-validate"]);
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
    expect(stdout).toContain("Usage: nixwave-agent");
  });
});
