import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/system-parts.ts";

const NIXWAVE = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const LIMIT_MS = 240_000;
const BOLD = "\u001b[1m";

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let temporary = "";
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "nixwave-first-light-"));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

const environment = (env: Record<string, string> = {}) => ({
  ...{ ...process.env, NO_COLOR: "1", TMPDIR: temporary },
  ...env,
});

function demo(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = { env: environment(env) };
  return new Promise((resolve) => {
    execFile(process.execPath, [NIXWAVE, "demo", ...args], options, (error, stdout, stderr) => {
      const status = error ? ((error.code as unknown as number | null) ?? null) : 0;
      resolve({ status, stdout, stderr });
    });
  });
}

function startDemo(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [NIXWAVE, "demo", ...args], {
    ...{ env: environment(env), stdio: ["ignore", "pipe", "pipe"] as const },
  });
  return { child, ended: once(child, "exit"), said: text(child.stderr) };
}

/** A PATH on which everything is but Nix. */
function pathWithoutNix(): string {
  const folders = (process.env["PATH"] ?? "").split(":");
  const rest = folders.filter((folder) => !existsSync(join(folder, "nix-store")));
  return [dirname(process.execPath), ...rest].join(":");
}

const pathOf = (host: string, release: number): string =>
  `/nix/store/[0-9a-z]{32}-nixos-system-${host}-26\\.05\\.${release}`;
/** A row of the table at the end. */
const row = (release: number, host: string, what: string, runs: number): RegExp =>
  new RegExp(`^${release} +${host} +${what} +${pathOf(host, runs)}$`, "m");

describe.skipIf(needs("nix").skip)("nixwave demo --once", { timeout: LIMIT_MS }, () => {
  it("ends well when the hosts have reported the whole story: kept, undone, held, mended, caught up", async () => {
    const { status, stdout, stderr } = await demo(["--once", "--limit", "220s"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    for (const host of ["rp4", "rp3", "nuc"]) {
      expect(stdout).toMatch(row(1, host, "kept", 1));
      expect(stdout).toMatch(row(3, host, "kept", 3));
      expect(stdout).toMatch(new RegExp(`^${host} +1, 2, 3$`, "m"));
    }
    expect(stdout).toMatch(row(2, "rp4", "undone: .*should be above 18 °C", 1));
    expect(stdout).toMatch(/^3 +hub +held by wall/m);
    expect(stdout).toMatch(row(3, "x1", "kept", 3));
    expect(stdout).toMatch(/^x1 +1, 2$/m);
    const bad = stdout.slice(stdout.indexOf("release 2 breaks"), stdout.indexOf("somebody flips"));
    expect(bad.match(/ tries it: /g)).toHaveLength(1); // rp4 alone: nobody after it
    // Where to look, and that nothing is downloaded, is said before Node-RED is up.
    const [address, up] = [stdout.indexOf("editor at http://"), stdout.indexOf("Node-RED are up")];
    expect(address).toBeGreaterThan(0);
    expect(address).toBeLessThan(up);
    expect(stdout.slice(0, up)).toMatch(/nothing is downloaded: a release is \d+ KiB/);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("ends badly when the cache is damaged: the host says so and keeps what runs", async () => {
    const { status, stdout, stderr } = await demo(["--once", "--tamper", "closure"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[demo-not-deployed\]: .*rp4: Failed, closure-corrupt/);
    expect(stdout).not.toContain("tries it");
    expect(stdout).toMatch(/rp4 +failed, closure-corrupt: .*runs \S+-nixos-system-rp4-26\.05\.0/);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("ends badly when a key signed that the hosts do not trust, even if the hub does", async () => {
    const { status, stdout, stderr } = await demo(["--once", "--tamper", "key"]);
    expect(status).toBe(1);
    // All refuse at once; the hub names whom it heard first.
    const refused = /^error\[demo-not-deployed\]: .*(rp4|rp3|nuc): Rejected, signature-invalid/;
    expect(stderr).toMatch(refused);
    expect(stdout).not.toContain("downloads and checks");
    expect(await readdir(temporary)).toEqual([]);
  });

  it("ends badly, and says what is missing, when its time is over", async () => {
    const { status, stderr } = await demo(["--once", "--limit", "10ms"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[demo-too-slow\]: .*rp4 is /);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("leaves nothing behind when its reader leaves, as `head` does, and does not call that a success", async () => {
    const { child, ended, said } = startDemo(["--once"]);
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await ended).toEqual([1, null]);
    expect(await said).toMatch(/^error\[demo-not-deployed\]: it was stopped/);
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe("nixwave demo without Nix", { timeout: LIMIT_MS }, () => {
  it("says so before anything else, in bold where there is bold, with the way to get it", async () => {
    const env = { PATH: pathWithoutNix(), NO_COLOR: "", FORCE_COLOR: "1" };
    const { status, stdout, stderr } = await demo(["--once"], env);
    expect(status).toBe(4);
    expect(stderr).toContain("nix-missing");
    const [, first, second, third] = stdout.split("\n");
    expect(first?.startsWith(`${BOLD}Nix is not on this machine`)).toBe(true);
    expect(second).toMatch(/apt install nix-bin.*https:\/\/nixos\.org\/download/);
    expect(third).toContain("--simulate");
    expect(stdout).not.toContain("hub");
    expect(await readdir(temporary)).toEqual([]);
  });

  it("simulates nobody unless it is told to, also when it may stay up", async () => {
    const { status, stdout } = await demo([], { PATH: pathWithoutNix() });
    expect(status).toBe(4);
    expect(stdout).not.toContain("release 0");
  });

  it("refuses to act out a damaged closure, which only the real Nix can refuse", async () => {
    const { status, stderr } = await demo(["--simulate", "--tamper", "closure"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error\[wrong-usage\]: only the real Nix/);
  });

  it("says SIMULATED in every line of a simulated host, serves the real editor until it is interrupted, and cleans up", async () => {
    const { child, ended, said } = startDemo(["--simulate"], { PATH: pathWithoutNix() });
    const lines: string[] = [];
    let editor = "";
    let page: Response | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      editor ||= /editor at (http:[^\s,]+)/.exec(line)?.[1] ?? "";
      if (!/rp4 .*done: runs and boots/.test(line)) continue;
      page = await fetch(editor);
      child.kill("SIGINT");
    }
    expect(await said).toBe("");
    expect(await ended).toEqual([0, null]);
    expect(page?.status).toBe(200);
    const ofHosts = lines.filter((line) => /^ *\d+\.\d s {2}(rp4|rp3|x1|nuc) /.test(line));
    expect(ofHosts.length).toBeGreaterThan(5);
    expect(ofHosts.filter((line) => !/^ *\d+\.\d s {2}\w+ +SIMULATED /.test(line))).toEqual([]);
    expect(lines.join("\n")).toMatch(row(1, "rp4", "SIMULATED kept", 1));
    expect(lines.join("\n")).toContain("Stopped before the story was told");
    await expect(fetch(editor)).rejects.toThrow();
    expect(await readdir(temporary)).toEqual([]);
  });
});
