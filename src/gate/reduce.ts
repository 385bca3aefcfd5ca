import type { HostName } from "../contract/index.ts";
import { decode } from "./decode.ts";
import type { GateEffect, GateEvent } from "./event.ts";
import { advance, forgetLatest } from "./gate-time.ts";
import { judge, type Ruling } from "./judge.ts";
import { beginRun, beginSoak } from "./open-gate.ts";
import { freeze, preflightFault } from "./preflight.ts";
import { heardFrom } from "./row-hearing.ts";
import { samplesOf } from "./samples.ts";
import type { GateState, RowState } from "./state.ts";
import type { Verdict } from "./verdict.ts";

export interface GateStep {
  readonly state: GateState;
  readonly effects: readonly GateEffect[];
  /** Why the event changed nothing. */
  readonly ignored?: string;
}

const step = (state: GateState, ...effects: readonly GateEffect[]): GateStep => ({
  state,
  effects,
});
const ignore = (state: GateState, ignored: string): GateStep => ({ state, effects: [], ignored });

/**
 * One step of a gate. Total: an event that means nothing now is ignored, with the reason; time passes
 * all the same. A verdict is reached once per run; nothing after it changes it.
 */
export function reduceGate(state: GateState, event: GateEvent): GateStep {
  const now = advance(state, event.at);
  const handled = handle(now, event);
  const judged = conclude(handled);
  return askNow(judged);
}

function handle(state: GateState, event: GateEvent): GateStep {
  switch (event.type) {
    case "tick":
      return step(state);
    case "bytes-received":
    case "sample-received":
    case "query-failed":
      return heard(state, event);
    case "baseline-started":
      return begun(state, event.run, event.host);
    case "baseline-frozen":
      return frozen(state, event.run);
    case "gate-started":
      return started(state, event);
    case "link-lost":
      return linkLost(state, event.link);
    case "link-restored":
      return state.lost.includes(event.link)
        ? step({ ...state, lost: state.lost.filter((link) => link !== event.link) })
        : ignore(state, "that link was not lost");
    case "abandoned":
      return state.run === event.run && state.phase !== "Closed"
        ? step({ ...state, phase: "Closed" })
        : ignore(state, "that run is not open");
  }
}

function heard(state: GateState, event: Extract<GateEvent, { readonly source: string }>): GateStep {
  if ("retained" in event && event.retained) {
    return ignore(state, "a retained copy is no evidence"); // it may be the last word of a dead sensor
  }
  if (state.phase === "Soaking" && state.elapsedMs < Number(state.countsFromMs)) {
    return ignore(state, "too soon after the activation");
  }
  const heardState = heardFrom(state, event.source, (row) => {
    if (event.type === "bytes-received") {
      return decode(row.format, event.source, event.bytes, row.path);
    }
    return event.type === "sample-received"
      ? { ok: true, readings: event.readings, partial: false }
      : { ok: false, code: "reading-malformed", message: event.message };
  });
  return heardState === null ? ignore(state, "no row takes anything from it") : step(heardState);
}

function linkLost(state: GateState, link: GateState["lost"][number]): GateStep {
  if (state.lost.includes(link)) return ignore(state, "that link is lost already");
  const lost = { ...state, lost: [...state.lost, link] };
  return step(forgetLatest(lost, (one) => one === link));
}

function begun(state: GateState, run: string, host: HostName): GateStep {
  if (state.run === run) return ignore(state, "that run has begun");
  return state.phase === "Soaking"
    ? ignore(state, "another run is soaking; abandon it first")
    : step(beginRun(state, run, host));
}

/**
 * The house before the deployment: only a healthy one is put at risk. A house that is not keeps the
 * gate listening, and may be asked about again.
 */
function frozen(state: GateState, run: string): GateStep {
  // Ready: the house is looked at again when the trial could not begin after the first look.
  if (state.run !== run || (state.phase !== "Listening" && state.phase !== "Ready")) {
    return ignore(state, "that run is not listening for its baseline");
  }
  const now = freeze({ ...state, phase: "Listening" });
  const fault = preflightFault(now);
  if (fault !== null) return concluded(now, { status: "PreflightFailed", reason: fault });
  return step({ ...now, phase: "Ready", verdict: null }, { type: "preflight-passed", run });
}

type Started = Extract<GateEvent, { readonly type: "gate-started" }>;

function started(state: GateState, { run, host, activatedAt }: Started): GateStep {
  if (state.run === run && state.phase === "Ready") {
    return step(beginSoak({ ...state, host }, activatedAt));
  }
  if (state.run === run && state.phase !== "Listening") {
    return ignore(state, "that run has started");
  }
  if (state.phase === "Soaking") return ignore(state, "another run is soaking; abandon it first");
  // Nobody froze a baseline for this run: what was heard until now is what there is.
  const preflight = frozen(state.run === run ? state : beginRun(state, run, host), run);
  return preflight.state.phase === "Ready"
    ? { ...preflight, state: beginSoak({ ...preflight.state, host }, activatedAt) }
    : { ...preflight, state: { ...preflight.state, phase: "Closed" } };
}

function conclude(result: GateStep): GateStep {
  const { state } = result;
  if (state.phase !== "Soaking" || state.countsFromMs === null) return result;
  const end = judge(state, state.countsFromMs);
  if (end === null) return result;
  const { state: after, effects } = concluded(state, end);
  return {
    ...result,
    state: { ...after, phase: "Closed" },
    effects: [...result.effects, ...effects],
  };
}

function concluded(state: GateState, { status, reason }: Ruling): GateStep {
  const verdict: Verdict = {
    run: state.run as string, // whatever is concluded has begun
    host: state.host,
    status,
    reason,
    samples: samplesOf(state),
    at: state.clock,
    binding: !state.plan.dryRun,
    onInconclusive: state.plan.onInconclusive,
  };
  return step({ ...state, verdict }, { type: "verdict-reached", verdict });
}

/** Sensors that can be asked are asked while a run is open; a lost link swallows nothing but time. */
function askNow(result: GateStep): GateStep {
  const { state } = result;
  if (state.run === null || state.phase === "Closed" || state.lost.includes("broker"))
    return result;
  const effects: GateEffect[] = [];
  const rows = state.rows.map((row, index): RowState => {
    const ask = state.plan.rows[index]?.ask ?? null;
    if (ask === null || row.nextAskMs === null || state.elapsedMs < row.nextAskMs) return row;
    effects.push({ type: "ask-now", topic: ask.topic, payload: ask.payload });
    return { ...row, nextAskMs: state.elapsedMs + ask.everyMs };
  });
  return effects.length === 0
    ? result
    : { ...result, state: { ...state, rows }, effects: [...result.effects, ...effects] };
}
