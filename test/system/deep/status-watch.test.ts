import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { needs } from "../../support/system-parts.ts";
import { openOperatedHome, rp3, rp4 } from "../operated-home.ts";
import { DemoTerminal } from "./demo-terminal.ts";

const MAIN = resolve("src/cli/main.ts");
const WITHIN_MS = 30_000;

describe.skipIf(needs("mosquitto", "tmux").skip)("nixwave status --watch in a terminal", () => {
  it("is drawn over itself as things change, fits when it shrinks, and leaves the cursor", {
    timeout: 180_000,
  }, async () => {
    await using home = await openOperatedHome();
    await home.startHub();
    await home.play(rp4);
    await home.play(rp3);
    const name = `nixwave-watch-${randomUUID()}`;
    const terminal = await DemoTerminal.open({
      ...{ name, columns: 100, rows: 24, env: home.env("anna") },
      command: `trap : INT; ${process.execPath} ${MAIN} status --watch; echo "ended with $?"; exec cat`,
    });
    const resize = (columns: number, rows: number) =>
      promisify(execFile)("tmux", [
        ...["-L", name, "resize-window", "-t", "0", "-x", `${columns}`, "-y", `${rows}`],
      ]);
    try {
      await terminal.until(/● rp4 /, WITHIN_MS);
      await home.nixwave("anna", "hold");
      await home.nixwave("ci", "announce", await home.writeRelease("good"));
      const held = await terminal.until(/waits: on hold\. anna holds it until [^.]*\./, WITHIN_MS);
      expect(held).toContain("next: nixwave resume: releases the hold");
      expect(await terminal.hasCursor()).toBe(false);

      await resize(40, 12);
      const narrow = await terminal.until(/● rp4 ready\n +release/, WITHIN_MS);
      expect(narrow.match(/● rp4 /g)).toHaveLength(1); // no torn remains of the picture before
      await resize(100, 24);
      await home.nixwave("anna", "resume");
      const done = await terminal.until(/good: all hosts are updated/, WITHIN_MS);
      expect(done.match(/● rp4 /g)).toHaveLength(1);
      expect(done).not.toContain("waits:");

      await home.stopHub();
      await terminal.until(/the hub is not connected/, WITHIN_MS);
      home.cutLine();
      await home.startHub();
      await terminal.until(/^(?![\s\S]*(?:not connected|no connection))[\s\S]*● rp3/, WITHIN_MS);

      await terminal.press("C-c");
      const ended = await terminal.until(/ended with 0/, WITHIN_MS);
      expect(ended).toContain("● rp4 "); // the last picture stays
      expect(await terminal.hasCursor()).toBe(true);
    } finally {
      await terminal.close();
    }
  });
});
