import type { RolloutEffect } from "../../src/rollout/index.ts";
import type { WatchedHub } from "./hub-world.ts";
import type { Looked } from "./looked.ts";
import { Violation } from "./violation.ts";

/** What each hub tells the people, held against what it has told before; new ends are counted. */
export class NoticeWatch {
  readonly #said = new Map<string, string>();
  readonly #looked: Looked;

  constructor(looked: Looked) {
    this.#looked = looked;
  }

  /** One notification per terminal change: under one id always the same is said. */
  look({ name }: WatchedHub, effect: Exclude<RolloutEffect, { type: "Order" }>): void {
    const said = JSON.stringify({ ...effect, at: 0 });
    const before = this.#said.get(`${name} ${effect.id}`);
    if (before !== undefined && before !== said && effect.type !== "StepStarted") {
      throw new Violation("one notification per change", `${effect.id}: ${before} then ${said}`);
    }
    if (before !== undefined) return;
    this.#said.set(`${name} ${effect.id}`, said);
    const { completions, hostEnds } = this.#looked;
    if (effect.type === "RolloutEnded") {
      this.#looked.rollouts += 1;
      const name = String(effect.rollout.completion);
      completions[name] = (completions[name] ?? 0) + 1;
    } else if (effect.type === "HostEnded") {
      this.#looked.ends += 1;
      hostEnds[effect.state] = (hostEnds[effect.state] ?? 0) + 1;
    }
  }
}
