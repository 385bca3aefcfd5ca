import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../support/brokers.ts";
import { matches, readSession, SessionShell } from "../support/console-session.ts";
import { needs } from "../support/system-parts.ts";

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const README = fromHere("../../README.md");
const MAIN = fromHere("../../src/cli/main.ts");
const SESSION_LIMIT_MS = 180_000;

let folder: string;
let shell: SessionShell;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-session-"));
  const bin = join(folder, "bin");
  const home = join(folder, "home");
  await Promise.all([mkdir(bin), mkdir(home)]);
  await writeFile(join(bin, "nixwave"), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
  await chmod(join(bin, "nixwave"), 0o755);
  shell = new SessionShell(home, {
    PATH: `${bin}:${process.env["PATH"]}`,
    HOME: home,
    LANG: "C.UTF-8",
    // A machine without build users, and without the Internet, says so on every command.
    NIX_CONFIG: "substituters =\nbuild-users-group =\n",
  });
});
afterEach(async () => {
  await shell.end();
  await rm(folder, { recursive: true, force: true });
});

/** The document's ports on this machine may be taken here; each becomes a free one. */
async function withFreePorts(markdown: string): Promise<string> {
  const found = markdown.matchAll(/127\.0\.0\.1[:/](\d{4,5})|(\d{4,5}) 127\.0\.0\.1/g);
  let text = markdown;
  for (const port of new Set([...found].map(([, after, before]) => after ?? before))) {
    text = text.replaceAll(new RegExp(`\\b${port}\\b`, "g"), String(await freePort()));
  }
  return text;
}

test.skipIf(needs("nix", "mosquitto").skip)(
  "the README's session does what the README says",
  { timeout: SESSION_LIMIT_MS },
  async () => {
    const steps = readSession(await withFreePorts(await readFile(README, "utf8")));
    for (const step of steps) await shell.run(step);
  },
);

describe("a session", () => {
  const session = (text: string): string =>
    `# Page\n<!-- session -->\nWords.\n\n\`\`\`console\n${text}\n\`\`\`\n<!-- /session -->\n`;
  const runAll = async (text: string): Promise<void> => {
    for (const step of readSession(session(text))) await shell.run(step);
  };

  test("keeps its folder and variables from step to step, and lines of one command together", async () => {
    await runAll(
      "$ x=5\n$ for n in 1 2\n> do echo $n$x\n> done\n15\n25\n\n$ echo two; echo three\n…\nthree",
    );
  });

  test("whose output differs is red and shows both", async () => {
    await expect(runAll("$ echo yes\nno")).rejects.toThrow(/promises\nno\n.*it said\nyes/s);
    await expect(runAll("$ echo more\n")).rejects.toThrow("it said\nmore");
    await expect(runAll("$ true\nsomething")).rejects.toThrow("promises\nsomething");
  });

  test("whose command fails is red, unless the document shows the error", async () => {
    await expect(runAll("$ false")).rejects.toThrow("exit status 1");
    await runAll("$ echo 'error[x]: y' >&2; false\nerror[x]: …");
  });

  test("awaits the words of a command in the background, and ends it at the end", async () => {
    await runAll("$ (sleep 0.2; echo ready $BASHPID > pid; echo ready; exec sleep 1000) &\nready");
    const pid = Number((await readFile(join(folder, "home", "pid"), "utf8")).split(" ")[1]);
    expect(await isRunning(pid)).toBe(true);
    await shell.end();
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test("that is not there, or has no command, cannot pass", () => {
    expect(() => readSession("# Page\n")).toThrow("no <!-- session -->");
    expect(() => readSession("<!-- session -->\n<!-- /session -->")).toThrow("no command");
    expect(() => readSession(session("hello"))).toThrow("output without a command");
  });

  test("takes … as anything within a line, and any lines when alone", () => {
    expect(matches(["a … c"], "a b c\n")).toBe(true);
    expect(matches(["a … c"], "a b\nc\n")).toBe(false);
    expect(matches(["a", "…", "d"], "a\nb\nc\nd\n")).toBe(true);
    expect(matches(["a", "…"], "a\n")).toBe(true);
    expect(matches(["a.c"], "abc\n")).toBe(false);
    expect(matches([], "a\n")).toBe(false);
  });
});

/** A killed process that nobody has collected (a zombie, state Z) still answers to its id. */
async function isRunning(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return line !== "" && !/\) Z /.test(line);
}
