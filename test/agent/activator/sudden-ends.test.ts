import { describe, expect, it } from "vitest";
import { hostRequestCodec } from "../../../src/contract/index.ts";
import { NOON, utf8 } from "../../support/contract-builders.ts";
import { NEW, OLD, type PlayedHost, playHost } from "./played-host.ts";
import { expectSafe, expectSafeOrUntouched, fillAt, seeded } from "./safe-ends.ts";
import { GOOD_DAY, LEASE_MS, order, play } from "./stories.ts";

/** How many changes of disk and machine a whole deployment makes. */
async function changesOf(
  steps: typeof GOOD_DAY,
  prepare: (host: PlayedHost) => void,
): Promise<number> {
  await using host = await playHost();
  prepare(host);
  await play(host, steps);
  return host.changes;
}

const BAD_DAY = [...GOOD_DAY.slice(0, 2), (host: PlayedHost) => host.drop(order("revert", 3))];

/** Each plays hundreds of whole deployments. */
const LONG = { timeout: 180_000 };

describe("an activator that is killed", LONG, () => {
  it("ends a good deployment the same, at whichever of its changes it died", async () => {
    const count = await changesOf(GOOD_DAY, () => undefined);
    expect(count).toBeGreaterThan(60);
    for (let at = 0; at < count; at++) {
      await using host = await playHost();
      host.killAt = at;
      await play(host, GOOD_DAY);
      const journal = await host.journal();
      expect(journal?.closed.at(-1)?.outcome.code, `killed at ${at}`).toBe("succeeded");
      await expectSafe(host, `killed at ${at}`);
    }
  });

  it("ends an undone deployment the same, at whichever of its changes it died", async () => {
    const count = await changesOf(BAD_DAY, () => undefined);
    for (let at = 0; at < count; at++) {
      await using host = await playHost();
      host.killAt = at;
      await play(host, BAD_DAY);
      await expectSafe(host, `killed at ${at}`);
      expect((await host.journal())?.closed.at(-1)?.outcome.code, `killed at ${at}`).toBe(
        "rolled-back",
      );
    }
  });

  it("is replaced by the deadman when it never comes back, wherever it died", async () => {
    const count = await changesOf(GOOD_DAY, () => undefined);
    for (let at = 0; at < count; at++) {
      await using host = await playHost();
      host.killAt = at;
      for (const step of GOOD_DAY) {
        await step(host);
        if ((await host.run()) === "killed") break;
      }
      host.killAt = Number.POSITIVE_INFINITY;
      const { current } = host.reality;
      const isCommitting = (await host.journal())?.open?.phase === "committing";
      host.reality.bootMs += 900_000 + LEASE_MS + 1;
      await host.deadman();
      if (current === NEW && !isCommitting && host.reality.bootDefault === OLD) {
        expect(host.reality.current, `killed at ${at}`).toBe(OLD);
      }
    }
  });
});

describe("a power cut", LONG, () => {
  it.each([1, 2, 3, 4, 5])(
    "leaves the old system or the confirmed one, at whichever change it came (disk %i)",
    async (seed) => {
      const count = await changesOf(GOOD_DAY, () => undefined);
      for (let at = 0; at < count; at++) {
        await using host = await playHost();
        host.killAt = at;
        const chance = seeded(seed * 1000 + at);
        await play(host, GOOD_DAY, (dark) => dark.losePower(chance));
        await expectSafeOrUntouched(host, `cut at ${at}`);
      }
    },
  );
});

describe("a damaged memory", () => {
  it("is moved aside, said, and locks the host; the ratchet still refuses what was refused", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    await host.disk.write(host.places.journal, utf8("{"));
    await host.drop(order("trial", 2));
    await host.run();
    const report = await host.report();
    expect(report).toMatchObject({ phase: "locked", refusal: { code: "order-replayed" } });
    expect(report.waiting).toMatchObject({ code: "host-memory-damaged" });
    expect(report.waiting?.message).toContain("was kept as");
    expect(host.said.join("\n")).toContain("error[host-memory-damaged]");
    expect(await host.disk.read(`${host.places.journal}.damaged`)).toEqual(utf8("{"));
  });

  it("takes nothing new until a person unlocks it, and goes on then", async () => {
    await using host = await playHost();
    await host.run();
    await host.disk.write(host.places.journal, utf8("{"));
    await play(host, GOOD_DAY.slice(0, 2));
    expect((await host.report()).refusal?.code).toBe("host-locked");
    expect(host.reality.current).toBe(OLD);
    const unlock = hostRequestCodec.encode({ v: 1, verb: "unlock", at: NOON });
    await host.disk.write(`${host.places.requests}/${NOON}-unlock.json`, unlock);
    await host.run();
    expect(await host.report()).toMatchObject({ phase: "idle", waiting: null });
    await host.drop(order("trial", 4));
    await host.run();
    expect(await host.report()).toMatchObject({ phase: "in-trial", refusal: null });
  });

  it("leaves a trial that runs to the deadman, which still knows the way back", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY.slice(0, 2));
    await host.disk.write(host.places.journal, utf8("nonsense"));
    await host.run();
    expect(host.reality).toMatchObject({ current: NEW, isDeadmanArmed: true });
    host.reality.bootMs += LEASE_MS + 1;
    await host.deadman();
    expect(host.reality.current).toBe(OLD);
    await host.run();
    expect(host.reality.isDeadmanArmed).toBe(false);
  });

  it("stops everything when it is the ratchet: guessing could accept what was refused", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    await host.disk.write(host.places.ratchet, utf8("{}"));
    await expect(host.run()).rejects.toMatchObject({ code: "host-memory-unreadable" });
  });
});

describe("a full disk", LONG, () => {
  it("gives the reserve back, so that what was begun ends, whenever it filled up", async () => {
    const count = await changesOf(BAD_DAY, () => undefined);
    for (let at = 8; at < count; at++) {
      await using host = await playHost();
      fillAt(host, at);
      for (const step of BAD_DAY) {
        await step(host);
        await host.run().catch(() => undefined);
      }
      const { current, bootDefault } = host.reality;
      expect({ current, bootDefault }, `full at ${at}`).toEqual({ current: OLD, bootDefault: OLD });
    }
  });
});

describe("roots that cannot be made", () => {
  it.each([
    ["trial", {}],
    ["boot", { approved: "one-shot" }],
  ] as const)("end the attempt before anything is touched (%s)", async (goal, approval) => {
    await using host = await playHost();
    host.reality.rootsFail = true;
    await host.drop(order("stage", 1));
    await host.run();
    await host.drop(order(goal, 2, approval));
    await host.run();
    expect(await host.disk.read(host.places.trial)).toBeUndefined();
    expect((await host.report()).outcome).toMatchObject({ reason: "deadman-not-armed" });
    expect(host.reality.did).toEqual([`pull ${NEW}`]);
  });

  it.each(["ordered", "found in trial.v1 alone"])("stand in no way back %s", async (kind) => {
    await using host = await playHost();
    await play(host, GOOD_DAY.slice(0, 2));
    Object.assign(host.reality, { rootsFail: true, isDeadmanArmed: false });
    const isOrdered = kind === "ordered";
    if (isOrdered) await host.drop(order("revert", 3));
    else await host.disk.write(host.places.journal, utf8("{"));
    await host.run();
    const { current, isDeadmanArmed } = host.reality;
    expect({ current, isDeadmanArmed }).toEqual(
      isOrdered ? { current: OLD, isDeadmanArmed: false } : { current: NEW, isDeadmanArmed: true },
    );
  });
});

describe("a damaged memory on a full disk", () => {
  it("is moved aside all the same, in the space that is kept for that", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    await host.disk.write(host.places.journal, utf8("{"));
    fillAt(host, host.changes);
    await host.run();
    expect(await host.disk.read(`${host.places.journal}.damaged`)).toEqual(utf8("{"));
    expect((await host.journal())?.locked?.code).toBe("host-memory-damaged");
    expect(host.said.join("\n")).toContain("the disk is full: giving back 256 KiB");
  });
});
