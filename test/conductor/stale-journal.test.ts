import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSessionId, parseUserName } from "../../src/contract/index.ts";
import {
  HUB_KEY,
  orderOf,
  sealOrder,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

const OTHER = parseSessionId("22222222-2222-4222-8222-222222222222");
const anna = parseUserName("anna");
const TOPIC = { kind: "release", channel: "main" as never } as const;

/** A hub that had one rollout, and was copied then. @returns what brings the copy back over what came later */
async function backedUp(home: PlayedHome): Promise<() => void> {
  home.play(rp4);
  home.play(nuc);
  const hub = await home.open();
  hub.offer(releaseOf("first", home.clock.now));
  await home.clock.pass(60_000);
  await hub.close();
  const backup = mkdtempSync(join(tmpdir(), "nixwave-conductor-"));
  cpSync(home.folder, backup, { recursive: true });
  return () => {
    rmSync(home.folder, { recursive: true });
    cpSync(backup, home.folder, { recursive: true });
    rmSync(backup, { recursive: true });
    home.orders.length = 0;
  };
}

describe("a journal from an old backup", () => {
  it("learns how far its hub had counted, fences nobody, and orders nothing below that", async () => {
    await using home = new PlayedHome();
    const bringBack = await backedUp(home);
    const later = await home.restart();
    const second = releaseOf("second", home.clock.now);
    home.broker.tell(TOPIC, second);
    later.offer(second);
    await home.clock.pass(60_000);
    const { lastCounter } = later.view.state;
    await later.close();
    bringBack();
    const restored = await home.restart();
    await home.clock.pass(1_000);
    expect(restored.view).toMatchObject({ isLearning: false });
    expect(restored.view.state.lastCounter).toBe(lastCounter);
    expect(restored.view.state.fenced).toBeNull();
    home.orders.length = 0;
    restored.onRelease((release) => void restored.offer(release));
    await home.clock.pass(60_000);
    expect(home.orders.length).toBeGreaterThan(0);
    expect(Math.min(...home.orders.map(({ counter }) => counter))).toBeGreaterThan(lastCounter);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
    expect(home.failures).toEqual([]);
  });
});

describe("a journal that says of itself that it was restored", () => {
  it("lets nothing begin, not even what was stopped since, until a person has looked", async () => {
    await using home = new PlayedHome();
    const bringBack = await backedUp(home);
    const later = await home.restart();
    const second = releaseOf("second", home.clock.now);
    home.broker.tell(TOPIC, second);
    later.ask({ verb: "hold", by: "anna", host: null });
    later.offer(second);
    await home.clock.pass(60_000);
    expect(later.ask({ verb: "abort", by: "anna", host: null })).toMatchObject({ accepted: true });
    await later.close();
    bringBack();
    writeFileSync(join(home.folder, "restored"), "");
    const restored = await home.restart();
    restored.onRelease((release) => void restored.offer(release));
    await home.clock.pass(24 * 3_600_000);
    expect(restored.view.state.holds).toMatchObject([{ source: "restored", until: null }]);
    expect(home.orders.filter(({ goal }) => goal !== "stage")).toEqual([]);
    expect(existsSync(join(home.folder, "restored"))).toBe(false);
    await restored.close();
    const again = await home.restart();
    expect(again.view.state.holds).toHaveLength(1);
    expect(again.ask({ verb: "resume", by: "anna", host: null })).toMatchObject({ accepted: true });
    expect(again.view.state.holds).toEqual([]);
  });
});

describe("a folder that says so and has no journal that can be read", () => {
  it("holds what the hub learns instead: the broker's memory came out of the same backup", async () => {
    await using home = new PlayedHome();
    writeFileSync(join(home.folder, "restored"), "");
    const hub = await home.open();
    expect(hub.view.isLearning).toBe(false);
    expect(hub.view.state.holds).toMatchObject([{ source: "restored", until: null }]);
    expect(existsSync(join(home.folder, "restored"))).toBe(false);
    const again = await home.restart();
    expect(again.view.state.holds).toHaveLength(1);
  });
});

describe("a hub that is fenced", () => {
  it("says so to everybody, and orders again when somebody on the wire chooses it", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ plan: planWith({ soak: "5m" }) });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(30_000);
    const statement = sealStatement(statementOf("earlier"));
    const order = orderOf(statement.digest, { counter: (home.clock.now + 5) as never, hub: OTHER });
    home.broker.tell(
      { kind: "desired", host: rp4 },
      { v: 1, order: sealOrder(order, HUB_KEY).envelope, statement: statement.envelope },
    );
    await home.clock.pass(1_000);
    expect(hub.view.state.fenced).not.toBeNull();
    expect(hub.view.situation.status?.paused.map(({ condition }) => condition)).toContain("Fenced");
    home.broker.tell(
      { kind: "controlRequest", user: anna },
      { id: "r1" as never, action: "unfence" },
    );
    await home.clock.pass(20 * 60_000);
    expect(home.broker.heard({ kind: "controlResponse", user: anna })).toMatchObject([
      { id: "r1", status: "accepted", message: "This hub orders again. Stop the other one." },
    ]);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });
});
