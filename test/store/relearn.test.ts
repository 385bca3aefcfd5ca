import { appendFileSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  type HoldSource,
  type HostName,
  instant,
  type Order,
  type Serial,
} from "../../src/contract/index.ts";
import {
  COMPLETIONS,
  entriesOf,
  HOST_STATES,
  type OfferedRelease,
  parseState,
  ROLLOUT_PHASES,
  type RolloutEvent,
  type RolloutState,
  statusOf,
} from "../../src/rollout/index.ts";
import {
  keepHubMemory,
  openStore,
  type Relearned,
  type Retained,
  recallHubMemory,
  relearn,
} from "../../src/store/index.ts";
import { Home, MINUTE_MS, NOON, nuc, release, rp4, sessionOf, wall } from "../rollout/scenes.ts";
import { HUB, orderOf } from "../support/contract-builders.ts";

/** A home with a broker that keeps the last word on each topic, and a hub that may lose its journal. */
class ForgetfulHome extends Home {
  readonly orders_: Map<HostName, Order> = new Map();
  offered: OfferedRelease | null = null;
  holds: readonly HoldSource[] = [];

  override play(event: RolloutEvent): this {
    super.play(event);
    if (event.type === "ReleaseVerified") this.offered = event.release;
    for (const effect of this.last.effects) {
      if (effect.type !== "Order") continue;
      const { host, rollout, attempt, goal, counter, statement } = effect;
      this.orders_.set(
        host,
        orderOf(statement, { host, rollout, attempt, goal, counter, hub: HUB }),
      );
    }
    return this;
  }

  get retained(): Retained {
    return {
      orders: [...this.orders_.values()],
      release: this.offered,
      status: statusOf(this.state, HUB, this.at),
      holds: this.holds,
    };
  }

  /** The journal is gone, and the hub starts with what the broker retains. */
  forget(retained: Partial<Retained> = {}): Relearned {
    const { plan } = this.state;
    const { state, rollout } = relearn(plan, { ...this.retained, ...retained }, this.at);
    this.state = parseState(JSON.parse(JSON.stringify(state)));
    this.play({ type: "ControllerStarted", at: this.at, session: sessionOf(99) });
    this.ordered.splice(0);
    return rollout;
  }
}

const trials = (home: Home): readonly string[] =>
  home.orders.filter((order) => order.includes(" trial"));

describe("a hub that lost its journal in the middle of a rollout", () => {
  test("meets a host in its trial, orders no second one and brings the rollout to its end", () => {
    const home = new ForgetfulHome({ settle: "10m" }).ready().wait(11);
    home.staged(rp4, nuc).inTrial(rp4);
    const { attempt } = home.key(rp4);
    expect(home.forget()).toBe("goes-on");
    home.here(rp4, nuc);
    expect(home.state.rollout?.phase).toBe("Progressing");
    home.inTrial(rp4).ended(rp4, "succeeded").staged(nuc);
    expect(home.key(rp4)).toMatchObject({ attempt });
    expect(trials(home)).toEqual(["nuc trial"]);
    home.succeeds(nuc).wait(1);
    expect(home.state.rollout?.completion).toBe("Promoted");
  });

  test("does not try again what has failed: the host tells its end once more, and somebody is asked", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4).ended(rp4, "rolled-back");
    expect(home.forget()).toBe("asks");
    home.here(rp4, nuc).ended(rp4, "rolled-back");
    expect(home.paused).toEqual(["ApprovalRequired"]);
    home.play({ type: "DeployAsked", at: home.at, by: "phone", now: false }).staged(nuc);
    expect(home.states).toEqual(["rp4 RolledBack", "nuc Staged"]);
    expect(home.paused).toEqual(["HostFailure"]);
    expect(trials(home)).toEqual([]);
  });

  test.each([
    "HostFailure",
    "HostSilent",
    "PreflightFailed",
    "InconclusiveAnalysis",
    "AnalysisError",
    "Fenced",
  ])(
    "waits for somebody's word where %s had stopped it, though its cause is forgotten",
    (condition) => {
      const home = new ForgetfulHome({ settle: "10m" }).here(rp4, nuc).offer(7).wait(11);
      const { status } = home.retained;
      const paused = [
        { condition: "Hold", since: NOON, why: "" },
        { condition, since: NOON, why: "" },
      ];
      expect(home.forget({ status: status && { ...status, paused } })).toBe("asks");
      home.here(rp4, nuc).wait(60);
      expect(home.state.rollout?.phase).toBe("Pending");
      expect(home.orders).toEqual([]);
      expect(home.state.plan.start).toBe("automatic");
      home.play({ type: "DeployAsked", at: home.at, by: "phone", now: false });
      expect(home.orders).toEqual(["rp4 stage", "nuc stage"]);
    },
  );

  test("keeps a host's trial that is under way while it waits for that word", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const { status } = home.retained;
    const paused = [{ condition: "HostFailure", since: NOON, why: "" }];
    expect(home.forget({ status: status && { ...status, paused } })).toBe("asks");
    home.here(rp4, nuc).inTrial(rp4).ended(rp4, "succeeded");
    expect(home.states[0]).toBe("rp4 Succeeded");
    expect(trials(home)).toEqual([]);
  });

  test("counts on where it was: a second attempt is met as the second", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4).ended(rp4, "rolled-back");
    home.play({ type: "RetryAsked", at: home.at, by: "phone", host: rp4 }).staged(rp4).inTrial(rp4);
    expect(home.key(rp4).attempt).toBe(2);
    expect(home.forget()).toBe("goes-on");
    home.here(rp4).inTrial(rp4);
    expect(home.key(rp4).attempt).toBe(2);
    expect(trials(home)).toEqual([]);
  });

  test("tells the end of a rollout that was over again, and tries nobody", () => {
    const home = new ForgetfulHome().ready().succeeds(rp4, nuc).wait(1);
    expect(home.state.rollout?.completion).toBe("Promoted");
    expect(home.forget()).toBe("goes-on");
    home.here(rp4, nuc).ended(rp4, "succeeded").ended(nuc, "succeeded").wait(1);
    expect(home.state.rollout?.completion).toBe("Promoted");
    expect(trials(home)).toEqual([]);
  });

  test("leaves out whom somebody left out, and locks whom it had locked", () => {
    const plan = { hosts: ["rp4", "rp3", "x1", "nuc"] };
    const home = new ForgetfulHome(plan).here(rp4, nuc).offer(7);
    home.play({ type: "SkipAsked", at: home.at, by: "anna", host: nuc });
    const status = statusOf(home.state, HUB, home.at);
    const states: Readonly<Record<string, readonly [state: string, why: string]>> = {
      rp3: ["Skipped", "it is locked until somebody says retry"],
      x1: ["Inconsistent", ""],
    };
    const hosts = status?.hosts.map((one) => {
      const [state, why] = states[one.host] ?? [one.state, one.why];
      return { ...one, state, why };
    });
    home.forget({ status: status && { ...status, hosts: hosts ?? [] } });
    home.here(...home.hosts);
    const locked = "Skipped it is locked until somebody says retry";
    const shown = statusOf(home.state, HUB, home.at)?.hosts.map(
      ({ host, state, why }) => `${host} ${state} ${why}`,
    );
    expect(shown).toEqual([
      "rp4 Staging ",
      `rp3 ${locked}`,
      `x1 ${locked}`,
      "nuc Skipped left out by anna",
    ]);
  });

  test("asks before it overwrites what somebody did by hand", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4).ended(rp4, "taken-over");
    expect(home.states[0]).toBe("rp4 TakenOver");
    expect(home.forget()).toBe("asks");
    home.here(rp4, nuc).play({ type: "DeployAsked", at: home.at, by: "phone", now: false });
    home.staged(rp4, nuc).wait(1);
    expect(home.paused).toEqual(["ApprovalRequired"]);
    expect(trials(home)).toEqual([]);
    home.play({ type: "Approved", at: home.at, by: "phone", group: null, host: rp4 });
    expect(trials(home)).toEqual(["rp4 trial"]);
  });

  test("has forgotten approvals, and asks again", () => {
    const plan = { groups: [{ name: "all", hosts: ["rp4", "nuc"], approval: "group" }] };
    const home = new ForgetfulHome(plan).ready();
    home.play({ type: "Approved", at: home.at, by: "phone", group: "all", host: null });
    home.inTrial(rp4);
    home.forget();
    home.here(nuc).staged(nuc);
    expect(home.paused).toContain("ApprovalRequired");
    expect(trials(home)).toEqual([]);
  });
});

describe("what waited, waits; what was over, is over", () => {
  test("a release that nobody had begun settles once more, and waits for its manual start", () => {
    const home = new ForgetfulHome({ start: "manual", settle: "10m" }).here(rp4, nuc).offer(7);
    expect(home.forget()).toBe("waits");
    expect(home.state.next).toMatchObject({ asked: false, settledAt: home.nowMs + 10 * MINUTE_MS });
    home.wait(11);
    expect(home.forget()).toBe("waits");
    expect(home.wait(11).state.rollout?.phase).toBe("Pending");
  });

  test("one that somebody had started needs no second start, settled or not", () => {
    for (const settle of ["10m", "0s"]) {
      const home = new ForgetfulHome({ start: "manual", settle }).here(rp4, nuc).offer(7);
      home.play({ type: "DeployAsked", at: home.at, by: "phone", now: false }).wait(11);
      expect(home.state.rollout?.phase).toBe("Progressing");
      expect(home.forget()).toBe("goes-on");
      home.here(rp4);
      expect(home.state.rollout).toMatchObject({ phase: "Progressing", skipSoak: false });
    }
  });

  test("a release that came after the last status is a new one", () => {
    const home = new ForgetfulHome().ready().succeeds(rp4, nuc).wait(1);
    expect(home.forget({ release: release(8, [rp4, nuc]) })).toBe("waits");
    expect(home.state.rollout?.serial).toBe(8);
  });

  test.each([
    ["Aborting", null],
    ["RollingBack", null],
    ["Completed", "Aborted"],
    ["Completed", "RolledBack"],
    ["Completed", "RollbackFailed"],
    ["Completed", "Rejected"],
  ] as const)("a rollout that stood at %s, %s does not begin again", (phase, completion) => {
    const home = new ForgetfulHome().ready();
    const status = home.retained.status;
    expect(home.forget({ status: status && { ...status, phase, completion } })).toBe("stays-ended");
    expect(home.state.newestSerial).toBe(7);
    home.here(rp4, nuc).wait(60).offer(7);
    expect(home.state).toMatchObject({ rollout: null, next: null, newestSerial: 7 });
    expect(home.orders).toEqual([]);
    home.offer(8, [rp4, nuc], 7); // only its statements are new
    expect(home.state).toMatchObject({ rollout: null, newestSerial: 8 });
    home.offer(9);
    expect(home.state.rollout?.serial).toBe(9);
  });

  test("its statements are remembered as they were, each with its own serial", () => {
    const home = new ForgetfulHome().ready();
    const { status } = home.retained;
    const aborted = status && { ...status, phase: "Completed", completion: "Aborted" };
    const [first, second] = release(7, [rp4, nuc]).hosts;
    if (!first || !second) throw new Error("two hosts");
    const { narHash: _, ...bare } = second;
    const hosts = [{ ...first, serial: 5 as Serial }, bare];
    home.forget({ status: aborted, release: { ...release(7, [rp4, nuc]), hosts } });
    const offered = entriesOf(home.state.hosts).map((entry) => entry.offered);
    const { target, statement, narHash } = first;
    expect(offered).toEqual([
      { target, statement, narHash, serial: 5 },
      { target: bare.target, statement: bare.statement, narHash: null, serial: 7 },
    ]);
  });

  test("without a release there is none", () => {
    const home = new ForgetfulHome();
    expect(home.forget()).toBe("no-release");
    expect(home.state).toMatchObject({ rollout: null, next: null, newestSerial: 0 });
  });
});

describe("whoever held or counted", () => {
  test("still holds: no trial begins until the same source lets go", () => {
    const home = new ForgetfulHome().here(rp4, nuc).offer(7);
    home.holds = [wall];
    home.forget();
    home.here(rp4, nuc).staged(rp4, nuc);
    expect(home.paused).toEqual(["Hold"]);
    expect(trials(home)).toEqual([]);
    home.play({ type: "HoldReleased", at: home.at, source: wall });
    expect(trials(home)).toEqual(["rp4 trial"]);
  });

  test("counts on above the highest counter, also under a clock that was set back", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const highest = Math.max(...home.retained.orders.map(({ counter }) => counter));
    home.nowMs = NOON - 24 * 60 * MINUTE_MS;
    home.forget();
    expect(home.state.lastCounter).toBeGreaterThanOrEqual(highest);
    home.here(nuc);
    expect(home.orders_.get(nuc)?.counter).toBeGreaterThan(highest);
  });

  test("is the hub that its newest order names, and a new one where there is no order", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const [first, ...rest] = home.retained.orders;
    if (first === undefined) throw new Error("nothing was ordered");
    const older = { ...first, counter: 1, hub: sessionOf(5) } as Order;
    const { plan } = home.state;
    const { hub } = relearn(plan, { ...home.retained, orders: [older, ...rest, first] }, home.at);
    expect(hub).toEqual({
      instance: HUB,
      lastCounter: Math.max(first.counter, ...rest.map(({ counter }) => counter)),
    });
    expect(relearn(plan, { ...home.retained, orders: [] }, home.at).hub).toBeNull();
  });
});

test("whatever a status says that nobody signed, nothing is ordered to begin and the state is sound", () => {
  const word = fc.constantFrom(...HOST_STATES, "Levitating");
  const phase = fc.constantFrom(...ROLLOUT_PHASES, "Levitating");
  const completion = fc.constantFrom(null, ...COMPLETIONS);
  fc.assert(
    fc.property(phase, completion, word, word, fc.string(), (now, end, one, other, why) => {
      const home = new ForgetfulHome().ready();
      const { status } = home.retained;
      if (status === null) throw new Error("a rollout is under way");
      const hosts = [one, other].map((state, at) => ({ host: at ? nuc : rp4, state, why }));
      home.forget({ status: { ...status, phase: now, completion: end, hosts } });
      expect(home.orders).toEqual([]);
      expect(parseState(JSON.parse(JSON.stringify(home.state)))).toEqual(home.state);
    }),
  );
});

describe("the way back from a damaged journal", () => {
  const root = mkdtempSync(join(tmpdir(), "nixwave-store-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const open = () =>
    openStore<RolloutState, RolloutEvent, string>(join(root, "hub"), {
      parseState,
      parseEvent: (json) => json as RolloutEvent,
      parsePast: String,
      at: instant(NOON),
    });

  test("ends with a journal that knows the home again, and says that it was damaged until then", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const before = open();
    before.snapshot(home.state);
    before.close();
    truncateSync(join(root, "hub", "hub-v1.sqlite"), 3000);
    appendFileSync(join(root, "hub", "hub-v1.sqlite"), "rubbish");
    const damaged = open();
    expect(damaged.recovered).toMatchObject({ code: "hub-state-damaged" });
    expect(damaged.load()).toEqual({ snapshot: null, tail: [] });
    const { state, hub } = relearn(home.state.plan, home.retained, home.at);
    if (hub === null) throw new Error("nothing was ordered");
    damaged.atomically(() => {
      damaged.snapshot(state);
      keepHubMemory(damaged, hub);
    });
    damaged.close();
    const again = open();
    expect(again.recovered).toBeNull();
    expect(again.load()).toEqual({ snapshot: state, tail: [] });
    expect(recallHubMemory(again)).toEqual(hub);
    again.close();
  });
});
