import type { EpochMs, HostName } from "../contract/index.ts";
import {
  type GateEffect,
  type GateEvent,
  type GatePlan,
  type GateState,
  openGate,
  parseGateState,
  reduceGate,
  type Verdict,
} from "../gate/index.ts";
import type { Json, Store } from "../store/index.ts";
import { type GateTrace, SeatTrace } from "./seat-trace.ts";

interface SeatGatePorts {
  readonly store: Pick<Store<never, never, never>, "keep" | "recall" | "forget" | "atomically">;
  /** The seat's place in the store. */
  readonly key: string;
  readonly plan: GatePlan;
  readonly at: EpochMs;
  readonly carryOut: (effect: GateEffect) => void;
}

/** Soak progress that a restart may cost. */
const KEEP_OPEN_EVERY_MS = 5_000;
/** What the baseline is made of may cost more: it is read over hours, and an SD card wears out. */
const KEEP_BASE_EVERY_MS = 300_000;

/**
 * The states of one seat: one that listens all the time, and for each attempt under way one that began as it. Since
 * states are never changed, beginning costs nothing, and hosts that go together are each judged from what was
 * heard before their own trial.
 */
export class SeatGates {
  readonly #ports: SeatGatePorts;
  #base: GateState;
  #runs = new Map<string, GateState>();
  #baseKeptAt = 0;
  readonly #keptAt = new Map<string, number>();
  readonly #trace: SeatTrace;

  /** @throws NixwaveError hub-state-failed */
  constructor(ports: SeatGatePorts) {
    this.#ports = ports;
    const { store, key, plan, at } = ports;
    const samePlan = store.recall(`${key}/plan`, JSON.stringify) === JSON.stringify(plan);
    if (!samePlan) {
      store.atomically(() => {
        store.forget(key);
        store.keep(`${key}/plan`, plan);
      });
    }
    this.#base = store.recall(`${key}/base`, stateOrNull) ?? openGate(plan, at);
    for (const run of store.recall(`${key}/runs`, namesOf) ?? []) {
      const state = store.recall(`${key}/run/${run}`, stateOrNull);
      if (state) this.#runs.set(run, state);
    }
    this.#trace = new SeatTrace(this.shown);
  }

  /** Of the run that began last, or of nobody. */
  get shown(): GateState {
    return [...this.#runs.values()].at(-1) ?? this.#base;
  }

  trace(name: string): GateTrace {
    return this.#trace.shown(name, this.shown);
  }

  has(run: string): boolean {
    return this.#runs.has(run);
  }

  verdictOf(run: string): Verdict | null {
    const state = this.#runs.get(run);
    return state?.phase === "Closed" ? state.verdict : null;
  }

  /** Everybody hears it. */
  hear(event: GateEvent): void {
    this.#base = reduceGate(this.#base, event).state; // nobody asked it anything: no effects
    for (const run of [...this.#runs.keys()]) this.tell(run, event);
    this.#trace.note(this.shown);
    if (event.at - this.#baseKeptAt >= KEEP_BASE_EVERY_MS) this.#keepBase(event.at);
  }

  /** A new run begins with all that was heard; an older one of the same host is over. */
  begin(run: string, host: HostName, at: EpochMs): void {
    if (this.#runs.has(run)) return;
    for (const [name, state] of this.#runs) if (state.host === host) this.end(name);
    const { state, effects } = reduceGate(this.#base, { type: "baseline-started", at, run, host });
    this.#set(run, state, at, true);
    for (const effect of effects) this.#ports.carryOut(effect); // sensors that can be asked are asked at once
  }

  /** @throws NixwaveError hub-state-failed; then it was not told: a verdict counts when it is durable */
  tell(run: string, event: GateEvent): void {
    const before = this.#runs.get(run);
    if (!before) return;
    const { state, effects } = reduceGate(before, event);
    const isNews = state.phase !== before.phase || state.verdict !== before.verdict;
    this.#set(run, state, event.at, isNews);
    if (isNews) this.#trace.note(this.shown);
    for (const effect of effects) this.#ports.carryOut(effect);
  }

  end(run: string): void {
    if (!this.#runs.has(run)) return;
    const runs = new Map(this.#runs);
    runs.delete(run);
    const { store, key } = this.#ports;
    store.atomically(() => {
      store.forget(`${key}/run/${run}`);
      store.keep(`${key}/runs`, [...runs.keys()]);
    });
    this.#runs = runs;
    this.#keptAt.delete(run);
  }

  /** Before it is left. */
  keepAll(at: EpochMs): void {
    this.#keepBase(at);
    for (const [run, state] of this.#runs) this.#set(run, state, at, true);
  }

  #set(run: string, state: GateState, at: EpochMs, mustKeep: boolean): void {
    const isDue =
      state.phase !== "Closed" && at - (this.#keptAt.get(run) ?? 0) >= KEEP_OPEN_EVERY_MS;
    const { store, key } = this.#ports;
    if (mustKeep || isDue) {
      const isNew = !this.#runs.has(run);
      store.atomically(() => {
        store.keep(`${key}/run/${run}`, state);
        if (isNew) store.keep(`${key}/runs`, [...this.#runs.keys(), run]);
      });
      this.#keptAt.set(run, at);
    }
    this.#runs.set(run, state);
  }

  #keepBase(at: EpochMs): void {
    const { store, key } = this.#ports;
    store.keep(`${key}/base`, this.#base);
    this.#baseKeptAt = at;
  }
}

/** What an older hub kept and this one cannot read is counted anew. */
function stateOrNull(json: Json): GateState | null {
  try {
    return parseGateState(json);
  } catch {
    return null;
  }
}

const namesOf = (json: Json): readonly string[] =>
  Array.isArray(json) ? json.filter((one): one is string => typeof one === "string") : [];
