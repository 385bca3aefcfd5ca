import type { EpochMs } from "../contract/index.ts";
import type { GateEvent, GatePlan, Verdict } from "../gate/index.ts";
import type { RolloutEvent, RolloutState, StepKey } from "../rollout/index.ts";
import { GateDesk } from "./gate-desk.ts";
import type { HttpGet } from "./http-get.ts";
import type { HubBus } from "./hub-bus.ts";
import { runName } from "./run.ts";
import { Seat, type SeatPorts } from "./seat.ts";
import type { GateTrace } from "./seat-trace.ts";
import type { Timers } from "./timers.ts";
import { Topics } from "./topics-heard.ts";

interface SeatsPorts {
  readonly bus: HubBus;
  readonly store: SeatPorts["store"];
  readonly timers: Timers;
  readonly httpGet: HttpGet;
  readonly now: () => EpochMs;
  readonly state: () => RolloutState;
  readonly hear: (event: RolloutEvent) => void;
  /** A gate has said something about the house. */
  readonly judged: (verdict: Verdict | null) => void;
  readonly failed: (error: unknown) => void;
}

/** The sensor gates of the flow. */
export class Seats {
  readonly desk: GateDesk;
  readonly #ports: SeatsPorts;
  readonly #topics: Topics;
  readonly #seats = new Map<string, Seat>();

  constructor(ports: SeatsPorts) {
    this.#ports = ports;
    const { bus, now, failed, state, hear, timers } = ports;
    this.#topics = new Topics({ bus, now, failed });
    this.desk = new GateDesk({ now, state, hear, timers, seats: () => [...this.#seats.values()] });
  }

  /** @throws NixwaveError hub-state-failed */
  open(name: string, plan: GatePlan, prometheus: URL | null): Seat {
    this.#seats.get(name)?.close();
    const { bus, store, timers, now, httpGet, failed, judged } = this.#ports;
    const seat = new Seat({
      ...{ store, name, plan, prometheus, timers, now, httpGet, failed },
      topics: this.#topics,
      isConnected: () => bus.connected,
      say: (topic, payload) => bus.say(topic, Buffer.from(payload)),
      said: (said) => {
        judged(said.verdict);
        this.desk.said(name, said);
      },
      closed: (closed) => this.#left(closed),
    });
    this.#seats.set(name, seat);
    this.desk.seated(seat);
    return seat;
  }

  traces(): readonly GateTrace[] {
    return [...this.#seats.values()].map(({ trace }) => trace);
  }

  link(type: "link-lost" | "link-restored"): void {
    const event: GateEvent = { type, at: this.#ports.now(), link: "broker" };
    for (const seat of this.#seats.values()) seat.hear(event);
  }

  trialIsOrdered(key: StepKey): void {
    for (const seat of this.#seats.values()) seat.noteTrial(key);
  }

  /** An attempt has ended: nothing is kept for it. */
  ended(key: StepKey): void {
    for (const seat of this.#seats.values()) seat.forget(runName(key));
  }

  close(): void {
    for (const seat of [...this.#seats.values()]) seat.close();
    this.desk.close();
  }

  #left(seat: Seat): void {
    if (this.#seats.get(seat.name) !== seat) return;
    this.#seats.delete(seat.name);
    this.desk.left(seat.name);
  }
}
