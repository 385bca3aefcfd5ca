import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { placesBelow } from "../../../agent/activator/places.ts";
import { trialCodec } from "../../../src/contract/index.ts";
import { pathFor, utf8 } from "../../support/contract-builders.ts";
import { NEW, OLD, type PlayedHost, playHost, SWITCH_LIMIT_MS } from "./played-host.ts";
import { GOOD_DAY, LEASE_MS, order, play } from "./stories.ts";

const YEAR_MS = 31_536_000_000;
const THEIRS = pathFor("theirs");

async function inTrial(): Promise<PlayedHost> {
  const host = await playHost();
  await play(host, GOOD_DAY.slice(0, 2));
  expect((await host.report()).phase).toBe("in-trial");
  return host;
}

const trialOf = async (host: PlayedHost) =>
  trialCodec.parse((await host.disk.read(host.places.trial)) ?? new Uint8Array());

describe("DESIGN 7, how the activator is woken", () => {
  it("its file it first renames into its own folder: a write while it runs starts it again", async () => {
    await using host = await playHost();
    const waiting = join(host.places.inbox, "desired");
    const seen: boolean[] = [];
    host.reality.onPull = () => seen.push(existsSync(waiting));
    await host.drop(order("stage", 1));
    expect(existsSync(waiting)).toBe(true); // PathExists holds
    await host.run();
    expect(seen).toEqual([false]); // not while it works: another write makes it hold anew
    await host.drop(order("trial", 2));
    expect(existsSync(waiting)).toBe(true);
  });
});

describe("DESIGN 7, the deadman", () => {
  it("it reads only trial.v1", async () => {
    await using host = await inTrial();
    for (const file of ["journal", "ratchet", "accepted"] as const) {
      await host.disk.write(host.places[file], utf8("nonsense"));
    }
    host.reality.bootMs += LEASE_MS + 1;
    await host.deadman();
    expect(host.reality).toMatchObject({ current: OLD, isDeadmanArmed: false });
  });

  it("trial.v1, whose format and lock path are frozen for ever", () => {
    const frozen = `{"attempt":"r-1/1","bootId":"33333333-3333-4333-8333-333333333333","prev":"${OLD}","profile":null,"target":"${NEW}","deadlineMs":61000,"phase":"in-trial","rebootToRecover":true}`;
    const read = trialCodec.parse(utf8(frozen));
    expect(Buffer.from(trialCodec.encode(read)).toString()).toBe(frozen);
    const { trial, lock } = placesBelow("/");
    expect({ trial, lock }).toEqual({
      ...{ trial: "/nix/var/nixwave/trial.v1", lock: "/nix/var/nixwave/lock" },
    });
  });

  it("the deadline is in boot time that counts suspend: no wall clock moves it", async () => {
    await using host = await inTrial();
    for (const clockOffMs of [YEAR_MS, -YEAR_MS]) {
      host.clockOffMs = clockOffMs;
      await host.deadman();
      expect(host.reality).toMatchObject({ current: NEW, isDeadmanArmed: true });
    }
    host.reality.bootMs += LEASE_MS + 1; // it slept
    await host.deadman();
    expect(host.reality.current).toBe(OLD);
  });

  it("plus the boot id: what another boot left is nobody's", async () => {
    await using host = await inTrial();
    host.reality.boots += 1;
    host.reality.bootMs += LEASE_MS + 1;
    const before = host.reality.did.length;
    await host.deadman();
    expect(host.reality.did).toHaveLength(before);
    expect(host.reality.isDeadmanArmed).toBe(false);
  });

  it("armed for the switch's own limit plus the lease, re-armed to the lease when the switch ends", async () => {
    await using host = await playHost();
    await host.drop(order("stage", 1));
    await host.run();
    let atSwitch: ReturnType<typeof trialOf> | undefined;
    let switchedMs = 0;
    host.reality.onSwitch = () => {
      atSwitch = trialOf(host);
      host.reality.bootMs += 30_000;
      switchedMs = host.reality.bootMs;
      return 0;
    };
    const armedMs = host.reality.bootMs;
    await host.drop(order("trial", 2));
    await host.run();
    const deadlineMs = armedMs + SWITCH_LIMIT_MS + LEASE_MS;
    expect(await atSwitch).toMatchObject({ phase: "armed", deadlineMs });
    expect(await trialOf(host)).toMatchObject({
      ...{ phase: "in-trial", deadlineMs: switchedMs + LEASE_MS },
    });
  });
});

describe("DESIGN 7, if a person acted", () => {
  it.each([
    ["the running system is neither prev nor target", { current: THEIRS }],
    ["the profile moved", { profile: THEIRS }],
    ["the profile moved to what is on trial", { profile: NEW }],
  ])(
    "%s: the deadman disarms, the attempt ends TakenOver, nothing is touched",
    async (_if, acted) => {
      for (const comesFirst of ["deadman", "activator"] as const) {
        await using host = await inTrial();
        Object.assign(host.reality, acted);
        const { current, profile, bootDefault, did } = host.reality;
        const before = did.length;
        host.reality.bootMs += LEASE_MS + 1;
        if (comesFirst === "deadman") {
          await host.deadman();
          expect(host.reality.isDeadmanArmed).toBe(false);
        }
        await host.run();
        expect(host.reality, comesFirst).toMatchObject({
          ...{ current, profile, bootDefault, isDeadmanArmed: false },
        });
        expect(did).toHaveLength(before);
        const { outcome } = await host.report();
        expect(outcome).toMatchObject({ code: "taken-over", reason: "person-acted" });
      }
    },
  );

  it("it shows as drift", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    await host.drop(order("stage", 4, { attempt: 2 }));
    await host.run();
    Object.assign(host.reality, { current: THEIRS });
    await host.run();
    expect((await host.report()).drift).toEqual(["current"]);
  });
});
