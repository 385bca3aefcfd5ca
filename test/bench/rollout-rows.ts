import {
  type EpochMs,
  instant,
  parseHostName,
  parseSessionId,
  type SessionId,
} from "../../src/contract/index.ts";
import {
  entriesOf,
  type HostEntry,
  type HostReport,
  newRolloutState,
  parsePlan,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";
import { pathOf, release } from "../rollout/scenes.ts";
import { inTurn, measurePair, spread } from "./measure.ts";
import { type Comparisons, type Measured, spreadUs } from "./row.ts";

const START: EpochMs = instant(1_783_944_000_000);
const session: SessionId = parseSessionId("00000000-0000-4000-8000-000000000000");
const CALLS_PER_WINDOW = 500;
const WINDOWS = 15;
/** V8 compiles the reducer after some 14,000 steps, which a hub has behind it for all but its first day or two. */
const WARM_UP_CALLS = 20_000;

/** A rollout over that many hosts, all there and fetching: each step below is one host's report. */
function fleetOf(size: number): RolloutState {
  const hosts = Array.from({ length: size }, (_, at) => parseHostName(`h${at}`));
  const plan = parsePlan({ groups: [{ name: "all", hosts, parallel: 50 }], settle: "0s" });
  const begun = reduce(newRolloutState(plan, START), {
    ...{ type: "ReleaseVerified", at: START, release: release(7, hosts) },
  }).state;
  return hosts.reduce(
    (state, host) => reduce(state, { type: "HostAppeared", at: START, host, session }).state,
    begun,
  );
}

/** Reports of all hosts in turn, each newer than the one before. */
function reporting(entries: readonly HostEntry[]): () => HostReport {
  let turn = 0;
  return () => {
    turn += 1;
    const { host } = entries[turn % entries.length] as HostEntry;
    const [current, target] = [pathOf(host, 1), pathOf(host, 7)];
    return {
      ...{ host, seq: turn, session, bootId: session, phase: "staging", current, profile: current },
      ...{ rollout: "main-7" as HostReport["rollout"], attempt: 1, counter: 0, target },
      ...{ outcome: null, refusal: null, clock: "synchronised" },
    };
  };
}

function reducing(size: number): () => void {
  let state = fleetOf(size);
  const next = reporting(entriesOf(state.hosts));
  return () => {
    const before = state;
    state = reduce(state, { type: "HostReported", at: START, live: true, report: next() }).state;
    if (state === before) throw new Error("the report changed nothing");
  };
}

/** The least that a step has to do: the same report made, one host's facts written into a mutable map. */
function writing(size: number): () => void {
  const entries = entriesOf(fleetOf(size).hosts);
  const hosts = new Map(entries.map((entry) => [entry.host, entry]));
  const next = reporting(entries);
  return () => {
    const { host, seq, current } = next();
    hosts.set(host, { ...(hosts.get(host) as HostEntry), seq, current, online: true });
  };
}

function warm(step: () => void): () => void {
  for (let call = 0; call < WARM_UP_CALLS; call++) step();
  return step;
}

const againstMap = (size: number) => async (): Promise<Measured> => {
  const { oursUs, peerUs, ratio } = await measurePair({
    ours: warm(reducing(size)),
    peer: warm(writing(size)),
    ...{ callsPerWindow: CALLS_PER_WINDOW, windows: WINDOWS },
  });
  return { ours: `reduce ${spreadUs(oursUs)}`, peer: `mutable map ${spreadUs(peerUs)}`, ratio };
};

function windowUs(step: () => void): number {
  const begun = process.hrtime.bigint();
  for (let call = 0; call < CALLS_PER_WINDOW; call++) step();
  return Number(process.hrtime.bigint() - begun) / 1000 / CALLS_PER_WINDOW;
}

const againstSmall = async (): Promise<Measured> => {
  const [large, small] = [reducing(10_000), reducing(10)];
  const { ours, peer } = await inTurn({
    ours: async () => windowUs(large),
    peer: async () => windowUs(small),
    windows: WINDOWS,
  });
  const ratio = spread(ours.map((us, at) => us / (peer[at] as number)));
  return {
    ours: `10,000 hosts ${spreadUs(spread(ours))}`,
    peer: `10 hosts ${spreadUs(spread(peer))}`,
    ratio,
  };
};

const row = (size: number): Comparisons => ({
  [`reduce-${size}`]: {
    about: `reduce-${size}: one report through the reducer with ${size} hosts / the same fact into a mutable map`,
    goal: 10,
    measure: againstMap(size),
  },
});

export const rolloutRows: Comparisons = {
  ...row(10),
  ...row(1000),
  ...row(10_000),
  "reduce-growth": {
    about: "reduce-growth: one report through the reducer with 10,000 hosts / with 10 hosts",
    goal: 5,
    measure: againstSmall,
  },
};
