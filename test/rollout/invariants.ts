import fc from "fast-check";
import { expect } from "vitest";
import {
  type EndState,
  entriesOf,
  isEnd,
  isTrial,
  type Plan,
  parseState,
  type RolloutState,
  reduce,
  stepsOf,
} from "../../src/rollout/index.ts";
import { live, type Moment } from "./random-home.ts";
import { type Story, story } from "./random-stories.ts";
import { sessionOf } from "./scenes.ts";
import { toldStory } from "./told-story.ts";

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
          // Ordered before, or met in its trial after another hub had begun it: its lease is extended, nothing begins
          const isUnderWay = earlier && (earlier.order?.goal === "trial" || isTrial(earlier.state));
          if (isUnderWay && earlier.attempt === one.attempt) continue;
          const { state } = reduction;
          expect([
            state.reconciling,
            state.fenced,
            state.clockSynchronised,
            mayBeginNow(state, one.host),
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

  "no host whose clock is not set begins to catch up, or is said to fetch slowly": (said) =>
    live(said, ({ before, reduction: { state, effects } }) => {
      const unset = (one: RolloutState) =>
        entriesOf(one.hosts).flatMap(({ host, clockUnset, step }) =>
          clockUnset && step ? [host] : [],
        );
      for (const one of effects) {
        if (
          one.type === "RolloutStarted" &&
          one.rollout.kind === "catch-up" &&
          one.rollout.run === 1
        )
          expect(unset(state)).toEqual([]);
        if (one.type === "HostEnded" && one.why?.code === "slow-fetch")
          expect(unset(before)).not.toContain(one.host);
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

/** By the times of its group, or else the plan's. */
function mayBeginNow({ rollout, plan, window, groupWindows }: RolloutState, who: string): boolean {
  const { groups } = rollout?.plan ?? plan;
  const place = groups.findIndex(({ hosts }) => hosts.some(({ host }) => host === who));
  const { name, approval } = groups[place] as Plan["groups"][number];
  const needsNone = approval !== "group" || rollout?.phase !== "Progressing";
  if (!needsNone && !rollout.approved.includes(name)) return false;
  return (groupWindows.find(({ group }) => group === place) ?? window).open;
}

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

/**
 * Checks one invariant over so many rollouts at least, each round of stories by a seed of its own; the story of a
 * failure is shrunk and told step by step.
 */
export function holds(invariant: (said: Story) => number, rollouts: number): number {
  const { seed = 0 } = fc.readConfigureGlobal();
  let seen = 0;
  for (let round = 0; seen < rollouts; round++) {
    const check = fc.property(story, (said) => {
      seen += invariant(said);
    });
    const numRuns = Math.min(500, rollouts);
    const { counterexample, errorInstance } = fc.check(check, { seed: seed + round, numRuns });
    if (!counterexample) continue;
    const cause = errorInstance as Error;
    const where = `NIXWAVE_SEED=${seed + round}`;
    throw new Error(`${cause.message}\n\n${toldStory(counterexample[0])}\n(${where})`, { cause });
  }
  return seen;
}
