import type { NixwaveError } from "../contract/index.ts";
import type { Plan } from "../rollout/index.ts";
import { type Begun, learnState } from "./beginning.ts";
import { asFailure } from "./failures.ts";
import type { Rooms } from "./rooms.ts";
import type { Statements } from "./statements.ts";

interface LearnerPorts {
  readonly rooms: Rooms;
  readonly statements: Statements;
  readonly plan: () => Plan;
  readonly learnt: (begun: Begun) => void;
  readonly failed: (error: NixwaveError) => void;
}

const TRY_AGAIN_MS = 5_000;

/** Asks the broker until it has answered in full; the same failure is said once. */
export class Learner {
  readonly #ports: LearnerPorts;
  #cancel: () => void = () => undefined;
  #isClosed: boolean = false;
  #said = "";

  constructor(ports: LearnerPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { rooms, statements, plan, learnt } = this.#ports;
    if (!rooms.bus.connected) {
      this.#again();
      return;
    }
    learnState(rooms, plan(), statements, () => !this.#isClosed).then(learnt, (error: unknown) => {
      if (this.#isClosed) return;
      const failure = asFailure(error);
      if (failure.message !== this.#said) this.#ports.failed(failure);
      this.#said = failure.message;
      this.#again();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #again(): void {
    this.#cancel = this.#ports.rooms.timers.after(TRY_AGAIN_MS, () => this.start());
  }
}
