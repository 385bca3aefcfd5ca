import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type GateEvent,
  type GateState,
  parseGateState,
  reduceGate,
  type Verdict,
} from "../../src/gate/index.ts";
import { sample, story, type Told, tell } from "./random-stories.ts";
import { at, number } from "./story.ts";

const verdictsOf = ({ effects }: Told) =>
  effects.flatMap((effect) => (effect.type === "verdict-reached" ? [effect.verdict] : []));

/** At least one healthy sample of these sources, and each was heard, live, at that very instant. */
const expectLive = (
  told: Told,
  { samples, at: end }: Verdict,
  sources: readonly string[],
): void => {
  const healthy = samples.filter(
    ({ source, measurement }) => sources.includes(source) && measurement === "Successful",
  );
  expect(healthy.length).toBeGreaterThanOrEqual(1);
  for (const { at: when, source } of healthy) {
    const heard = told.events.findIndex(
      (event) =>
        event.type === "sample-received" &&
        !event.retained &&
        event.at === when &&
        event.source === source,
    );
    expect(heard).toBeGreaterThanOrEqual(0);
    // In the order of hearing, not by the clock: that may have been set back in between.
    const judged = told.events.findLastIndex((event) => event.at === end);
    expect(judged).toBeGreaterThanOrEqual(heard);
  }
};

/** @param runs how many random stories each property is told */
export const describeProperties = (runs: number): void => {
  const check = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void): void =>
    fc.assert(fc.property(arbitrary, predicate), { numRuns: runs });

  describe("whatever is heard, in whatever order", () => {
    it("there is no success without a fresh, live, healthy reading of each row after the activation", () => {
      let passed = 0;
      check(story(fc.boolean()), (moves) => {
        const told = tell(moves);
        for (const verdict of verdictsOf(told).filter(({ status }) => status === "Successful")) {
          passed += 1;
          for (const row of ["room bath", "plug"]) expectLive(told, verdict, row.split(" "));
        }
      });
      expect(passed).toBeGreaterThan(0);
    });

    it("a retained copy changes nothing but the time", () => {
      check(fc.tuple(story(fc.constant(false)), sample(fc.constant(true))), ([moves, copy]) => {
        const { state } = tell(moves);
        const event = copy(state.clock - at(0));
        const tick: GateEvent = { type: "tick", at: event.at };
        expect(reduceGate(state, event).state).toEqual(reduceGate(state, tick).state);
      });
    });

    it("a row whose sensors are all dead never passes", () => {
      const alive = story(fc.boolean()).map((moves) =>
        moves.filter(([, move]) => {
          const event = move(0);
          return event.type !== "sample-received" || event.source !== "plug";
        }),
      );
      check(alive, (moves) => {
        expect(verdictsOf(tell(moves)).map(({ status }) => status)).not.toContain("Successful");
      });
    });

    it("keeping and reading back the state after every step changes nothing", () => {
      check(story(fc.boolean()), (moves) => {
        const again = tell(moves, (state) => parseGateState(JSON.parse(JSON.stringify(state))));
        expect(again).toEqual(tell(moves));
      });
    });

    it("the verdict of a run is reached once, after which the run decides nothing", () => {
      check(story(fc.boolean()), (moves) => {
        const final = verdictsOf(tell(moves)).filter(({ status }) => status !== "PreflightFailed");
        const begun = moves.filter(([, move]) =>
          ["baseline-started", "gate-started"].includes(move(0).type),
        ).length;
        expect(final.length).toBeLessThanOrEqual(1 + begun);
      });
    });

    it("two readings of different sources at one instant may come in either order, short of a verdict", () => {
      check(
        fc.tuple(story(fc.boolean()), fc.constantFrom(20, 14), fc.boolean()),
        ([moves, value, on]) => {
          const { state } = tell(moves);
          const when = state.clock;
          const room: GateEvent = {
            type: "sample-received",
            at: when,
            source: "room",
            readings: [number(value)],
            retained: false,
          };
          const plug: GateEvent = {
            type: "sample-received",
            at: when,
            source: "plug",
            readings: [{ kind: "switch", name: "", on }],
            retained: false,
          };
          const one = reduceGate(reduceGate(state, room).state, plug);
          const other = reduceGate(reduceGate(state, plug).state, room);
          const open = (last: GateState): boolean => last.phase === state.phase;
          if (open(one.state) && open(other.state)) expect(one.state).toEqual(other.state);
        },
      );
    });
  });
};
