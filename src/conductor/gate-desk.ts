import type { EpochMs, HostName } from "../contract/index.ts";
import {
  entriesOf,
  type GateVerdict,
  isEnd,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
} from "../rollout/index.ts";
import type { GateSaid } from "./conductor.ts";
import { type Run, runName } from "./run.ts";
import type { Seat } from "./seat.ts";
import type { Timers } from "./timers.ts";

type GateAsked = Extract<RolloutEffect, { type: "GateAsked" }>;
type Judged = Extract<RolloutEvent, { type: "GateJudged" }>;

interface DeskPorts {
  readonly timers: Timers;
  readonly now: () => EpochMs;
  readonly state: () => RolloutState;
  readonly seats: () => readonly Seat[];
  readonly hear: (event: RolloutEvent) => void;
}

interface Question {
  readonly effect: GateAsked;
  readonly run: Run;
  /** What each seat said so far, by its name. */
  readonly said: Map<string, GateSaid>;
  /** As it was told last: a house that stays ill is told once. */
  told: string;
}

/** Asks the gates what the rollout wants to know. With several gates all must be healthy; one that is not decides. */
export class GateDesk {
  readonly #ports: DeskPorts;
  readonly #open = new Map<string, Question>();
  #settlesAt: number | null = null;
  #cancel: () => void = () => undefined;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  ask(effect: GateAsked): void {
    const run = runAbout(effect, this.#ports.state());
    if (isOver(effect, this.#ports.state())) {
      this.#ports.hear({ type: "EffectsDone", at: this.#ports.now(), ids: [effect.id] });
      return;
    }
    const question: Question = { effect, run, said: new Map(), told: "" };
    this.#open.set(run.name, question);
    for (const seat of this.#ports.seats()) put(question, seat);
    if (this.#ports.seats().length === 0) this.#unsettle(LEFT_FOR_MS);
  }

  /** A gate has come: what is open is asked of it too. */
  seated(seat: Seat): void {
    this.#unsettle(SEATED_WITHIN_MS);
    for (const question of this.#open.values()) put(question, seat);
  }

  said(seat: string, said: GateSaid): void {
    for (const question of this.#open.values()) {
      const { effect, run } = question;
      const place = effect.place === "preflight" ? "before" : "after";
      if (said.place !== place || runName(said.key) !== runName(run.key)) continue;
      question.said.set(seat, said);
      this.#sum(question);
    }
  }

  /** A gate has gone: unless it comes back, those that are left decide. */
  left(seat: string): void {
    this.#unsettle(LEFT_FOR_MS);
    for (const question of this.#open.values()) question.said.delete(seat);
  }

  /** What nobody wants to know any more leaves the outbox. */
  forgetOver(): void {
    const state = this.#ports.state();
    for (const [name, { effect }] of [...this.#open]) {
      if (!isOver(effect, state)) continue;
      this.#open.delete(name);
      this.#ports.hear({ type: "EffectsDone", at: this.#ports.now(), ids: [effect.id] });
    }
  }

  close(): void {
    this.#cancel();
  }

  /**
   * A flow that starts or is deployed anew has its gates one after the other: until they are there nothing passes
   * for want of one, and nothing is their fault.
   */
  #unsettle(waitMs: number): void {
    const until = this.#ports.now() + waitMs;
    if (this.#settlesAt !== null && this.#settlesAt >= until) return;
    this.#settlesAt = until;
    this.#cancel();
    this.#cancel = this.#ports.timers.after(waitMs, () => {
      this.#settlesAt = null;
      for (const question of [...this.#open.values()]) this.#sum(question);
    });
  }

  #sum(question: Question): void {
    const names = this.#ports.seats().map(({ name }) => name);
    const said = names.flatMap((name) => question.said.get(name) ?? []);
    const bad = said.find(({ outcome }) => outcome === "unhealthy");
    if (bad) this.#answer(question, "Failed", bad.why);
    else if (this.#settlesAt !== null) return;
    else if (names.length === 0) this.#answer(question, "Error", NO_SEAT);
    else if (said.length === names.length) {
      const unsure = said.find(({ outcome }) => outcome === "no-verdict");
      if (!unsure) this.#answer(question, "Successful", "");
      else {
        const isError = unsure.verdict?.status === "Error";
        this.#answer(question, isError ? "Error" : "Inconclusive", unsure.why);
      }
    }
  }

  #answer(question: Question, verdict: GateVerdict, why: string): void {
    const told = `${verdict} ${why}`;
    if (question.told === told) return;
    question.told = told;
    const { effect, run } = question;
    const { place, rollout, host, attempt, id } = effect;
    const { hear, now } = this.#ports;
    const judged: Judged = {
      ...{ type: "GateJudged", at: now(), place, rollout, host, attempt, verdict, why },
    };
    hear(judged);
    const isLookedAtAgain = place === "preflight" || why === NO_SEAT;
    if (isLookedAtAgain && verdict !== "Successful") return; // it stays in the outbox
    this.#open.delete(run.name);
    hear({ type: "EffectsDone", at: now(), ids: [id] });
  }
}

/** The others of a flow come in the same breath. */
const SEATED_WITHIN_MS = 2_000;
/** A flow that is deployed anew has them back by then. */
const LEFT_FOR_MS = 10_000;
const NO_SEAT = "the plan asks for a sensor gate, and the flow has none";

function put({ effect, run }: Question, seat: Seat): void {
  if (effect.place === "preflight") seat.askBefore(run);
  else seat.askAfter(run, effect.at);
}

function runAbout({ rollout, host, attempt }: GateAsked, { hosts }: RolloutState): Run {
  const key = { rollout, host: host ?? standsForAll(hosts), attempt };
  const isFinal = host === null;
  const name = isFinal ? `${rollout}//final/${attempt}` : runName(key);
  return { key, name, isFinal, looksAgain: true };
}

function isOver(
  { rollout: id, host, attempt }: GateAsked,
  { rollout, hosts }: RolloutState,
): boolean {
  if (!rollout || rollout.id !== id || rollout.phase === "Completed") return true;
  if (host === null) return rollout.run !== attempt || rollout.phase !== "Finalising";
  const step = entriesOf(hosts).find((one) => one.host === host)?.step;
  return !step || step.attempt !== attempt || isEnd(step.state);
}

/** The host that carries the broker, if any: its silence is nobody else's. */
function standsForAll(hosts: RolloutState["hosts"]): HostName {
  const entries = entriesOf(hosts);
  const carrier = entries.find(({ planned }) => planned.carries.includes("broker"));
  return (carrier ?? entries.at(-1))?.host as HostName;
}
