import { type EpochMs, type HostName, instant, parseHostName } from "../../src/contract/index.ts";
import {
  type GateEffect,
  type GateEvent,
  type GatePlan,
  type GateState,
  openGate,
  parsePlan,
  type Reading,
  reduceGate,
  type Verdict,
} from "../../src/gate/index.ts";

export const START = 1_760_000_000_000;
export const RP4: HostName = parseHostName("rp4");
export const NUC: HostName = parseHostName("nuc");
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const at = (ms: number): EpochMs => instant(START + ms);
export const number = (value: number, name = ""): Reading => ({ kind: "number", name, value });

/** A gate and its clock: moves on in ticks as the shell does, and remembers what it asked for. */
export class Story {
  state: GateState;
  nowMs = 0;
  readonly effects: GateEffect[] = [];
  readonly ignored: string[] = [];

  constructor(plan: GatePlan | unknown) {
    this.state = openGate(parsePlan(plan), at(0));
  }

  send(event: GateEvent): this {
    const { state, effects, ignored } = reduceGate(this.state, event);
    this.state = state;
    this.effects.push(...effects);
    if (ignored !== undefined) this.ignored.push(ignored);
    return this;
  }

  /** Lets time pass in ticks of 15 s. */
  wait(ms: number): this {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 15 * SECOND);
      this.send({ type: "tick", at: at(this.nowMs) });
    }
    return this;
  }

  hear(source: string, readings: readonly Reading[] | number, retained = false): this {
    const list = typeof readings === "number" ? [number(readings)] : readings;
    return this.send({
      type: "sample-received",
      at: at(this.nowMs),
      source,
      readings: list,
      retained,
    });
  }

  bytes(source: string, payload: string, retained = false): this {
    const bytes = new TextEncoder().encode(payload);
    return this.send({ type: "bytes-received", at: at(this.nowMs), source, bytes, retained });
  }

  baseline(run = "a", host = RP4): this {
    return this.send({ type: "baseline-started", at: at(this.nowMs), run, host });
  }

  freeze(run = "a"): this {
    return this.send({ type: "baseline-frozen", at: at(this.nowMs), run });
  }

  activate(run = "a", host = RP4): this {
    const now = at(this.nowMs);
    return this.send({ type: "gate-started", at: now, run, host, activatedAt: now });
  }

  /** The same value each `everyMs` for `forMs`. */
  report(source: string, values: readonly number[], everyMs = MINUTE): this {
    for (const value of values) this.wait(everyMs).hear(source, value);
    return this;
  }

  get verdict(): Verdict | null {
    return this.state.verdict;
  }

  verdicts(): Verdict[] {
    return this.effects.flatMap((effect) =>
      effect.type === "verdict-reached" ? [effect.verdict] : [],
    );
  }
}

/** A sensor that reports every minute, soak 5 minutes: short to tell, nothing else special. */
export const ROOM = {
  rows: [{ topic: "room", is: "above", limit: 15, interval: "1m" }],
  soak: "5m",
} as const;
