import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { needs } from "../support/system-parts.ts";
import { openOperatedHome, rp3, rp4 } from "./operated-home.ts";

const run = promisify(execFile);
const PATH = `${resolve("node_modules/.bin")}:${process.env["PATH"]}`;

/** What bash offers for the last of `words`. */
async function offered(
  script: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-bash-"));
  try {
    await writeFile(join(folder, "script"), script);
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const ask = `source ./script; compopt() { :; }; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _nixwave; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run("bash", ["--norc", "-c", ask], {
      cwd: folder,
      env: { PATH, HOME: folder, ...env },
    });
    return stdout.split("\n").filter((line) => line !== "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("bash completes", () => {
  let workshop: Workshop;
  let script = "";
  beforeAll(async () => {
    workshop = await openWorkshop();
    script = (await workshop.nixwave(["completion", "bash"])).stdout;
  });
  afterAll(() => workshop.remove());

  it("the names of commands", async () => {
    expect(await offered(script, ["nixwave", "sta"])).toEqual(["status"]);
    expect(await offered(script, ["nixwave", "r"])).toEqual(["resume", "retry", "rollback"]);
  });

  it("the options of a command, and no others", async () => {
    const words = await offered(script, ["nixwave", "status", "--w"]);
    expect(words).toEqual(["--watch"]);
    expect(await offered(script, ["nixwave", "history", "--w"])).toEqual([]);
  });

  it("files where a file is meant, nothing where a text is, commands below commands", async () => {
    expect(await offered(script, ["nixwave", "publish", "--key", "scr"])).toEqual(["script"]);
    expect(await offered(script, ["nixwave", "status", "--user", "scr"])).toEqual([]);
    expect(await offered(script, ["nixwave", "flow", "ex"])).toEqual(["export"]);
  });

  it("no host without a broker, and says nothing of it", async () => {
    expect(await offered(script, ["nixwave", "retry", ""])).toEqual([]);
  });

  it.skipIf(needs("mosquitto").skip)(
    "hosts as the broker knows them",
    { timeout: 60_000 },
    async () => {
      await using home = await openOperatedHome();
      await home.play(rp4);
      await home.play(rp3);
      const ask = () => offered(script, ["nixwave", "rollback", "rp"], home.env("anna"));
      await expect.poll(ask, { timeout: 30_000 }).toEqual(["rp3", "rp4"]);
    },
  );
});
