import type { Counter, EpochMs, HostName } from "../../src/contract/index.ts";
import {
  type HostReport,
  newRolloutState,
  parsePlan,
  parseState,
  type Reduction,
  type RolloutEvent,
  type RolloutState,
  reduce,
  stepsOf,
} from "../../src/rollout/index.ts";
import type { Deed, Story } from "./random-stories.ts";
import { MINUTE_MS, NOON, nuc, pathOf, release, rp3, rp4, sessionOf, wall, x1 } from "./scenes.ts";

const HOSTS: readonly HostName[] = [rp3, rp4, nuc, x1];

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

const CLOCK_UNSET = 17;
const withoutClock = (at: EpochMs, counter: number | null): Partial<HostReport> => ({
  ...{ counter: 0, clock: "unsynchronised" },
  refusal: { code: "clock-unsynchronised", message: "", counter, at },
});

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
      "rebooting",
    ] as const;
    const phase = phases[what] ?? "idle";
    const code = OUTCOMES[what - phases.length];
    const runsNew =
      ["activating", "in-trial", "committing"].includes(phase) || what === 8 || what === 9;
    const report: HostReport = {
      ...{ host: one, seq: ++this.#seq, session: sessionOf(this.#sessions.get(one) ?? 0) },
      ...{ bootId: sessionOf(what === 3 ? 3 : 2), phase, target, clock: "synchronised" },
      ...{ rollout: this.state.rollout?.id ?? null, attempt: step?.attempt ?? null },
      ...{ counter: step?.order?.counter ?? 0, current: runsNew ? target : old, profile: old },
      outcome: code ? { code, reason: null, message: "" } : null,
      refusal: null,
      bootRisk: "one-shot",
      ...(what === CLOCK_UNSET ? withoutClock(at, step?.order?.counter ?? null) : {}),
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
    { type: "Approved", at, by, group: null, host: one, risk: "one-shot" },
  ];
  return deeds[what] as RolloutEvent;
}
