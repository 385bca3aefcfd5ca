import { describe, expect, it } from "vitest";
import { type Release, releaseDigest } from "../../src/contract/index.ts";
import { CHANNEL, HUB_KEY } from "../support/contract-builders.ts";
import { nuc, PlayedHome, releaseOf, rp4 } from "./played-home.ts";

const HEARD = { kind: "releaseHeard", channel: CHANNEL } as const;

/** As the release node does it, and then the rollout node. */
function bring(home: PlayedHome, release: Release): void {
  home.hub?.examine(release);
  home.hub?.offer(release);
}

async function openHome(): Promise<PlayedHome> {
  const home = new PlayedHome();
  await home.open();
  home.play(rp4);
  home.play(nuc);
  await home.clock.pass(100);
  return home;
}

describe("CI is told of the newest release", () => {
  it("that it is verified, and once the flow has passed it on that it is taken", async () => {
    await using home = await openHome();
    const release = releaseOf("new", home.clock.now);
    home.hub?.examine(release);
    expect(home.broker.held(HEARD)).toMatchObject({
      ...{ state: "verified", digest: releaseDigest(release), refused: [] },
    });
    home.hub?.offer(release);
    expect(home.broker.held(HEARD)).toMatchObject({ state: "taken", serial: home.clock.now });
  });

  it("that it is refused, with the code, when no statement is signed by a key of this home", async () => {
    await using home = await openHome();
    const release = releaseOf("bad", home.clock.now, [rp4], HUB_KEY);
    home.hub?.examine(release);
    expect(home.broker.held(HEARD)).toMatchObject({
      ...{ state: "refused", serial: null, digest: releaseDigest(release) },
      refused: [{ code: "signature-invalid" }],
    });
  });

  it("and the log says at once that a release was taken or refused, once each", async () => {
    await using home = await openHome();
    const told: unknown[] = [];
    home.hub?.onDecided(({ decision: { type, ...more }, why }) => {
      if (type === "ReleaseTaken" || type === "ReleaseRefused") told.push({ type, ...more, why });
    });
    const release = releaseOf("new", home.clock.now);
    bring(home, release);
    bring(home, release);
    bring(home, releaseOf("bad", home.clock.now + 1, [rp4], HUB_KEY));
    expect(told).toEqual([
      expect.objectContaining({ type: "ReleaseTaken", serial: home.clock.now }),
      expect.objectContaining({ type: "ReleaseRefused", serial: null, code: "signature-invalid" }),
    ]);
  });

  it("that it is refused when it is older than one that was taken", async () => {
    await using home = await openHome();
    bring(home, releaseOf("new", home.clock.now));
    bring(home, releaseOf("older", home.clock.now - 1000));
    expect(home.broker.held(HEARD)).toMatchObject({
      ...{ state: "refused", why: expect.stringContaining("does not rise") },
    });
  });

  it("that the same systems again start nothing, and whether everybody runs them", async () => {
    await using home = await openHome();
    bring(home, releaseOf("new", home.clock.now));
    bring(home, releaseOf("new", home.clock.now + 1));
    expect(home.broker.held(HEARD)).toMatchObject({
      ...{ state: "recorded", recorded: "only-statements" },
    });
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
    bring(home, releaseOf("new", home.clock.now + 2));
    expect(home.broker.held(HEARD)).toMatchObject({
      ...{ state: "recorded", recorded: "changes-nothing" },
    });
  });

  it("that systems which were undone start nothing by being signed again", async () => {
    await using home = await openHome();
    home.play(rp4, () => ({ outcome: { code: "failed", reason: "disk-full", message: "" } }));
    bring(home, releaseOf("bad", home.clock.now));
    await home.clock.pass(60_000);
    home.hub?.ask({ verb: "abort", by: "anna", host: null });
    await home.clock.pass(1000);
    bring(home, releaseOf("bad", home.clock.now));
    expect(home.broker.held(HEARD)).toMatchObject({
      ...{ state: "recorded", recorded: "only-statements" },
    });
  });

  it("the same by a hub that has restarted", async () => {
    await using home = await openHome();
    const release = releaseOf("new", home.clock.now);
    bring(home, release);
    await home.restart();
    bring(home, release);
    expect(home.broker.held(HEARD)).toMatchObject({ state: "taken" });
    expect(home.broker.held(HEARD)?.hub).toBe(home.session);
  });
});

describe("the history on the wire", () => {
  it("tells the last rollouts, newest first, also of those that an earlier process saw", async () => {
    await using home = await openHome();
    bring(home, releaseOf("one", home.clock.now));
    await home.clock.pass(60_000);
    await home.restart();
    home.repeat(rp4);
    home.repeat(nuc);
    bring(home, releaseOf("two", home.clock.now));
    await home.clock.pass(60_000);
    const ended = home.broker.held({ kind: "rolloutHistory" })?.ended ?? [];
    expect(ended.map(({ completion, done, taking }) => [completion, done, taking])).toEqual([
      ["Promoted", 2, 2],
      ["Promoted", 2, 2],
    ]);
    expect(ended[0]?.serial ?? 0).toBeGreaterThan(ended[1]?.serial ?? 0);
  });

  it("names the hosts that did not do well, and why it ended", async () => {
    await using home = await openHome();
    home.play(rp4, () => ({ outcome: { code: "failed", reason: "disk-full", message: "" } }));
    bring(home, releaseOf("bad", home.clock.now));
    await home.clock.pass(60_000);
    home.hub?.ask({ verb: "abort", by: "anna", host: null });
    await home.clock.pass(1000);
    const [last] = home.broker.held({ kind: "rolloutHistory" })?.ended ?? [];
    expect(last).toMatchObject({ completion: "Aborted", wrong: ["rp4"], why: "stopped by anna" });
  });

  it("stays as it was told when a hub without a journal knows no end", async () => {
    await using home = await openHome();
    bring(home, releaseOf("one", home.clock.now));
    await home.clock.pass(60_000);
    const before = home.broker.held({ kind: "rolloutHistory" });
    await home.hub?.close();
    const { rmSync } = await import("node:fs");
    rmSync(home.folder, { recursive: true });
    await home.restart();
    expect(home.broker.held({ kind: "rolloutHistory" })).toEqual(before);
  });
});
