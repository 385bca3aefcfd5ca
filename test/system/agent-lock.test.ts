import { execFile } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isHeldHere, LOCK_TAKEN_STATUS, underLock } from "../../agent/activator/lock.ts";
import { needs } from "../support/system-parts.ts";

const run = promisify(execFile);
const LOCK_MODULE = join(import.meta.dirname, "../../agent/activator/lock.ts");

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-lock-"));
  lock = join(folder, "lock");
  writeFileSync(lock, "");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says whether it holds the lock itself. */
const asking = (): string[] => {
  const { href } = new URL(`file://${LOCK_MODULE}`);
  const script = `const { isHeldHere } = await import(${JSON.stringify(href)}); console.log(isHeldHere(${JSON.stringify(lock)}))`;
  return [process.execPath, "--input-type=module", "-e", script];
};
const said = async ([program = "", ...args]: readonly string[]): Promise<string> =>
  (await run(program, args)).stdout.trim();

describe.skipIf(needs("util-linux").skip)("the host's lock", () => {
  it("is held by the program that flock became", async () => {
    expect(await said(underLock(lock, 0, asking()))).toBe("true");
  });

  it("is not to be had by a Node that can become no other program, which says so", async () => {
    const { href } = new URL(`file://${LOCK_MODULE}`);
    const script = `const { holdLock } = await import(${JSON.stringify(href)}); process.execve = undefined;
      try { holdLock(${JSON.stringify(lock)}, 0, { args: [], env: process.env }) } catch (error) { console.log(error.message) }`;
    const words = await said([process.execPath, "--input-type=module", "-e", script]);
    expect(words).toMatch(
      /^Node\.js v\d.* cannot become flock, 22\.15 can; or start it under flock$/,
    );
  });

  it("is not held by who only has the file open", () => {
    const file = openSync(lock, "r");
    expect(isHeldHere(lock)).toBe(false);
    closeSync(file);
  });

  it("is not held by a child of who holds it, though the child has the descriptor", async () => {
    expect(await said(["flock", "--exclusive", lock, ...asking()])).toBe("false");
  });

  it("is not held by who shares it, and by nobody while another one holds it", async () => {
    expect(await said(["flock", "--no-fork", "--shared", lock, ...asking()])).toBe("false");
    const second = underLock(lock, 0, asking());
    await expect(said(underLock(lock, 0, second))).rejects.toMatchObject({
      code: LOCK_TAKEN_STATUS,
    });
  });
});
