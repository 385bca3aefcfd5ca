import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS, type Command } from "../../agent/command/commands-help.ts";
import { runCommand } from "../../agent/command/run-command.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { keyFrom, NOON } from "../support/contract-builders.ts";

const key = (name: string): string => formatPublicKey(keyFrom(name).publicKey);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-command-"));
  const config = {
    ...{ host: "rp4", fleet: "home", channel: "main", system: "x86_64-linux", root: folder },
    ...{ broker: "mqtt://nuc", releaseKeys: [key("ci-1")], hubKeys: [key("hub-1")] },
    ...{ substituters: ["https://cache.example"], cacheKeys: [key("cache-1")] },
  };
  await writeFile(join(folder, "agent.json"), JSON.stringify(config));
  const real = { ...config, root: "/" };
  await writeFile(join(folder, "real.json"), JSON.stringify(real));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What it printed, with its exit status; an activator that is started is a fault of the test. */
async function run(command: Command, file: string, ...args: readonly string[]) {
  const written: string[] = [];
  const status = await runCommand(command, [...args, "--config", join(folder, file)], {
    write: (text) => void written.push(text),
    ...{ stdin: Readable.from([]), isRoot: false, nowMs: () => NOON },
    startActivator: () => Promise.reject(new Error("nothing is to be started")),
  });
  return { status, said: written.join("") };
}

describe("a command on the host", () => {
  it.each([
    ["pause", ["2h", "--retry"], "--retry belongs to apply, not to pause"],
    ["revert", ["--yes"], "--yes belongs to apply, not to revert"],
    ["status", ["--lease", "3m"], "--lease belongs to apply, not to status"],
    ["confirm", ["--json"], "--json belongs to status and history, not to confirm"],
    ["pause", [], "takes one duration such as 2h"],
    ["pause", ["2h", "3h"], "takes one duration such as 2h"],
    ["pause", ["x"], '"x" is not a duration'],
    ["apply", ["release.json", "--lease", "soon"], '"soon" is not a duration'],
    ["apply", [], "takes one RELEASE-FILE"],
    ["unlock", ["now"], "takes nothing more"],
    ["status", ["--colour"], "Unknown option '--colour'"],
  ] as const)("%s %j is a slip that is named", async (command, args, why) => {
    await expect(run(command, "agent.json", ...args)).rejects.toMatchObject({
      ...{ code: "wrong-usage", message: expect.stringContaining(why) },
    });
  });

  it("a slip is one on a machine without a configuration too", async () => {
    const code = "wrong-usage";
    await expect(run("pause", "nowhere.json", "x")).rejects.toMatchObject({ code });
  });

  const WORDS: Partial<Record<Command, string>> = { apply: "release.json", pause: "2h" };
  it.each(COMMANDS.filter((one) => one !== "status"))(
    "%s of a real host asks for root",
    async (command) => {
      const words = WORDS[command] === undefined ? [] : [WORDS[command]];
      await expect(run(command, "real.json", ...words)).rejects.toMatchObject({ code: "not-root" });
    },
  );

  it("status says that there is no report yet, and where it would be", async () => {
    await expect(run("status", "agent.json")).rejects.toMatchObject({
      ...{
        code: "file-unreadable",
        message: expect.stringMatching(/report\.json: there is none yet/),
      },
    });
  });

  it("history of a host on which nothing has ended is no fault", async () => {
    expect(await run("history", "agent.json")).toEqual({
      ...{ status: 0, said: "nothing has ended here yet\n" },
    });
    expect((await run("history", "agent.json", "--json")).said).toBe("[]\n");
  });
});
