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
const LIMIT_MS = 150_000;

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

function demo(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = { env: { ...process.env, NO_COLOR: "1", TMPDIR: temporary, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [NIXWAVE, "demo", ...args], options, (error, stdout, stderr) => {
      const status = error ? ((error.code as unknown as number | null) ?? null) : 0;
      resolve({ status, stdout, stderr });
    });
  });
}

const systemsIn = (text: string, host: string): ReadonlySet<string> =>
  new Set(text.match(new RegExp(`/nix/store/[0-9a-z]{32}-nixos-system-${host}-[0-9.]+`, "g")));

describe.skipIf(needs("nix").skip)("nixwave demo --once", { timeout: LIMIT_MS }, () => {
  it("ends well when both hosts have reported the new system, pulled and activated by the real Nix", async () => {
    const { status, stdout, stderr } = await demo(["--once"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    for (const host of ["rp4", "nuc"]) {
      const [before, after] = [...systemsIn(stdout, host)];
      expect(before).toMatch(/-26\.05\.1$/);
      expect(after).toMatch(/-26\.05\.2$/);
      const line = new RegExp(`${host} +done: runs and boots ${after}`);
      expect(stdout).toMatch(line);
    }
    expect(stdout.indexOf("done: runs and boots")).toBeLessThan(stdout.lastIndexOf("tries it"));
    expect(await readdir(temporary)).toEqual([]);
  });

  it("ends badly when the cache is damaged: the host says so and keeps what runs", async () => {
    const { status, stdout, stderr } = await demo(["--once", "--tamper", "closure"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[demo-not-deployed\]: .*rp4: Failed, closure-corrupt/);
    expect(stdout).not.toContain("tries it");
    expect(stdout).toMatch(/rp4 +failed, closure-corrupt: .*runs \S+-nixos-system-rp4-26\.05\.1/);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("ends badly when a key signed that the hosts do not trust, even if the hub does", async () => {
    const { status, stdout, stderr } = await demo(["--once", "--tamper", "key"]);
    expect(status).toBe(1);
    // Both refuse at once; the hub names whom it heard first.
    expect(stderr).toMatch(/^error\[demo-not-deployed\]: .*(rp4|nuc): Rejected, signature-invalid/);
    expect(stdout).not.toContain("downloads and checks");
    expect(await readdir(temporary)).toEqual([]);
  });

  it("ends badly, and says what is missing, when its time is over", async () => {
    const { status, stderr } = await demo(["--once", "--limit", "10ms"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[demo-too-slow\]: /);
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe("nixwave demo without Nix", { timeout: LIMIT_MS }, () => {
  it("says how to get it, and pretends nothing", async () => {
    const withoutNix = (process.env["PATH"] ?? "")
      .split(":")
      .filter((folder) => !existsSync(join(folder, "nix-store")))
      .join(":");
    const PATH = `${dirname(process.execPath)}:${withoutNix}`;
    const { status, stdout, stderr } = await demo(["--once"], { PATH });
    expect(status).toBe(4);
    expect(stderr).toMatch(/^error\[nix-missing\]: .*not found on PATH\n.*apt install nix-bin/);
    expect(stdout).not.toContain("Both hosts");
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe.skipIf(needs("nix").skip)("nixwave demo that stays up", { timeout: LIMIT_MS }, () => {
  it("serves the editor until it is interrupted, then leaves nothing behind", async () => {
    const env = { ...process.env, NO_COLOR: "1", TMPDIR: temporary };
    const child = spawn(process.execPath, [NIXWAVE, "demo"], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    let editor = "";
    for await (const line of createInterface({ input: child.stdout })) {
      editor ||= /editor at (http:\S+)/.exec(line)?.[1] ?? "";
      if (!line.includes("Ctrl-C ends it")) continue;
      const page = await fetch(editor);
      expect(page.status).toBe(200);
      child.kill("SIGINT");
    }
    expect(await ended).toEqual([0, null]);
    expect(await readdir(temporary)).toEqual([]);
    await expect(fetch(editor)).rejects.toThrow();
  });

  it("leaves nothing behind either when its reader leaves, as `head` does", async () => {
    const env = { ...process.env, NO_COLOR: "1", TMPDIR: temporary };
    const child = spawn(process.execPath, [NIXWAVE, "demo"], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "exit");
    const said = text(child.stderr);
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await ended).toEqual([1, null]);
    expect(await said).toMatch(/^error\[demo-not-deployed\]: it was stopped/);
    expect(await readdir(temporary)).toEqual([]);
  });
});
