import { expect } from "vitest";
import { NEW, OLD, type PlayedHost } from "./played-host.ts";

/** The host in one of its two allowed ends, truthfully said. */
export async function expectSafe(host: PlayedHost, at: string): Promise<void> {
  const { current, profile, bootDefault } = host.reality;
  const last = (await host.journal())?.closed.at(-1)?.outcome.code;
  const where = `${at}: ${last}, ${host.said.join(" | ")}`;
  if (last === "succeeded") {
    expect({ current, profile, bootDefault }, where).toEqual({
      current: NEW,
      profile: NEW,
      bootDefault: NEW,
    });
  } else {
    expect({ current, profile, bootDefault }, where).toEqual({
      current: OLD,
      profile: OLD,
      bootDefault: OLD,
    });
  }
  expect(host.reality.isDeadmanArmed, where).toBe(false);
}

/** The same, or not yet at anything that touches it; locked in neither case. */
export async function expectSafeOrUntouched(host: PlayedHost, at: string): Promise<void> {
  const journal = await host.journal();
  if (journal?.open) {
    expect(["staging", "staged"], at).toContain(journal.open.phase);
    expect(host.reality.current, at).toBe(OLD);
  } else await expectSafe(host, at);
  expect(journal?.locked ?? null, at).toBeNull();
}

/** Chances that are the same every time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** From the given change on nothing fits any more, unless the reserve was given back. */
export function fillAt(host: PlayedHost, at: number): void {
  let isReserveGone = false;
  host.disk.beforeChange = (what) => {
    host.change();
    if (what === `remove ${host.places.reserve}`) isReserveGone = true;
    if (host.changes > at && what.startsWith("write ") && !isReserveGone) {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    }
  };
}
