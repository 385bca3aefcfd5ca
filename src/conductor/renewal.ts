import type { SessionId } from "../contract/index.ts";
import type { HubBus } from "./hub-bus.ts";
import type { Timers } from "./timers.ts";

interface RenewalPorts {
  readonly bus: Pick<HubBus, "renew">;
  readonly timers: Timers;
  readonly newSession: () => SessionId;
  /** It stands. */
  readonly renewed: (session: SessionId, effect: string) => void;
  readonly failed: (error: unknown) => void;
}

/** So that the report that asked for it is dealt with first. */
const BEGIN_AFTER_MS = 1_000;
const TRY_AGAIN_MS = 5_000;

/** A new connection on purpose: arriving over it is the proof that the broker still works (DESIGN 8). */
export class Renewal {
  readonly #ports: RenewalPorts;
  #effect: string | null = null;
  #cancel: () => void = () => undefined;

  constructor(ports: RenewalPorts) {
    this.#ports = ports;
  }

  /** @param effect the id under which it was asked for */
  ask(effect: string): void {
    const isUnderWay = this.#effect !== null;
    this.#effect = effect;
    if (!isUnderWay) this.#after(BEGIN_AFTER_MS);
  }

  close(): void {
    this.#cancel();
    this.#effect = null;
  }

  #after(delayMs: number): void {
    this.#cancel = this.#ports.timers.after(delayMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { bus, newSession, renewed, failed } = this.#ports;
    const session = newSession();
    try {
      await bus.renew(session);
    } catch (error) {
      if (this.#effect === null) return;
      failed(error);
      this.#after(TRY_AGAIN_MS);
      return;
    }
    const effect = this.#effect;
    this.#effect = null;
    if (effect !== null) renewed(session, effect);
  }
}
