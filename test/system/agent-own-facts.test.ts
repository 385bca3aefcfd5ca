import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readOwnFacts } from "../../agent/talk/own-facts.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-facts-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A timedatectl that answers as a host's does whose clock chrony set, or nobody did. */
function answering(script: string): string {
  writeFileSync(join(folder, "timedatectl"), `#!/bin/sh\necho "$*" >>${folder}/asked\n${script}\n`);
  chmodSync(join(folder, "timedatectl"), 0o755);
  return `${folder}:/usr/bin:/bin`;
}
const clockOf = async (path: string, isReal = true, isKnown = false): Promise<boolean> =>
  (await readOwnFacts({ root: folder, isReal, clock: "system", path }, isKnown))
    .isClockSynchronised;

describe("what the agent itself sees of the clock", () => {
  it("is what the kernel says, whoever set it", async () => {
    expect(await clockOf(answering("echo yes"))).toBe(true);
    expect(await clockOf(answering("echo no"))).toBe(false);
  });

  it("is timesyncd's mark, and then nobody is asked", async () => {
    mkdirSync(join(folder, "run/systemd/timesync"), { recursive: true });
    writeFileSync(join(folder, "run/systemd/timesync/synchronized"), "");
    expect(await clockOf(answering("echo no"))).toBe(true);
    expect(existsSync(join(folder, "asked"))).toBe(false);
  });

  it("is nothing where nobody answers in time, or there is nobody to ask", async () => {
    expect(await clockOf(answering("exec sleep 100"))).toBe(false);
    expect(await clockOf(join(folder, "nowhere"))).toBe(false);
  });

  it("is not asked for where the activator has seen it, nor of the machine under a folder that stands for a host", async () => {
    const path = answering("echo yes");
    expect(await clockOf(path, true, true)).toBe(false);
    expect(await clockOf(path, false)).toBe(false);
    expect(existsSync(join(folder, "asked"))).toBe(false);
  });
});
