import fc from "fast-check";
import { expect } from "vitest";
import type { Counter, EpochMs, HostName } from "../../src/contract/index.ts";
import {
  type EndState,
  type HostReport,
  isEnd,
  isTrial,
  newRolloutState,
  parsePlan,
  parseState,
  type Reduction,
  type RolloutEvent,
  type RolloutState,
  reduce,
  stepsOf,
} from "../../src/rollout/index.ts";
import { MINUTE_MS, NOON, nuc, pathOf, release, rp3, rp4, sessionOf, wall, x1 } from "./scenes.ts";

/** What the world does next; resolved against the state, so that stories shrink to readable ones. */
type Deed =
  | { readonly do: "offer"; readonly content: number }
  | { readonly do: "report"; readonly host: number; readonly what: number; readonly live: boolean }
  | { readonly do: "again" | "restart" | "reconnect" | "store" }
  | { readonly do: "appear" | "lose"; readonly host: number }
  | { readonly do: "wait"; readonly minutes: number }
  | { readonly do: "person"; readonly what: number; readonly host: number }
  | {
      readonly do: "gate";
      readonly place: number;
      readonly host: number;
      readonly verdict: number;
    };

export interface Story {
  readonly plan: object;
  readonly deeds: readonly Deed[];
}

const HOSTS: readonly HostName[] = [rp3, rp4, nuc, x1];
const host = fc.nat({ max: 3 });

const plan = fc
  .record({
    parallel: fc.integer({ min: 1, max: 2 }),
    gates: fc.subarray(["preflight", "soak", "final"]),
    conduct: fc.constantFrom("default", "default", "flow"),
    onFailure: fc.constantFrom("ask", "stop", "roll-back"),
    soak: fc.constantFrom("0s", "5m"),
    settle: fc.constantFrom("0s", "5m"),
    carries: fc.constantFrom<readonly string[]>([], ["broker", "hub"]),
    approval: fc.constantFrom("none", "none", "host"),
    deny: fc.boolean(),
  })
  .map(({ parallel, carries, approval, deny, ...rest }) => ({
    ...rest,
    groups: [
      { name: "pis", hosts: ["rp3", { host: "rp4", after: ["rp3"] }], parallel, approval },
      {
        name: "rest",
        hosts: [
          { host: "nuc", carries },
          { host: "x1", optional: true },
        ],
        parallel,
      },
    ],
    windows: { zone: "Europe/Berlin", deny: deny ? [{ from: "14:30", to: "15:00" }] : [] },
  }));

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("offer" as const), content: fc.nat({ max: 3 }) }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("report" as const),
      host,
      what: fc.nat({ max: 15 }),
      live: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("again", "restart", "reconnect", "store") }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("appear", "lose"), host }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      minutes: fc.constantFrom(1, 6, 20, 130),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("person" as const), what: fc.nat({ max: 12 }), host }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("gate" as const),
      place: fc.nat({ max: 2 }),
      host,
      verdict: fc.nat({ max: 4 }),
    }),
  },
);

/** Most hosts are there and a release is offered, so that stories begin where it matters. */
export const story: fc.Arbitrary<Story> = fc.record({
  plan,
  deeds: fc
    .array(deed, { maxLength: 60 })
    .map((deeds): readonly Deed[] => [
      ...[0, 1, 2].map((one) => ({ do: "appear", host: one }) as const),
      { do: "offer", content: 2 },
      ...[0, 1, 2].map((one) => ({ do: "report", host: one, what: 0, live: true }) as const),
      ...deeds,
    ]),
});

const OUTCOMES = [
  "succeeded",
  "already-installed",
  "failed",
  "rolled-back",
  "needs-reboot",
  "taken-over",
  "inconsistent",
  "canceled",
] as const;

/** One moment of a story. */
export interface Moment {
  readonly before: RolloutState;
  readonly event: RolloutEvent;
  readonly reduction: Reduction;
}

/** Plays a story and looks at every moment. @returns how many rollouts it held */
export function live({ plan: said, deeds }: Story, look: (moment: Moment) => void): number {
  const world = new World(said);
  for (const one of deeds) {
    const event = world.eventOf(one);
    if (event) world.play(event, look);
  }
  return world.rollouts;
}

class World {
  state: RolloutState;
  rollouts = 0;
  #nowMs: number = NOON;
  #seq = 1;
  #serial = 10;
  readonly #sessions = new Map<HostName, number>();
  #last: RolloutEvent | null = null;

  constructor(said: object) {
    this.state = newRolloutState(parsePlan({ lease: "10m", ...said }), NOON);
  }

  play(event: RolloutEvent, look: (moment: Moment) => void): void {
    const before = this.state;
    const reduction = reduce(before, event);
    this.rollouts += reduction.effects.filter(({ type }) => type === "RolloutStarted").length;
    this.state = reduction.state;
    this.#last = event;
    look({ before, event, reduction });
  }

  eventOf(deed: Deed): RolloutEvent | null {
    const at = this.#nowMs as EpochMs;
    switch (deed.do) {
      case "offer":
        this.#serial += 1;
        return { type: "ReleaseVerified", at, release: release(this.#serial, HOSTS, deed.content) };
      case "report":
        return this.#report(at, HOSTS[deed.host] as HostName, deed.what, deed.live);
      case "again":
        return this.#last && { ...this.#last, at };
      case "restart":
        return { type: "ControllerStarted", at, session: sessionOf(++this.#seq) };
      case "reconnect":
        return { type: "HubConnected", at, session: sessionOf(++this.#seq) };
      case "store":
        this.state = parseState(JSON.parse(JSON.stringify(this.state)));
        return null;
      case "appear":
      case "lose":
        return this.#presence(at, deed.do, HOSTS[deed.host] as HostName);
      case "wait":
        this.#nowMs += deed.minutes * MINUTE_MS;
        return { type: "Tick", at: this.#nowMs as EpochMs };
      case "person":
        return personDoes(at, deed.what, HOSTS[deed.host] as HostName, this.state);
      case "gate":
        return this.#gate(at, deed.place, HOSTS[deed.host] as HostName, deed.verdict);
    }
  }

  #presence(at: EpochMs, what: "appear" | "lose", one: HostName): RolloutEvent {
    if (what === "appear") this.#sessions.set(one, ++this.#seq);
    const session = sessionOf(this.#sessions.get(one) ?? 0);
    return { type: what === "appear" ? "HostAppeared" : "HostLost", at, host: one, session };
  }

  #stepOf(one: HostName) {
    return stepsOf(this.state).find((step) => step.host === one);
  }

  #report(at: EpochMs, one: HostName, what: number, isLive: boolean): RolloutEvent {
    const step = this.#stepOf(one);
    const old = pathOf(one, 1);
    const target = step?.target ?? old;
    const phases = [
      "staged",
      "activating",
      "in-trial",
      "in-trial",
      "committing",
      "reverting",
      "idle",
    ] as const;
    const phase = phases[what] ?? "idle";
    const code = OUTCOMES[what - phases.length];
    const runsNew =
      ["activating", "in-trial", "committing"].includes(phase) || what === 7 || what === 8;
    const report: HostReport = {
      ...{ host: one, seq: ++this.#seq, session: sessionOf(this.#sessions.get(one) ?? 0) },
      ...{ bootId: sessionOf(what === 3 ? 3 : 2), phase, target, clock: "synchronised" },
      ...{ rollout: this.state.rollout?.id ?? null, attempt: step?.attempt ?? null },
      ...{ counter: step?.order?.counter ?? 0, current: runsNew ? target : old, profile: old },
      outcome: code ? { code, reason: null, message: "" } : null,
      refusal: null,
    };
    return { type: "HostReported", at, live: isLive, report };
  }

  #gate(at: EpochMs, which: number, one: HostName, verdict: number): RolloutEvent {
    const place = (["preflight", "soak", "final"] as const)[which] ?? "soak";
    const said = (["Successful", "Successful", "Failed", "NoData", "Error"] as const)[verdict];
    const { id, run } = this.state.rollout ?? { id: "none" as never, run: 0 };
    const about =
      place === "final"
        ? { host: null, attempt: run }
        : { host: one, attempt: this.#stepOf(one)?.attempt ?? 0 };
    return {
      type: "GateJudged",
      at,
      place,
      rollout: id,
      verdict: said ?? "Error",
      why: "",
      ...about,
    };
  }
}

function personDoes(at: EpochMs, what: number, one: HostName, state: RolloutState): RolloutEvent {
  const by = "phone";
  const attempt = stepsOf(state).find((step) => step.host === one)?.attempt ?? 0;
  const key = { rollout: state.rollout?.id ?? ("none" as never), host: one, attempt };
  const deeds: readonly RolloutEvent[] = [
    { type: "HoldSet", at, source: wall, host: null },
    { type: "HoldReleased", at, source: wall },
    { type: "Approved", at, by, group: null, host: null },
    { type: "SkipAsked", at, by, host: one },
    { type: "RetryAsked", at, by, host: one },
    { type: "AbortAsked", at, by, scope: "all" },
    { type: "RollbackAsked", at, by, host: one },
    { type: "PromoteAsked", at, by, host: one },
    { type: "TrialAsked", at, ...key },
    { type: "StepKept", at, ...key },
    { type: "StepUndone", at, ...key, why: "cold" },
    { type: "ClockChecked", at, synchronised: state.at % 2 === 0 },
    { type: "CounterLearned", at, counter: (at + 5) as Counter },
  ];
  return deeds[what] as RolloutEvent;
}

/** DESIGN 8's invariants, each over one moment or a whole story. */
export const INVARIANTS: Readonly<Record<string, (said: Story) => number>> = {
  "never are more hosts in trial than the plan allows, and a carrier only alone": (said) =>
    live(said, ({ reduction: { state } }) => {
      const trying = stepsOf(state).filter((step) => isTrial(step.state));
      const groups = (state.rollout ?? state).plan.groups;
      const most = Math.max(...groups.map(({ parallel }) => parallel));
      expect(trying.length).toBeLessThanOrEqual(most);
      const carrier = groups
        .flatMap(({ hosts }) => hosts)
        .find(({ carries }) => carries.length > 0);
      if (trying.some((step) => step.host === carrier?.host)) expect(trying).toHaveLength(1);
    }),

  "no trial is ordered while anything pauses the rollout, nor without its gate's yes at that instant":
    (said) =>
      live(said, ({ before, event, reduction }) => {
        const begun = reduction.effects.filter(
          (one) => one.type === "Order" && one.goal === "trial",
        );
        for (const one of begun) {
          if (one.type !== "Order") continue;
          const earlier = stepsOf(before).find((step) => step.host === one.host);
          const again = earlier?.attempt === one.attempt && earlier.order?.goal === "trial";
          if (again) continue;
          const { state } = reduction;
          expect([
            state.reconciling,
            state.fenced,
            state.clockSynchronised,
            state.window.open,
          ]).toEqual([null, null, true, true]);
          expect(state.holds.filter((hold) => hold.host === null)).toEqual([]);
          expect(["Progressing", "RollingBack"]).toContain(state.rollout?.phase);
          const flow = state.rollout?.plan.conduct === "flow";
          if (flow || !state.rollout?.plan.gates.includes("preflight")) continue;
          expect(event).toMatchObject({
            type: "GateJudged",
            place: "preflight",
            verdict: "Successful",
            host: one.host,
          });
        }
      }),

  "each attempt ends once at most, by the host's own word where it was tried": (said) => {
    const ends = new Map<string, EndState>();
    return live(said, ({ before, event, reduction }) => {
      for (const one of reduction.effects) {
        if (one.type !== "HostEnded" || event.type === "ControllerStarted") continue;
        expect(ends.has(one.id)).toBe(false);
        ends.set(one.id, one.state);
        const step = stepsOf(before).find(
          (old) => old.host === one.host && old.attempt === one.attempt,
        );
        if (before.rollout?.id !== one.rollout) continue;
        if (!step || !isTrial(step.state)) continue;
        expect(event).toMatchObject({
          type: "HostReported",
          live: true,
          report: { host: one.host },
        });
      }
    });
  },

  "nobody succeeds without a live report of that attempt, running the target": (said) =>
    live(said, ({ event, reduction }) => {
      for (const one of reduction.effects) {
        if (one.type !== "HostEnded" || one.state !== "Succeeded") continue;
        if (event.type === "ControllerStarted") continue;
        const { host: who, rollout, attempt } = one;
        expect(event).toMatchObject({
          live: true,
          report: { host: who, rollout, attempt, outcome: { code: "succeeded" } },
        });
        if (event.type === "HostReported") expect(event.report.current).toBe(event.report.target);
      }
    }),

  "what is heard twice, late or retained changes nothing": (said) =>
    live(said, ({ event, reduction: { state } }) => {
      if (event.type !== "HostReported") return;
      expect(reduce(state, event).state).toBe(state);
      expect(reduce(state, { ...event, live: false }).state).toBe(state);
    }),

  "a crash between any two steps changes nothing: the same story from what was stored, and no effect under a new id":
    (said) =>
      crashing(said, ({ before, event, reduction }) => {
        const text = JSON.stringify(before);
        const stored = parseState(JSON.parse(text));
        expect(JSON.stringify(stored) === text).toBe(true);
        expect(JSON.stringify(reduce(stored, event)) === JSON.stringify(reduction)).toBe(true);
        const session = sessionOf(999_999);
        const { at } = reduction.state;
        const restarted = reduce(reduction.state, { type: "ControllerStarted", at, session });
        const open = new Set([
          ...reduction.state.outbox.map(({ id }) => id),
          ...orderIds(reduction.state),
        ]);
        for (const effect of restarted.effects) {
          if (effect.type === "Paused" || effect.type === "StepStarted") continue;
          expect(open).toContain(effect.id);
        }
      }),

  "no serial of a release falls, and no counter repeats": (said) => {
    let counter = 0;
    return live(said, ({ before, reduction }) => {
      expect(reduction.state.newestSerial).toBeGreaterThanOrEqual(before.newestSerial);
      for (const one of reduction.effects) {
        if (one.type !== "Order") continue;
        expect(one.counter).toBeGreaterThan(counter);
        counter = one.counter;
      }
    });
  },

  "an abort by a person is stronger than keeping": (said) => {
    let aborted: string | null = null;
    return live(said, ({ event, reduction }) => {
      const { rollout } = reduction.state;
      const run = `${rollout?.id}/${rollout?.run}`;
      if (event.type === "AbortAsked" && reduction.ignored === null) aborted = run;
      if (run !== aborted || rollout?.phase === "RollingBack" || event.type === "AbortAsked")
        return;
      const kept = reduction.effects.filter((one) => one.type === "Order" && one.goal === "commit");
      const again = ["HostAppeared", "Tick", "ControllerStarted"].includes(event.type);
      if (!again) expect(kept).toEqual([]);
    });
  },

  "every end of a rollout is told once, and every change of state has its reason or its effect": (
    said,
  ) => {
    const told = new Set<string>();
    return live(said, ({ before, event, reduction }) => {
      for (const one of reduction.effects) {
        if (one.type !== "RolloutEnded" || event.type === "ControllerStarted") continue;
        expect(told.has(one.id)).toBe(false);
        told.add(one.id);
        expect(one.rollout.completion).not.toBeNull();
      }
      const completed = reduction.state.rollout?.phase === "Completed";
      if (completed && before.rollout?.phase !== "Completed") {
        expect(reduction.effects.some(({ type }) => type === "RolloutEnded")).toBe(true);
      }
      if (reduction.ignored !== null) expect(reduction.state).toBe(before);
    });
  },

  "what has ended stays ended in its attempt": (said) =>
    live(said, ({ before, reduction: { state } }) => {
      if (before.rollout?.id !== state.rollout?.id) return;
      const now = new Map(
        stepsOf(state).map((step) => [`${step.host}/${step.attempt}`, step.state]),
      );
      for (const step of stepsOf(before)) {
        const after = now.get(`${step.host}/${step.attempt}`);
        if (isEnd(step.state) && after !== undefined) expect(after).toBe(step.state);
      }
    }),
};

/** Reading a state back costs more than a step: one moment in seven, others in each story. */
function crashing(said: Story, look: (moment: Moment) => void): number {
  let turn = said.deeds.length;
  return live(said, (moment) => {
    turn += 1;
    if (turn % 7 === 0) look(moment);
  });
}

const orderIds = (state: RolloutState): readonly string[] =>
  stepsOf(state).flatMap(({ host: who, attempt, order }) =>
    order && state.rollout ? [`${state.rollout.id}/${who}/${attempt}/${order.goal}`] : [],
  );

/** Checks one invariant over so many rollouts at least; the story of a failure is shrunk. */
export function holds(invariant: (said: Story) => number, rollouts: number): void {
  let seen = 0;
  while (seen < rollouts) {
    const check = fc.property(story, (said) => {
      seen += invariant(said);
    });
    fc.assert(check, { numRuns: Math.min(500, rollouts) });
  }
}
