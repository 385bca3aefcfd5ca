import type { RolloutEvent, RolloutState } from "../rollout/index.ts";
import type { Decided, Decision } from "./conductor.ts";
import { decidedWhy } from "./decided-why.ts";

/** Orders repeat under their id until a host has taken them, and a restart tells again what nobody has heard. */
const REMEMBERED = 1_000;
/** A switch that says the same every second has decided once. */
const SAME_WISH_MS = 60_000;

/** What was decided, told to machines as it happens; nothing waits for them, and nothing is kept for them. */
export class Decisions {
  readonly #state: () => RolloutState;
  readonly #failed: (error: unknown) => void;
  readonly #listeners = new Set<(decided: Decided) => void>();
  readonly #seen = new Set<string>();
  readonly #wishes = new Map<string, number>();

  constructor(state: () => RolloutState, failed: (error: unknown) => void) {
    this.#state = state;
    this.#failed = failed;
  }

  listen(listener: (decided: Decided) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(decision: Decision): void {
    if (this.#listeners.size === 0 || !this.#isNews(decision)) return;
    const decided: Decided = { decision, why: decidedWhy(decision, this.#state()) };
    for (const listener of [...this.#listeners]) {
      try {
        listener(decided);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  /** A gate's word on its way to the mind is a decision too. */
  overhear(hear: (event: RolloutEvent) => void): (event: RolloutEvent) => void {
    return (event) => {
      if (event.type === "GateJudged") this.tell(event);
      hear(event);
    };
  }

  close(): void {
    this.#listeners.clear();
  }

  #isNews(decision: Decision): boolean {
    if (decision.type === "Asked") {
      const { asked, answer, at } = decision;
      const wish = JSON.stringify([asked, answer.accepted, answer.code]);
      const before = this.#wishes.get(wish);
      remember(this.#wishes, wish, at);
      return before === undefined || at - before >= SAME_WISH_MS;
    }
    if (!("id" in decision)) return true;
    if (this.#seen.has(decision.id)) return false;
    this.#seen.add(decision.id);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}

function remember(wishes: Map<string, number>, wish: string, at: number): void {
  wishes.delete(wish);
  wishes.set(wish, at);
  const [oldest] = wishes.keys();
  if (wishes.size > REMEMBERED && oldest !== undefined) wishes.delete(oldest);
}
