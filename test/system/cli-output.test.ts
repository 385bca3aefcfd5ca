import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const NIXWAVE = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const LISTING = ["acl", "mosquitto", "--hosts", "nuc,rp4"];

type Stdio = "ignore" | "pipe" | number;

const nixwave = (args: readonly string[], stdout: Stdio): ChildProcess =>
  spawn(process.execPath, [NIXWAVE, ...args], { stdio: ["ignore", stdout, "pipe"] });

const statusOf = async (child: ChildProcess): Promise<unknown> => (await once(child, "exit"))[0];

describe("nixwave, when nobody takes what it prints", () => {
  it("is done all the same when the reader of a listing has left", async () => {
    const child = nixwave(LISTING, "pipe");
    child.stdout?.destroy();
    const said = text(child.stderr as NodeJS.ReadableStream);
    expect(await statusOf(child)).toBe(0);
    expect(await said).toBe("");
  });

  it("keeps its exit status when nobody reads what goes wrong", async () => {
    const child = nixwave(["no-such-command"], "ignore");
    child.stderr?.destroy();
    expect(await statusOf(child)).toBe(2);
  });

  it("says that the disk is full, and calls it no bug", async () => {
    const full = await open("/dev/full", "w");
    try {
      const child = nixwave(LISTING, full.fd);
      const said = text(child.stderr as NodeJS.ReadableStream);
      expect(await statusOf(child)).toBe(5);
      expect(await said).toMatch(/^error\[file-unwritable\]: standard output: ENOSPC/);
    } finally {
      await full.close();
    }
  });
});
