import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packNodes } from "../../tools/pack-nodes.ts";
import { freePort } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";
import { type EvaluatedHub, rightHubs } from "./nixos-rig.ts";

const run = promisify(execFile);
const skip = needs("nix").skip;
const NIXWAVE = "src/cli/main.ts";

let folder: string;
let nodes: string;
let flow: string;
beforeAll(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), "nixwave-services-node-red-"));
  const hubs: Readonly<Record<string, EvaluatedHub | undefined>> = rightHubs(join(folder, "built"));
  const { service } = hubs;
  if (service === undefined) throw new Error("nix/test/cases/hub-right.nix has no service");
  // What the module names, and where the package has it.
  nodes = String(service["node-red"].define["nodesDir"]);
  expect(nodes).toContain(folder);
  await mkdir(dirname(nodes), { recursive: true });
  await packNodes(nodes);
  flow = JSON.stringify(service.rendered.flow);
}, 120_000);
afterAll(() => (skip ? undefined : rm(folder, { recursive: true })));

/** The command line of nixpkgs' services.node-red (nixos/modules/services/web-apps/node-red.nix). */
function startService(runtime: string, userDir: string, port: number): ChildProcess {
  const red = dirname(createRequire(import.meta.url).resolve(`${runtime}/package.json`));
  const options = ["--settings", join(red, "settings.js"), "--port", String(port)];
  const command = [join(red, "red.js"), ...options, "--userDir", userDir];
  return spawn(process.execPath, [...command, "-D", `nodesDir=${nodes}`], {
    cwd: userDir,
    env: { PATH: process.env["PATH"], HOME: userDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function untilStarted(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    said.push(line);
    if (line.includes("Started flows")) return;
  }
  throw new Error(`Node-RED ended:\n${said.join("\n")}`);
}

describe.skipIf(skip).each(["node-red-4", "node-red"])(
  "services.node-red of %s with what the hub's module gives it",
  { timeout: 60_000 },
  (runtime) => {
    it("has nodes, sidebar and the home's first flow, makes the hub's key, and is copied while it runs", async () => {
      const userDir = join(folder, runtime);
      await mkdir(userDir);
      await writeFile(join(userDir, "flows.json"), flow, { mode: 0o600 });
      const port = await freePort();
      const child = startService(runtime, userDir, port);
      try {
        await untilStarted(child);
        const get = async (path: string): Promise<unknown> => {
          const headers = { accept: "application/json" };
          return await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).json();
        };
        const ours = async (path: string) =>
          ((await get(path)) as { id: string; module: string; err?: string }[]).filter(
            ({ module }) => module === "@nixwave/node-red",
          );
        const sets = [...(await ours("/nodes")), ...(await ours("/plugins"))];
        expect(sets.filter(({ err }) => err)).toEqual([]);
        expect(sets).toHaveLength(12);
        expect(await get("/flows")).toContainEqual(
          expect.objectContaining({ type: "nixwave-fleet", fleet: "home", channel: "main" }),
        );
        const copies = join(folder, `copies-${runtime}`);
        const backup = ["hub", "backup", "--state", userDir, "--into", copies];
        await run(process.execPath, [NIXWAVE, ...backup]);
        const [copy = ""] = await readdir(copies);
        const { stdout } = await run("tar", ["-tzf", join(copies, copy)]);
        expect(stdout.split("\n")).toEqual(
          expect.arrayContaining([
            "flows.json",
            expect.stringMatching(/^nixwave.home.hub\.secret$/),
          ]),
        );
      } finally {
        if (child.kill()) await once(child, "exit");
      }
    });
  },
);
