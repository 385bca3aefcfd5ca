import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHostMemory } from "../../agent/host-memory.ts";
import { journalCodec } from "../../src/contract/index.ts";

const WRITER = fileURLToPath(new URL("keep-writing.ts", import.meta.url));
const ROUNDS = 10;
const READS = 300;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nixwave-memory-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Kills the writer after it told of `lines` writes; the last number it told. */
async function writeAndKill(folder: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, folder], { stdio: ["ignore", "pipe", "inherit"] });
  let told = 0;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    told = Number(line);
    count += 1;
    if (count === 1) readWhileWritten(join(folder, "journal.json"));
    if (count === lines) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return told;
}

/** What a reader finds at any instant is what a power cut at that instant would leave. */
function readWhileWritten(file: string): void {
  for (let read = 0; read < READS; read++) journalCodec.parse(readFileSync(file));
}

describe("what a host remembers", () => {
  it("is never lost and never half written, whenever the agent is killed", async () => {
    const folder = join(directory, "killed");
    let before = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const told = await writeAndKill(folder, 5 * round);
      const { journal } = await openHostMemory(folder, 1);
      expect(journal.closed.at(-1)?.attempt).toBeGreaterThanOrEqual(told);
      expect(told).toBeGreaterThan(before);
      before = told;
    }
  });

  it("is empty at first", async () => {
    const { ratchet, journal, accepted } = await openHostMemory(join(directory, "first"), 3);
    expect(ratchet).toMatchObject({ counter: 0, floor: null, epoch: 3 });
    expect(journal).toMatchObject({ open: null, closed: [] });
    expect(accepted).toBeNull();
  });

  it.each(["ratchet.json", "journal.json", "accepted.json"])(
    "is not taken for empty when %s cannot be read",
    async (file) => {
      const folder = await mkdtemp(join(directory, "broken-"));
      await writeFile(join(folder, file), "{");
      await expect(openHostMemory(folder, 1)).rejects.toMatchObject({
        code: "host-memory-unreadable",
        where: join(folder, file),
      });
    },
  );
});
