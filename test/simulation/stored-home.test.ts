import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { RolloutState } from "../../src/rollout/index.ts";
import { StoredHubDisk } from "./stored-hub-disk.ts";
import { makeStory, TURMOIL } from "./story.ts";
import { tellStory } from "./tell-story.ts";

const root = mkdtempSync(join(tmpdir(), "nixwave-home-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("a hub with its journal in the real store lives through the same crashes, and tells the same story", () => {
  const story = makeStory(4, 0.25, TURMOIL);
  const disks: StoredHubDisk[] = [];
  const newDisk = (state: RolloutState) => {
    const disk = new StoredHubDisk(root, state);
    disks.push(disk);
    return disk;
  };
  const stored = tellStory(story, { newDisk });
  for (const disk of disks) disk.close();
  expect(stored.violation).toBeNull();
  expect(stored.looked.crashes).toBeGreaterThan(2);
  expect(disks[0]?.openings).toBeGreaterThan(2);
  expect(stored.lines).toEqual(tellStory(story).lines);
});
