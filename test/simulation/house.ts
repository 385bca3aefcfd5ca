import type { EpochMs } from "../../src/contract/index.ts";
import { utf8 } from "../support/contract-builders.ts";
import type { BrokerModel } from "./broker-model.ts";
import {
  type GateEvent,
  type GatePlan,
  type GateState,
  openGate,
  parseGatePlan,
  parseGateState,
  reduceGate,
  type Verdict,
} from "./gate-door.ts";
import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const SENSORS = ["kitchen", "bath", "attic"];
const INTERVAL_MS = 60_000;
export const isSensorTopic = (topic: string): boolean => topic.startsWith("tele/");
const topicOf = (name: string): string => `tele/${name}/SENSOR`;

interface Air {
  readonly warmer: number;
  readonly damper: number;
}

/** The rooms and their Tasmota sensors, which report every minute and are retained, as `SensorRetain` has it. */
export class House {
  /** When anybody last heard a living sensor. */
  lastHeardAt = 0;
  /** Dead ones say nothing more; their last word stays on the broker. */
  readonly dead = new Set<string>();
  /** What a story adds to the air of a room: a shower, a window. */
  air: (room: string, at: number) => Air = () => ({ warmer: 0, damper: 0 });
  /** How a sensor puts it: a story may let it say that it has no value. */
  words: (air: { readonly Temperature: number; readonly Humidity: number }) => string = (AM2301) =>
    JSON.stringify({ Time: "2026-07-14T12:00:00", AM2301 });
  readonly #broker: BrokerModel;
  readonly #clock: VirtualClock;
  readonly #chance: Random;
  /** Truth: what the running systems make of the house. */
  readonly #condition: () => "well" | "ill" | "silent";

  constructor(
    broker: BrokerModel,
    clock: VirtualClock,
    chance: Random,
    condition: () => "well" | "ill" | "silent",
  ) {
    this.#broker = broker;
    this.#clock = clock;
    this.#chance = chance;
    this.#condition = condition;
  }

  get sensors(): readonly string[] {
    return SENSORS;
  }

  live(): void {
    for (const [place, name] of SENSORS.entries()) {
      this.#clock.after((place * INTERVAL_MS) / SENSORS.length, () => this.#report(name));
    }
  }

  #report(name: string): void {
    this.#clock.after(INTERVAL_MS, () => this.#report(name));
    const condition = this.#condition();
    if (condition === "silent" || this.dead.has(name)) return;
    const { warmer, damper } = this.air(name, this.#clock.now);
    const base = condition === "ill" ? 12 : 21;
    const Temperature = base + warmer + this.#chance.between(-5, 6) / 10;
    const Humidity = 50 + damper;
    const bytes = utf8(this.words({ Temperature, Humidity }));
    if (this.#broker.isUp) this.lastHeardAt = this.#clock.now;
    this.#broker.take({ topic: topicOf(name), bytes, retain: true });
  }
}

/** Two of three rooms must be warm; a little soak, since what is watched is the machinery. */
export const WARM_ROOMS: GatePlan = parseGatePlan({
  rows: [
    {
      ...{ name: "rooms", topics: SENSORS.map(topicOf), path: "AM2301.Temperature" },
      ...{ is: "above", limit: 15, quorum: 2, interval: "1m", expireAfter: "3m" },
      ...{ carriedBy: ["nuc"] },
    },
  ],
  ...{ soak: "3m", initialDelay: "10s", timeout: "12m" },
});

/**
 * The hub's sensor gate, one for each host since several may be watched at once. It listens all the time;
 * what it has counted is durable at each tick of an open run, and always before its verdict is told.
 */
export class SensorGate {
  state: GateState;
  readonly #keep: (json: string) => void;

  constructor(plan: GatePlan, kept: string | undefined, keep: (json: string) => void, at: EpochMs) {
    this.state = kept === undefined ? openGate(plan, at) : parseGateState(JSON.parse(kept));
    this.#keep = keep;
  }

  hear(event: GateEvent): Verdict | "preflight-passed" | null {
    const before = this.state;
    const { state, effects } = reduceGate(before, event);
    this.state = state;
    const isOpen = state.run !== null && state.phase !== "Closed";
    const isNew = state.phase !== before.phase || state.verdict !== before.verdict;
    if (isNew || (isOpen && event.type === "tick")) this.#keep(JSON.stringify(state));
    for (const effect of effects) {
      if (effect.type === "verdict-reached") return effect.verdict;
      if (effect.type === "preflight-passed") return "preflight-passed";
    }
    return null;
  }
}
