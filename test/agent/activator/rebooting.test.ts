import { describe, expect, it } from "vitest";
import { pathFor } from "../../support/contract-builders.ts";
import { NEW, OLD, type PlayedHost, playHost, SWITCH_LIMIT_MS } from "./played-host.ts";
import { expectSafe, expectSafeOrUntouched, fillAt, seeded } from "./safe-ends.ts";
import { LEASE_MS, order } from "./stories.ts";

/** Runs until it rests: who is killed is started again, and a reboot that is asked for is made. */
async function toRest(host: PlayedHost, afterDeath: () => void = () => undefined): Promise<void> {
  for (;;) {
    const ended = await host.run();
    if (ended === "at-rest") return;
    if (ended === "rebooting") host.boot();
    if (ended !== "killed") continue;
    host.killAt = Number.POSITIVE_INFINITY;
    afterDeath();
  }
}

const REBOOT_DAY: readonly ((host: PlayedHost) => Promise<void>)[] = [
  (host) => host.drop(order("stage", 1)),
  (host) => host.drop(order("boot", 2, { approved: "one-shot" })),
  async (host) => {
    host.reality.bootMs += 1000;
    await host.renewSession();
    await host.drop(order("commit", 3));
  },
];

async function onKernelDay(prepare: (host: PlayedHost) => void = () => undefined) {
  const host = await playHost();
  host.reality.rebootReasons = ["kernel"];
  prepare(host);
  return host;
}

/** How many changes of disk and machine the whole day makes. */
async function changesOfDay(): Promise<number> {
  await using host = await onKernelDay();
  for (const step of REBOOT_DAY) {
    await step(host);
    await toRest(host);
  }
  await expectSafe(host, "a good day");
  expect(host.reality.current).toBe(NEW);
  return host.changes;
}

/** Each plays a hundred whole days. */
const LONG = { timeout: 180_000 };

describe("a reboot into a new system, whenever something ends", LONG, () => {
  it("is kept all the same when its activator is killed, at whichever of its changes", async () => {
    const count = await changesOfDay();
    expect(count).toBeGreaterThan(60);
    for (let at = 0; at < count; at++) {
      await using host = await onKernelDay((one) => Object.assign(one, { killAt: at }));
      for (const step of REBOOT_DAY) {
        await step(host);
        await toRest(host);
      }
      expect((await host.journal())?.closed.at(-1)?.outcome.code, `killed at ${at}`).toBe(
        "succeeded",
      );
      await expectSafe(host, `killed at ${at}`);
    }
  });

  it.each([1, 2, 3])(
    "leaves the old system or the confirmed one after a power cut at whichever change (disk %i)",
    async (seed) => {
      const count = await changesOfDay();
      for (let at = 0; at < count; at++) {
        await using host = await onKernelDay((one) => Object.assign(one, { killAt: at }));
        const chance = seeded(seed * 1000 + at);
        for (const step of REBOOT_DAY) {
          await step(host);
          await toRest(host, () => host.losePower(chance));
        }
        await untilClosed(host);
        await expectSafeOrUntouched(host, `cut at ${at}`);
      }
    },
  );

  it("ends in one of the two when the disk fills up, whenever", async () => {
    const count = await changesOfDay();
    for (let at = 8; at < count; at++) {
      await using host = await onKernelDay();
      fillAt(host, at);
      for (const step of REBOOT_DAY) {
        await step(host);
        await toRest(host).catch(() => undefined);
      }
      await untilClosed(host);
      await expectSafe(host, `full at ${at}`);
    }
  });
});

/** Nobody says anything any more: leases end, the deadman ticks, the activator is started. */
async function untilClosed(host: PlayedHost): Promise<void> {
  for (let tick = 0; tick < 3; tick++) {
    host.reality.bootMs += LEASE_MS;
    await host.deadman();
    await toRest(host).catch(() => undefined);
  }
}

/** Up in the new system, where nobody but the old deadman looks, and its lease is over. */
async function leftToDeadman(): Promise<PlayedHost> {
  const host = await onKernelDay();
  await host.drop(order("boot", 1, { approved: "one-shot" }));
  expect(await host.run()).toBe("rebooting");
  host.boot();
  host.reality.isDeadmanArmed = true; // a unit of that boot has it look
  host.reality.bootMs += SWITCH_LIMIT_MS + LEASE_MS;
  host.reality.did.length = 0;
  return host;
}

describe("a reboot into a new system", () => {
  it("is undone by the deadman's next look where the one before ended half-way", async () => {
    for (let more = 0, hasBeenKilled = true; hasBeenKilled; more++) {
      await using host = await leftToDeadman();
      host.killAt = host.changes + more;
      hasBeenKilled = await host.deadman().then(
        () => false,
        () => true,
      );
      host.killAt = Number.POSITIVE_INFINITY;
      if (hasBeenKilled) await host.deadman();
      expect(host.reality.did, `killed after ${more}`).toEqual(["reboot"]);
      host.boot();
      await toRest(host);
      await expectSafe(host, `killed after ${more}`);
    }
  });

  it("has what runs then held as its way back before trial.v1 is written", async () => {
    await using host = await playHost();
    host.reality.rebootReasons = ["kernel"];
    await host.drop(order("stage", 1));
    await host.run();
    expect(host.reality.wayBackHeld).toBe(OLD);
    const theirs = pathFor("theirs");
    host.reality.current = theirs;
    const held: unknown[] = [];
    const before = host.disk.beforeChange;
    host.disk.beforeChange = (what) => {
      if (what.includes("trial.v1")) held.push(host.reality.wayBackHeld);
      before(what);
    };
    await host.drop(order("boot", 2, { approved: "one-shot" }));
    expect(await host.run()).toBe("rebooting");
    expect(held[0]).toBe(theirs);
  });
});
