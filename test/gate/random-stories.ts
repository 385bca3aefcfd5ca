import fc from "fast-check";
import {
  type GateEffect,
  type GateEvent,
  type GateState,
  reduceGate,
} from "../../src/gate/index.ts";
import { at, MINUTE, NUC, number, RP4, SECOND, Story } from "./story.ts";

/** Two rows of which one has a spare source: small enough to reach every end by chance. */
const PLAN = {
  soak: "4m",
  rows: [
    {
      topics: ["room", "bath"],
      is: "above",
      limit: 15,
      quorum: 1,
      interval: "1m",
      carriedBy: ["nuc"],
    },
    { topic: "plug", is: "on", interval: "1m", ask: { topic: "cmnd/plug", every: "1m" } },
  ],
};
const source = fc.constantFrom("room", "bath", "plug", "elsewhere");
const reading = fc.oneof(
  fc.constantFrom(20, 14, 1, 0).map((value) => number(value)),
  fc.boolean().map((on) => ({ kind: "switch", name: "", on }) as const),
  fc.constant({ kind: "unknown", name: "", shown: "unavailable" } as const),
);
const run = fc.constantFrom("a", "b");
const host = fc.constantFrom(RP4, NUC);
const link = fc.constantFrom("broker", "prometheus");

type Move = (nowMs: number) => GateEvent;
export const sample = (retained: fc.Arbitrary<boolean>): fc.Arbitrary<Move> =>
  fc.tuple(source, reading, retained).map(
    ([from, one, copy]) =>
      (nowMs): GateEvent => ({
        type: "sample-received",
        at: at(nowMs),
        source: from,
        readings: [one],
        retained: copy,
      }),
  );
const command: fc.Arbitrary<Move> = fc
  .tuple(
    fc.constantFrom(
      "tick",
      "baseline-started",
      "baseline-frozen",
      "gate-started",
      "link-lost",
      "link-restored",
      "query-failed",
      "abandoned",
    ),
    run,
    host,
    link,
    source,
  )
  .map(
    ([type, one, who, over, from]) =>
      (nowMs) =>
        ({
          type,
          at: at(nowMs),
          run: one,
          host: who,
          link: over,
          source: from,
          message: "no answer",
          activatedAt: at(nowMs),
        }) as GateEvent,
  );
const healthy: fc.Arbitrary<readonly Move[]> = fc.constant(
  ["room", "plug"].map(
    (from) =>
      (nowMs: number): GateEvent => ({
        type: "sample-received",
        at: at(nowMs),
        source: from,
        readings: [number(from === "room" ? 20 : 1)],
        retained: false,
      }),
  ),
);

/** Mostly healthy minutes, with anything in between: random enough to break, tame enough to pass sometimes. */
export const story = (
  retained: fc.Arbitrary<boolean>,
): fc.Arbitrary<readonly (readonly [number, Move])[]> => {
  const one = fc.oneof(
    { weight: 6, arbitrary: healthy },
    { weight: 3, arbitrary: fc.tuple(sample(retained)) },
    { weight: 1, arbitrary: fc.tuple(command) },
  );
  const stepMs = fc.constantFrom(
    0,
    SECOND,
    15 * SECOND,
    MINUTE,
    MINUTE,
    MINUTE,
    3 * MINUTE,
    -MINUTE,
  );
  return fc
    .array(fc.tuple(stepMs, one), { maxLength: 40 })
    .map((steps) =>
      steps.flatMap(([ms, moves]) =>
        moves.map((move, index) => [index === 0 ? ms : 0, move] as const),
      ),
    );
};

export interface Told {
  readonly state: GateState;
  readonly effects: readonly GateEffect[];
  readonly events: readonly GateEvent[];
}

export const tell = (
  moves: readonly (readonly [number, Move])[],
  each: (state: GateState) => GateState = (state) => state,
): Told => {
  let { state } = new Story(PLAN);
  let nowMs = 60 * MINUTE;
  const effects: GateEffect[] = [];
  const events: GateEvent[] = [];
  const send = (event: GateEvent): void => {
    const next = reduceGate(state, event);
    state = each(next.state);
    effects.push(...next.effects);
    events.push(event);
  };
  for (const type of ["baseline-started", "baseline-frozen", "gate-started"] as const) {
    for (const [from, value] of [
      ["room", 20],
      ["plug", 1],
    ] as const) {
      send({
        type: "sample-received",
        at: at(nowMs),
        source: from,
        readings: [number(value)],
        retained: false,
      });
    }
    send({ type, at: at(nowMs), run: "a", host: RP4, activatedAt: at(nowMs) });
  }
  for (const [ms, move] of moves) {
    nowMs += ms;
    send(move(nowMs));
  }
  return { state, effects, events };
};
