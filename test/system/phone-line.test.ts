import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseNotifyConfig } from "../../node-red-nodes/notify/notify-config.ts";
import { type Delivery, PhoneLine } from "../../node-red-nodes/notify/phone-line.ts";
import type { Conductor } from "../../src/conductor/index.ts";
import { type Notification, parseTimeZone } from "../../src/people/index.ts";
import { doWell, nuc, PlayedHome, planWith, releaseOf, rp4 } from "../conductor/played-home.ts";
import { NtfyDouble, type NtfyDoubleOptions } from "../support/ntfy-double.ts";
import type { DoubledMessage } from "../support/ntfy-messages.ts";

const soon = { timeout: 8_000, interval: 10 };
/** As docs/phone.md sets it up. */
const CLOSED: NtfyDoubleOptions = {
  everyone: {},
  tokens: {
    tk_hub: { home: ["write"], "home-ctl": ["read"] },
    tk_button: { "home-ctl": ["write"] },
  },
};
const NOTE: Notification = {
  ...{ sequenceId: "rollout-r1", title: "nuc asks", body: "Approve?", priority: 4, tags: [] },
  actions: [
    { verb: "hold", label: "Hold", host: null },
    { verb: "resume", label: "Resume", host: null },
  ],
};
const NOBODY: Delivery = {
  onSent: () => undefined,
  onLost: () => undefined,
  onFolded: () => undefined,
};

/** A hub in memory, a double of ntfy on a socket and the line between them. */
class Phone implements AsyncDisposable {
  readonly home = new PlayedHome();
  readonly warned: string[] = [];
  readonly server: NtfyDouble;
  readonly away = new NtfyDouble();
  line: PhoneLine | null = null;
  #leave: () => void = () => undefined;

  constructor(options: NtfyDoubleOptions) {
    this.server = new NtfyDouble(options);
  }

  async open(more: object = {}, secrets: object = {}, hub?: Conductor): Promise<PhoneLine> {
    const conductor = hub ?? (await this.home.open());
    const line = new PhoneLine({
      ...{ id: "phone", restMs: 10, warn: (text) => this.warned.push(text) },
      config: parseNotifyConfig(
        { id: "phone", server: this.server.url, topic: "home", ...more },
        { token: "tk_hub", buttonToken: "tk_button", ...secrets },
      ),
      home: { language: "en", zone: parseTimeZone("UTC") },
      onRetry: () => undefined,
    });
    this.line = line;
    this.#leave = line.join(conductor);
    return line;
  }

  close(): void {
    this.#leave();
    this.line?.close();
  }

  get shown() {
    return this.server.shown("home");
  }
  get last() {
    return this.server.sent("home").at(-1);
  }
  /** Buttons wait until the topics are known to be closed. */
  async withButtons(note: Notification = NOTE): Promise<void> {
    await expect
      .poll(async () => {
        await new Promise<void>((resolve) =>
          this.line?.post(note, { ...NOBODY, onSent: () => resolve() }),
        );
        return this.last?.actions?.length;
      }, soon)
      .toBeGreaterThan(0);
  }
  async answer(title: string): Promise<string> {
    const found = () => this.server.sent("home").find((one) => one.title === title);
    await expect.poll(found, soon).toBeDefined();
    return String(found()?.message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.home[Symbol.asyncDispose]();
    for (const one of [this.server, this.away]) await one[Symbol.asyncDispose]();
  }
}

async function phoneOn(options: NtfyDoubleOptions = CLOSED): Promise<Phone> {
  const phone = new Phone(options);
  await phone.server.start();
  await phone.away.start();
  return phone;
}

describe("a button on a phone", () => {
  it("does what it says once, and answers; a second tap says what it would have done", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const shown = phone.last;
    expect(shown?.actions?.[0]).toMatchObject({
      ...{ action: "http", url: `${phone.server.url}/home-ctl`, clear: true },
      headers: { authorization: "Bearer tk_button" },
      body: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
    });
    expect(await phone.server.tap(shown, "Hold")).toBe(200);
    expect(await phone.answer("Hold: done")).toMatch(/^Everything is held/);
    expect(phone.home.hub?.view.state.holds).toMatchObject([{ source: "phone" }]);
    phone.home.hub?.ask({ verb: "resume", by: "ada", host: null });
    await phone.server.tap(shown, "Hold");
    expect(await phone.answer("Hold: already used")).toContain("It would have held everything.");
    expect(phone.home.hub?.view.state.holds).toEqual([]);
  });

  it("that was tapped while the hub was down acts when it is back", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const shown = phone.last;
    phone.close();
    await phone.server.tap(shown, "Hold");
    await phone.open({}, {}, await phone.home.restart());
    expect(await phone.answer("Hold: done")).toMatch(/^Everything is held/);
    expect(phone.server.sent("home").filter(({ title }) => title === "Hold: done")).toHaveLength(1);
  });

  it("is heard again after the server was away", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    await phone.server.stop();
    await phone.server.start();
    await phone.server.tap(phone.last, "Hold");
    await phone.answer("Hold: done");
  });

  it("of a notification that was rewritten is out of date", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const older = phone.last;
    await phone.withButtons({ ...NOTE, title: "nuc still asks" });
    await phone.server.tap(older, "Resume");
    expect(await phone.answer("Resume: out of date")).toContain(
      "It would have released what holds everything.",
    );
  });

  it("that nobody gave out does nothing and says so", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const [first] = phone.last?.actions ?? [];
    if (!first) throw new Error("no button");
    const forged = { ...first, body: "A".repeat(32) };
    await phone.server.tap({ ...phone.last, actions: [forged] } as DoubledMessage, "Hold");
    await phone.answer("A button that is not known here");
    expect(phone.home.hub?.view.state.holds).toEqual([]);
  });
});

describe("buttons are left away, and the notification says how to mend it, where", () => {
  const rightsOf = (token: string) => ({
    ...CLOSED.tokens,
    [token]: { ...CLOSED.tokens?.[token] },
  });
  const rows: readonly (readonly [string, NtfyDoubleOptions, object, string])[] = [
    ["the server asks nobody", {}, {}, "strangers can read this topic"],
    [
      "everyone may write to the topic",
      { ...CLOSED, everyone: { home: ["write"] } },
      {},
      "strangers can write to this topic",
    ],
    [
      "everyone may read the control topic",
      { ...CLOSED, everyone: { "home-ctl": ["read"] } },
      {},
      "strangers can read the control topic",
    ],
    [
      "everyone may write to the control topic",
      { ...CLOSED, everyone: { "home-ctl": ["write"] } },
      {},
      "strangers can write to the control topic",
    ],
    ["there is no button token", CLOSED, { buttonToken: "" }, "has no button token"],
    [
      "the hub's own token stands for it",
      CLOSED,
      { buttonToken: "tk_hub" },
      "may not write to the control topic",
    ],
    [
      "the button token may do more",
      {
        ...CLOSED,
        tokens: { ...rightsOf("tk_hub"), tk_button: { "home-ctl": ["write"], home: ["read"] } },
      },
      {},
      "may do more than write",
    ],
    [
      "the hub cannot listen",
      { ...CLOSED, tokens: { ...rightsOf("tk_button"), tk_hub: { home: ["write"] } } },
      {},
      "may not read the control topic",
    ],
  ];
  it.each(rows)("%s", async (_name, options, secrets, why) => {
    await using phone = await phoneOn(options);
    const line = await phone.open({}, secrets);
    await expect.poll(() => phone.warned.join(), soon).toContain(why);
    line.post(NOTE, NOBODY);
    await expect.poll(() => phone.last?.message, soon).toContain(`No buttons here: `);
    expect(phone.last?.message).toContain(why);
    expect(phone.last?.actions).toBeUndefined();
    const own = phone.server.requests.filter(
      (one) => one === "POST /home-ctl" || one === "POST /home",
    );
    expect(phone.server.sent("home-ctl")).toEqual([]); // looking has told nobody anything
    expect(own.length).toBeLessThanOrEqual(4);
  });
});

describe("the test of the dialog", () => {
  it("waits for the tap", async () => {
    await using phone = await phoneOn();
    const line = await phone.open();
    await phone.withButtons();
    line.sendTest();
    await expect.poll(() => line.test.state, soon).toBe("waiting");
    await phone.server.tap(phone.last, "I see it");
    await expect.poll(() => line.test.state, soon).toBe("tapped");
    await phone.answer("I see it: done");
  });

  it("says why there is no button", async () => {
    await using phone = await phoneOn({});
    const line = await phone.open();
    await expect.poll(() => phone.warned.length, soon).toBe(1);
    line.sendTest();
    await expect
      .poll(() => line.test, soon)
      .toEqual({
        state: "sent",
        why: expect.stringContaining("strangers can read this topic"),
      });
  });

  it("says what the server said", async () => {
    await using phone = await phoneOn();
    const line = await phone.open({}, { token: "tk_wrong" });
    line.sendTest();
    await expect.poll(() => line.test.state, soon).toBe("failed");
    expect(line.test.why).toContain("401");
  });
});

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
});
