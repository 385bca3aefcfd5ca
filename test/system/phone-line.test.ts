import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AwayWatch } from "../../node-red-nodes/notify/away-watch.ts";
import { PostBox } from "../../node-red-nodes/notify/post-box.ts";
import { type Notification, parseTimeZone } from "../../src/people/index.ts";
import { doWell, nuc, planWith, releaseOf, rp4 } from "../conductor/played-home.ts";
import { NtfyDouble } from "../support/ntfy-double.ts";
import { NOBODY, NOTE, type Phone, phoneOn, soon } from "./phone-rig.ts";

describe("one notification per rollout", () => {
  const progress = (n: number): Notification => ({
    ...NOTE,
    ...{ title: `step ${n}`, priority: n % 2 === 0 ? 1 : 2, actions: [] },
  });

  it("is rewritten in place", async () => {
    await using phone = await phoneOn();
    const line = await phone.open();
    for (let n = 0; n < 4; n += 1) {
      await new Promise<void>((sent) =>
        line.post(progress(n), { ...NOBODY, onSent: () => sent() }),
      );
    }
    expect(phone.shown.map(({ title }) => title)).toEqual(["step 3"]);
  });

  it("is few on an older server: what concerns nobody is left away", async () => {
    await using phone = await phoneOn({ version: "2.15" });
    const line = await phone.open();
    let folded = 0;
    for (let n = 0; n < 6; n += 1) {
      await new Promise<void>((done) => {
        const onFolded = (): void => {
          folded += 1;
          done();
        };
        line.post(progress(n), { ...NOBODY, onFolded, onSent: () => done() });
      });
    }
    await new Promise<void>((sent) => line.post(NOTE, { ...NOBODY, onSent: () => sent() }));
    expect(folded).toBe(5);
    expect(phone.shown.map(({ title }) => title)).toEqual(["step 0", "nuc asks"]);
  });
});

describe("at night", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-07-14T23:30:00Z") }));
  afterEach(() => vi.useRealTimers());
  const night = { quietFrom: "22:00", quietTo: "07:00" };

  it("only what needs somebody now makes a sound", async () => {
    await using phone = await phoneOn();
    const line = await phone.open(night);
    const sounds = async (priority: 3 | 4 | 5): Promise<number | undefined> => {
      const note = { ...NOTE, sequenceId: `n${priority}`, priority };
      await new Promise<void>((sent) => line.post(note, { ...NOBODY, onSent: () => sent() }));
      return phone.last?.priority;
    };
    expect([await sounds(3), await sounds(4), await sounds(5)]).toEqual([2, 2, 5]);
  });

  it("what still stands in the morning comes once more with its sound", async () => {
    await using phone = await phoneOn();
    vi.setSystemTime(Date.parse("2026-07-15T06:59:59.900Z"));
    const line = await phone.open(night);
    line.post({ ...NOTE, sequenceId: "stands" }, NOBODY);
    line.post({ ...NOTE, sequenceId: "passed" }, NOBODY);
    line.post({ ...NOTE, sequenceId: "passed", priority: 1 }, NOBODY);
    await expect.poll(() => phone.server.sent("home").length, soon).toBeGreaterThan(1);
    vi.setSystemTime(Date.parse("2026-07-15T07:00:00.100Z"));
    await expect.poll(() => phone.last, soon).toMatchObject({ sequence_id: "stands", priority: 4 });
    expect(phone.shown.find((one) => one.sequence_id === "passed")?.priority).toBeLessThan(3);
  });
});

describe("a server that is down", () => {
  it("loses nothing that needs somebody now, over a restart of the hub", async () => {
    await using phone = await phoneOn();
    await phone.server.stop();
    const line = await phone.open();
    line.post({ ...NOTE, priority: 5 }, NOBODY);
    line.post({ ...NOTE, sequenceId: "other" }, NOBODY);
    phone.close();
    await phone.server.start();
    await phone.open({}, {}, await phone.home.restart());
    await expect.poll(() => phone.last, soon).toMatchObject({ title: "nuc asks", priority: 5 });
    expect(phone.server.sent("home")).toHaveLength(1);
    await expect.poll(() => phone.home.hub?.notes.recall("urgent/phone"), soon).toBeNull();
    phone.close();
    await phone.open({}, {}, await phone.home.restart());
    await phone.withButtons({ ...NOTE, title: "later" });
    expect(phone.server.sent("home").filter(({ priority }) => priority === 5)).toHaveLength(1);
  });
});

describe("the machine that carries the hub", () => {
  const own = planWith({});
  const carrying = {
    ...own,
    groups: own.groups.map((group) => ({
      ...group,
      hosts: group.hosts.map((one) => (one.host === nuc ? { ...one, carries: ["hub"] } : one)),
    })),
  };
  const elsewhere = (phone: Phone) => ({
    awayServer: phone.away.url,
    ...{ awayTopic: "x7Gq", awayAfter: "20m" },
  });

  it("is missed elsewhere unless it comes back, and the message names nobody", async () => {
    await using phone = await phoneOn();
    const hub = await phone.home.open({ plan: carrying as never });
    let goBack = (): void => undefined;
    phone.home.play(rp4);
    phone.home.play(nuc, (order, statement) => {
      const { rollout, attempt, counter } = order;
      const own = { rollout, attempt, counter, target: statement.storePath };
      const returned = doWell({ ...order, goal: "revert" }, statement);
      goBack = () => phone.home.report(nuc, { ...own, ...returned });
      return doWell(order, statement);
    });
    await phone.open(elsewhere(phone), {}, hub);
    expect(phone.away.scheduled("x7Gq")).toEqual([]);
    hub.offer(releaseOf("new", phone.home.clock.now));
    await phone.home.clock.pass(30_000);
    await expect.poll(() => phone.away.scheduled("x7Gq").length, soon).toBe(1);
    const [message] = phone.away.scheduled("x7Gq");
    expect(message).toMatchObject({ title: "The hub has not come back", priority: 5 });
    expect(JSON.stringify(message)).not.toMatch(/nuc|rp4|main-/);
    goBack();
    await phone.home.clock.pass(1000);
    await expect.poll(() => phone.away.scheduled("x7Gq"), soon).toEqual([]);
    phone.away.deliverScheduled();
    expect(phone.away.shown("x7Gq")).toEqual([]);
  });

  it("says once that the server elsewhere is not there, and holds nothing up for it", async () => {
    await using phone = await phoneOn();
    const hub = await phone.home.open({ plan: carrying as never });
    phone.home.play(rp4);
    phone.home.play(nuc, doWell);
    await phone.away.stop();
    await phone.open(elsewhere(phone), {}, hub);
    hub.offer(releaseOf("new", phone.home.clock.now));
    await phone.home.clock.pass(30_000);
    const said = () => phone.warned.filter((one) => one.startsWith("the server elsewhere: "));
    await expect.poll(() => said().length, soon).toBeGreaterThan(0);
    expect(said()[0]).toMatch(/; it is tried again$/);
    expect(new Set(said()).size).toBe(said().length);
    expect(phone.home.orders.some(({ host, goal }) => host === nuc && goal === "trial")).toBe(true);
  });
});

describe("the message at the other server", () => {
  afterEach(() => vi.useRealTimers());
  const own = { planned: { carries: ["broker"] }, step: { state: "Soaking" } };
  function watchOver(server: NtfyDouble, onRetry: () => void) {
    const notes = new Map<string, unknown>();
    const box = new PostBox({ restMs: 10, onRetry });
    const watch = new AwayWatch({
      to: { server: new URL(server.url), topic: "x7Gq", token: "" },
      ...{ afterMs: 60_000, box, name: "away" },
      home: { language: "en", zone: parseTimeZone("UTC") },
      failed: (why) => expect.unreachable(why),
      notes: {
        keep: (name, value) => notes.set(name, value),
        recall: (name) => notes.get(name),
        forget: (name) => notes.delete(name),
      },
    });
    const look = (state: string) =>
      watch.look({
        isLearning: false,
        state: { hosts: { root: { stride: 1, entries: [{ ...own, step: { state } }] } } },
      } as never);
    const close = () => {
      watch.close();
      box.close();
    };
    return { notes, look, [Symbol.dispose]: close };
  }

  it("is followed by one that the hub is back where a server takes nothing back", async () => {
    await using old = await new NtfyDouble({ version: "2.15" }).start();
    using over = watchOver(old, () => undefined);
    over.look("Staged");
    expect(over.notes.size).toBe(0);
    over.look("Activating");
    await expect.poll(() => old.scheduled("x7Gq").length, soon).toBe(1);
    await expect.poll(() => over.notes.get("away"), soon).toMatchObject({ isMovable: false });
    over.look("Succeeded");
    await expect.poll(() => old.scheduled("x7Gq").length, soon).toBe(2);
    old.deliverScheduled();
    expect(old.shown("x7Gq").map(({ title }) => title)).toEqual([
      "The hub has not come back",
      "The hub is back",
    ]);
  });

  it("is due from when the server takes it, however long it could not be reached", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-07-14T12:00:00Z") });
    await using elsewhere = await new NtfyDouble().start();
    await elsewhere.stop();
    const failed = Promise.withResolvers<void>();
    using over = watchOver(elsewhere, failed.resolve);
    over.look("Activating");
    await failed.promise;
    vi.setSystemTime(Date.parse("2026-07-14T12:05:00Z"));
    await elsewhere.start();
    await expect.poll(() => over.notes.get("away"), soon).toMatchObject({ isMovable: true });
    const [{ time } = { time: 0 }] = elsewhere.scheduled("x7Gq");
    expect(new Date(time * 1000).toISOString()).toBe("2026-07-14T12:06:00.000Z");
  });
});
