import type { EpochMs } from "../contract/index.ts";
import {
  type GateEffect,
  type GateEvent,
  type GatePlan,
  type GateState,
  TICK_EVERY_MS,
  type Verdict,
} from "../gate/index.ts";
import type { StepKey } from "../rollout/index.ts";
import type { Store } from "../store/index.ts";
import type { GateSaid, GateSeat } from "./conductor.ts";
import { type HttpGet, Prometheus } from "./prometheus.ts";
import { isPassing, outcomeOf, type Run, runName, runOf, whyOf } from "./run.ts";
import { SeatGates } from "./seat-gates.ts";
import type { GateTrace } from "./seat-trace.ts";
import { sourcesOf } from "./sources.ts";
import { Throttle } from "./throttle.ts";
import type { Timers } from "./timers.ts";
import type { Topics } from "./topics-heard.ts";

export interface SeatPorts {
  readonly store: Pick<Store<never, never, never>, "keep" | "recall" | "forget" | "atomically">;
  readonly name: string;
  readonly plan: GatePlan;
  readonly prometheus: URL | null;
  readonly topics: Topics;
  readonly timers: Timers;
  readonly now: () => EpochMs;
  readonly httpGet: HttpGet;
  readonly isConnected: () => boolean;
  readonly say: (topic: string, payload: string) => void;
  /** Beside the listeners of the seat itself. */
  readonly said: (said: GateSaid) => void;
  readonly failed: (error: unknown) => void;
  readonly closed: (seat: Seat) => void;
}

interface Asked {
  readonly run: Run;
  readonly place: "before" | "after";
  /** Until then silence before a trial is waited out. */
  readonly patientUntil: EpochMs;
}

const COUNTED_EVERY_MS = 1_000;

/** A gate's place in the flow: it listens all the time, and judges the attempts that it is asked about. */
export class Seat implements GateSeat {
  readonly name: string;
  readonly #ports: SeatPorts;
  readonly #gates: SeatGates;
  readonly #asked = new Map<string, Asked>();
  readonly #listeners = new Set<(said: GateSaid) => void>();
  readonly #watchers = new Set<(state: GateState) => void>();
  readonly #counted: Throttle;
  readonly #stops: (() => void)[] = [];
  #cancelTick: () => void = () => undefined;
  #isClosed: boolean = false;

  /** @throws NixwaveError hub-state-failed */
  constructor(ports: SeatPorts) {
    this.#ports = ports;
    this.name = ports.name;
    const { store, plan, timers, now } = ports;
    const key = `gate/${encodeURIComponent(ports.name)}`;
    this.#gates = new SeatGates({
      ...{ store, key, plan, at: now() },
      carryOut: (effect) => this.#carryOut(effect),
    });
    this.#counted = new Throttle(timers, now, COUNTED_EVERY_MS, () => this.#tellCounted());
    this.#listen();
  }

  get state(): GateState {
    return this.#gates.shown;
  }

  get trace(): GateTrace {
    return this.#gates.trace(this.name);
  }

  judgeBefore(key: StepKey): void {
    this.askBefore(runOf(key));
  }

  judgeAfter(key: StepKey, activatedAt: EpochMs): void {
    this.askAfter(runOf(key), activatedAt);
  }

  askBefore(run: Run): void {
    const at = this.#ports.now();
    const patientUntil = (run.looksAgain ? at : at + this.#patienceMs) as EpochMs;
    this.#ask({ run, place: "before", patientUntil }, () => {
      this.#gates.begin(run.name, run.key.host, at);
      this.#gates.tell(run.name, { type: "baseline-frozen", at, run: run.name });
    });
  }

  askAfter(run: Run, activatedAt: EpochMs): void {
    const at = this.#ports.now();
    const { name } = run;
    const { host } = run.key;
    this.#ask({ run, place: "after", patientUntil: at }, () => {
      const verdict = this.#gates.verdictOf(name);
      if (verdict) this.#said(verdict);
      else {
        this.#gates.begin(name, host, at);
        this.#gates.tell(name, { type: "gate-started", at, run: name, host, activatedAt });
      }
    });
  }

  /** A trial is about to be ordered: what "before" means for it is frozen and durable now (DESIGN 9). */
  noteTrial(key: StepKey): void {
    const name = runName(key);
    if (this.#gates.has(name)) return;
    const at = this.#ports.now();
    this.#guarded(() => {
      this.#gates.begin(name, key.host, at);
      this.#gates.tell(name, { type: "baseline-frozen", at, run: name });
    });
  }

  /** The attempt is over, however it ended. */
  forget(run: string): void {
    this.#asked.delete(run);
    this.#guarded(() => this.#gates.end(run));
  }

  onSaid(listener: (said: GateSaid) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onCounted(listener: (state: GateState) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  hear(event: GateEvent): void {
    this.#guarded(() => this.#gates.hear(event));
    this.#lookAgain(event.at, ({ patientUntil }) => event.at < patientUntil);
    this.#counted.touch();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick();
    for (const stop of this.#stops) stop();
    this.#counted.close();
    this.#guarded(() => this.#gates.keepAll(this.#ports.now()));
    this.#ports.closed(this);
  }

  /** A house that was not healthy is looked at again; time passes; what waits for the disk is tried again. */
  #tick(): void {
    const { now, timers } = this.#ports;
    const at = now();
    this.hear({ type: "tick", at });
    this.#lookAgain(at, () => true);
    this.#cancelTick = timers.after(TICK_EVERY_MS, () => this.#tick());
  }

  #lookAgain(at: EpochMs, isMeant: (asked: Asked) => boolean): void {
    for (const asked of [...this.#asked.values()]) {
      if (asked.place !== "before" || !isMeant(asked)) continue;
      const run = asked.run.name;
      this.#guarded(() => this.#gates.tell(run, { type: "baseline-frozen", at, run }));
    }
  }

  /**
   * A hub that has just begun, or just has its broker back, has heard no sensor yet: wires would take its silence
   * for an ill house and undo what a moment later could begin.
   */
  get #patienceMs(): number {
    return Math.max(0, ...this.#ports.plan.rows.map(({ noDataLimitMs }) => noDataLimitMs));
  }

  #listen(): void {
    const { plan, topics, timers, now, prometheus: url, isConnected } = this.#ports;
    this.#cancelTick = timers.after(TICK_EVERY_MS, () => this.#tick());
    const { heard, queries } = sourcesOf(plan);
    for (const topic of heard) this.#stops.push(topics.hear(topic, this));
    if (queries.size > 0) {
      const hear = (event: GateEvent): void => this.hear(event);
      const poll = new Prometheus({ ...this.#ports, url, queries, hear });
      this.#stops.push(() => poll.close());
    }
    const link = isConnected() ? "link-restored" : "link-lost";
    this.hear({ type: link, at: now(), link: "broker" });
  }

  #ask(asked: Asked, judge: () => void): void {
    this.#asked.set(asked.run.name, asked);
    this.#guarded(judge);
    this.#counted.touch();
  }

  #carryOut(effect: GateEffect): void {
    switch (effect.type) {
      case "ask-now":
        this.#ports.say(effect.topic, effect.payload);
        break;
      case "preflight-passed":
        this.#passed(effect.run);
        break;
      case "verdict-reached":
        this.#said(effect.verdict);
        break;
    }
  }

  /** The state is durable here: the trial may be ordered (DESIGN 9). */
  #passed(name: string): void {
    const asked = this.#asked.get(name);
    if (asked?.place !== "before") return;
    this.#asked.delete(name);
    const { key } = asked.run;
    this.#tell({ key, place: "before", outcome: "healthy", verdict: null, why: "" });
  }

  #said(verdict: Verdict): void {
    const asked = this.#asked.get(verdict.run);
    if (!asked) return;
    const { run, place } = asked;
    if (place === "before" && isPassing(verdict) && this.#ports.now() < asked.patientUntil) return;
    const outcome = outcomeOf(verdict, place, run.isFinal);
    if (place === "after" || outcome === "healthy" || !run.looksAgain) this.#asked.delete(run.name);
    this.#tell({ key: run.key, place, outcome, verdict, why: whyOf(verdict) });
  }

  #tell(said: GateSaid): void {
    this.#ports.said(said);
    for (const listener of [...this.#listeners]) this.#guarded(() => listener(said));
  }

  #tellCounted(): void {
    for (const watcher of [...this.#watchers]) this.#guarded(() => watcher(this.state));
  }
  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#ports.failed(error);
    }
  }
}
