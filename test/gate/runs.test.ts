import { describe, expect, it } from "vitest";
import {
  describeGate,
  GATE_PHASES,
  type GateEvent,
  type GatePhase,
  type GateState,
  reduceGate,
} from "../../src/gate/index.ts";
import { at, MINUTE, NUC, ROOM, SECOND, Story } from "./story.ts";

const ready = (): Story => new Story(ROOM).baseline().report("room", [20, 20, 20]).freeze();

const STATES: Readonly<Record<GatePhase, () => Story>> = {
  Listening: () => new Story(ROOM).baseline().report("room", [20]),
  Ready: ready,
  Soaking: () => ready().activate().wait(MINUTE),
  Closed: () => ready().activate().report("room", [14, 14]),
};

type Kind = GateEvent["type"];
/** The phase that an event of the same run leads to, or why it changes nothing. */
const NO_LISTENING = "that run is not listening for its baseline";
const TABLE: Readonly<Record<Kind, Readonly<Record<GatePhase, GatePhase | string>>>> = {
  tick: { Listening: "Listening", Ready: "Ready", Soaking: "Soaking", Closed: "Closed" },
  "bytes-received": {
    Listening: "Listening",
    Ready: "Ready",
    Soaking: "Soaking",
    Closed: "Closed",
  },
  "sample-received": {
    Listening: "Listening",
    Ready: "Ready",
    Soaking: "Soaking",
    Closed: "Closed",
  },
  "query-failed": { Listening: "Listening", Ready: "Ready", Soaking: "Soaking", Closed: "Closed" },
  "baseline-started": {
    Listening: "that run has begun",
    Ready: "that run has begun",
    Soaking: "that run has begun",
    Closed: "that run has begun",
  },
  "baseline-frozen": {
    Listening: "Ready",
    Ready: "Ready",
    Soaking: NO_LISTENING,
    Closed: NO_LISTENING,
  },
  "gate-started": {
    Listening: "Soaking",
    Ready: "Soaking",
    Soaking: "that run has started",
    Closed: "that run has started",
  },
  "link-lost": { Listening: "Listening", Ready: "Ready", Soaking: "Soaking", Closed: "Closed" },
  "link-restored": {
    Listening: "that link was not lost",
    Ready: "that link was not lost",
    Soaking: "that link was not lost",
    Closed: "that link was not lost",
  },
  abandoned: {
    Listening: "Closed",
    Ready: "Closed",
    Soaking: "Closed",
    Closed: "that run is not open",
  },
};

const eventOf = (type: Kind, story: Story): GateEvent =>
  ({
    type,
    at: at(story.nowMs),
    run: "a",
    host: NUC,
    activatedAt: at(story.nowMs),
    source: "room",
    readings: [{ kind: "number", name: "", value: 20 }],
    bytes: new TextEncoder().encode("20"),
    retained: false,
    message: "no answer",
    link: "broker",
  }) as GateEvent;

const CASES = GATE_PHASES.flatMap((phase) =>
  (Object.keys(TABLE) as Kind[]).map((type) => ({ phase, type, to: TABLE[type][phase] })),
);

describe("each phase meets each event", () => {
  it.each(CASES)("$phase, $type: $to", ({ phase, type, to }) => {
    const story = STATES[phase]();
    expect(story.state.phase).toBe(phase);
    const { state, ignored } = reduceGate(story.state, eventOf(type, story));
    expect(ignored ?? state.phase).toBe(to);
    if (ignored !== undefined) expect(state).toEqual(story.state);
  });
});

describe("a gate says what it does, in one line and in under 20 characters", () => {
  const silent = new Story(ROOM);
  const cases: readonly (readonly [string, GateState, string, string])[] = [
    ["new", silent.state, "listening: 0 of 1 sources heard", "listening"],
    ["listening", STATES.Listening().state, "listening for rp4: 1 of 1 sources heard", "listening"],
    ["ready", STATES.Ready().state, "healthy before the activation for rp4", "ready"],
    [
      "watching",
      ready().activate().report("room", [20, 20]).state,
      "watching for rp4: 60 s of 300 s healthy",
      "watching 20 %",
    ],
    [
      "in trouble",
      ready().activate().report("room", [14]).state,
      "watching for rp4: 0 s of 300 s healthy; room: 14, should be above 15",
      "watching 0 %",
    ],
    [
      "unhealthy",
      STATES.Closed().state,
      "unhealthy for rp4: room: 14, should be above 15; 2 of the last 3 readings failed",
      "unhealthy",
    ],
    [
      "healthy",
      ready().activate().report("room", Array<number>(8).fill(20)).state,
      "healthy for rp4: healthy for 300 s, the last 3 readings of each row too",
      "healthy",
    ],
    [
      "abandoned",
      ready().send({ type: "abandoned", at: at(5 * MINUTE), run: "a" }).state,
      "abandoned for rp4",
      "abandoned",
    ],
  ];
  it.each(cases)("%s", (_what, state, line, status) => {
    expect(describeGate(state)).toEqual({ line, status });
    expect(status.length).toBeLessThan(20);
  });

  it("and long times in the unit that people use", () => {
    const rows = [{ ...ROOM.rows[0], interval: "1h" }];
    const story = new Story({ rows, soak: "4h" }).baseline().hear("room", 20).freeze().activate();
    expect(describeGate(story.state).line).toBe("watching for rp4: 0 s of 4 h healthy");
    expect(
      describeGate(new Story({ ...ROOM, soak: "40m" }).hear("room", 20).activate().state).line,
    ).toContain("of 40 min");
  });
});

describe("another run", () => {
  const send = (
    story: Story,
    event: Partial<GateEvent> & { readonly type: GateEvent["type"] },
  ): Story =>
    story.send({
      at: at(story.nowMs),
      host: NUC,
      activatedAt: at(story.nowMs),
      ...event,
    } as GateEvent);

  it("neither ends nor replaces the one that soaks", () => {
    const story = new Story(ROOM).baseline().report("room", [20]).freeze().activate();
    const { state } = story;
    send(story, { type: "baseline-started", run: "b" });
    send(story, { type: "gate-started", run: "b" });
    send(story, { type: "baseline-frozen", run: "b" });
    send(story, { type: "abandoned", run: "b" });
    expect(story.state).toEqual(state);
    expect(story.ignored).toHaveLength(4);
    send(story, { type: "abandoned", run: "a" });
    expect(story.state).toMatchObject({ phase: "Closed", verdict: null });
    expect(send(story, { type: "baseline-started", run: "b" }).state).toMatchObject({
      phase: "Listening",
      run: "b",
      host: "nuc",
    });
  });

  it("begins with what was heard before, and with nothing that was counted", () => {
    const story = new Story(ROOM)
      .baseline()
      .report("room", [20])
      .freeze()
      .activate()
      .report("room", [14, 14]);
    expect(story.verdict?.status).toBe("Failed");
    story
      .report("room", [20])
      .baseline("b")
      .freeze("b")
      .activate("b")
      .wait(30 * SECOND)
      .hear("room", 14);
    expect(story.verdict).toBeNull();
    expect(story.state.rows[0]?.sources[0]).toMatchObject({ failures: [true], streak: 0 });
  });
});

describe("a preflight of a run that is ready", () => {
  it("is passed again while the house is well, and fails once it is not", () => {
    const again = ready().freeze();
    expect(again.state).toMatchObject({ phase: "Ready", verdict: null });
    const cold = ready().report("room", [14]).freeze();
    expect(cold.state).toMatchObject({
      phase: "Listening",
      verdict: { status: "PreflightFailed" },
    });
  });
});
