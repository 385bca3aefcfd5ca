import type { OpenAttempt } from "../../src/contract/index.ts";
import type { Machine } from "../machine/machine.ts";
import type { Awake } from "../machine/stay-awake.ts";

const WHY = "A new system is being tried; it will be kept or undone in a few minutes";
/** From the journal's word that it begins until it is kept or undone. */
const TOUCHED: readonly OpenAttempt["phase"][] = [
  ...(["activating", "rebooting", "in-trial", "committing", "reverting"] as const),
];

/** Keeps a laptop awake for as long as a trial lasts (DESIGN 7); elsewhere it holds nothing. */
export class Vigil {
  readonly #machine: Pick<Machine, "stayAwake">;
  #awake: Awake | null = null;
  #isRefused: boolean = false;

  constructor(machine: Pick<Machine, "stayAwake">) {
    this.#machine = machine;
  }

  /** The lock lives as long as this process: one that holds it waits itself instead of ending. */
  get isHeld(): boolean {
    return this.#awake?.isHeld ?? false;
  }

  /** Asks once; where it is refused the trial goes on, and what sleeps past its lease returns on waking. */
  async follow(open: OpenAttempt | null): Promise<void> {
    if (!open || !TOUCHED.includes(open.phase)) {
      this.end();
      return;
    }
    if (this.isHeld || this.#isRefused) return;
    this.#awake = await this.#machine.stayAwake(WHY);
    this.#isRefused = this.#awake === null;
  }

  end(): void {
    this.#awake?.release();
    this.#awake = null;
    this.#isRefused = false;
  }
}
