import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RolloutEvent, type RolloutState, reduce } from "../../src/rollout/index.ts";
import {
  at,
  ended,
  home,
  inTrial,
  nuc,
  offered,
  pathOf,
  rp4,
  says,
  staged,
  states,
} from "./scenes.ts";

const host = fc.constantFrom(rp4, nuc);
const serial = fc.constantFrom(7, 8);
const outcome = fc.constantFrom(
  ...["succeeded", "already-installed", "failed", "rejected", "rolled-back"],
  ...["needs-reboot", "taken-over", "inconsistent", "canceled", "splendid"],
);
const event: fc.Arbitrary<RolloutEvent> = fc.oneof(
  serial.map((one) => offered(one)),
  fc.tuple(host, serial).map(([one, of]) => staged(one, of)),
  fc.tuple(host, serial).map(([one, of]) => inTrial(one, of)),
  fc.tuple(host, serial, outcome).map(([one, of, code]) => ended(one, of, code)),
  fc.tuple(host, serial).map(([one, of]) => says(one, of, { phase: "in-trial", live: false })),
  fc
    .tuple(host, serial)
    .map(([one, of]) => says(one, of, { phase: "in-trial", current: pathOf(one, 1) })),
  host.map((one) => ({ type: "HostAppeared" as const, at: at(3000), host: one })),
);
const story = fc.array(event, { maxLength: 40 });

const ENDED =
  / (?:Succeeded|AlreadyInstalled|Skipped|Canceled|Rejected|Failed|NeedsReboot|RolledBack|TakenOver|Inconsistent)$/;

const trials = (state: RolloutState): number =>
  (state.rollout?.steps ?? []).filter((step) => ["Activating", "Committing"].includes(step.state))
    .length;

function eachStep(
  events: readonly RolloutEvent[],
  look: (before: RolloutState, after: ReturnType<typeof reduce>, event: RolloutEvent) => void,
): void {
  let state = home();
  for (const one of events) {
    const reduction = reduce(state, one);
    look(state, reduction, one);
    state = reduction.state;
  }
}

describe("whatever happens, in whatever order", () => {
  it("never are two hosts in trial", () => {
    fc.assert(
      fc.property(story, (events) =>
        eachStep(events, (_before, { state }) => expect(trials(state)).toBeLessThan(2)),
      ),
      { numRuns: 1000 },
    );
  });

  it("succeeds only by the host's own live report of that attempt", () => {
    fc.assert(
      fc.property(story, (events) =>
        eachStep(events, (before, { state }, cause) => {
          const fresh = (state.rollout?.steps ?? []).filter(
            (step) =>
              step.state === "Succeeded" &&
              before.rollout?.steps.find((old) => old.host === step.host)?.state !== "Succeeded",
          );
          for (const step of fresh) {
            expect(cause).toMatchObject({
              type: "HostReported",
              live: true,
              report: {
                host: step.host,
                rollout: state.rollout?.id,
                outcome: { code: "succeeded" },
              },
            });
          }
        }),
      ),
      { numRuns: 1000 },
    );
  });

  it("a report heard twice changes nothing the second time", () => {
    fc.assert(
      fc.property(story, (events) =>
        eachStep(events, (_before, { state }, cause) => {
          if (cause.type === "HostAppeared") return;
          const again = reduce(state, cause);
          expect(again.state).toEqual(state);
          expect(again.effects).toEqual([]);
        }),
      ),
      { numRuns: 1000 },
    );
  });

  it("gives every order a higher counter than the one before", () => {
    fc.assert(
      fc.property(story, (events) => {
        const counters: number[] = [];
        eachStep(events, (_before, { effects }) => {
          for (const one of effects) if (one.type === "Order") counters.push(one.counter);
        });
        expect(counters).toEqual([...new Set(counters)].toSorted((a, b) => a - b));
      }),
      { numRuns: 1000 },
    );
  });

  it("no serial falls", () => {
    fc.assert(
      fc.property(story, (events) =>
        eachStep(events, (before, { state }) =>
          expect(state.rollout?.serial ?? 0).toBeGreaterThanOrEqual(before.rollout?.serial ?? 0),
        ),
      ),
      { numRuns: 1000 },
    );
  });

  it("a host that ended never moves again in that rollout", () => {
    fc.assert(
      fc.property(story, (events) =>
        eachStep(events, (before, { state }) => {
          const over = states(before).filter((one) => ENDED.test(one));
          if (before.rollout?.id === state.rollout?.id) {
            expect(states(state)).toEqual(expect.arrayContaining(over));
          }
        }),
      ),
      { numRuns: 1000 },
    );
  });
});
