import type { EpochMs, HostName } from "../../src/contract/index.ts";
import type { RolloutEffect, RolloutEvent, RolloutState } from "../../src/rollout/index.ts";
import type { GateEvent, GatePlan, Verdict } from "./gate-door.ts";
import { SensorGate } from "./house.ts";
import type { KeptGates } from "./hub-disk.ts";
import { CARRIER } from "./hub-world.ts";

type GateAsked = Extract<RolloutEffect, { type: "GateAsked" }>;

/** The hub around its gates, as far as they need it. */
interface GatedHub {
  readonly plan: GatePlan;
  readonly now: () => EpochMs;
  readonly state: () => RolloutState;
  readonly hear: (event: RolloutEvent) => void;
  /** Between two steps the process may end. */
  readonly step: () => void;
}

/** The hub's sensor gates, one for each host and one for the whole home, and what was asked of them. */
export class HubGates {
  readonly #hub: GatedHub;
  readonly #hosts: readonly HostName[];
  readonly #kept: KeptGates;
  readonly #gates = new Map<string, SensorGate>();
  readonly #asked = new Map<string, GateAsked>();

  /** @param kept what is durable of each gate, by its name */
  constructor(hub: GatedHub, hosts: readonly HostName[], kept: KeptGates) {
    this.#hub = hub;
    this.#hosts = hosts;
    this.#kept = kept;
  }

  /** A new process knows only what is durable. */
  forget(): void {
    this.#gates.clear();
    this.#asked.clear();
  }

  #gateOf(host: HostName | null): SensorGate {
    const name = host ?? "final";
    const known = this.#gates.get(name);
    if (known) return known;
    const kept = this.#kept;
    const { plan, now } = this.#hub;
    const opened = new SensorGate(plan, kept.get(name), (json) => void kept.set(name, json), now());
    this.#gates.set(name, opened);
    return opened;
  }

  /** Asked again after a restart it goes on, or says again what it had said. */
  ask(asked: GateAsked): void {
    const { place, rollout, host, attempt } = asked;
    const run = `${rollout}/${host ?? "final"}/${attempt}`;
    const about = host ?? CARRIER;
    const at = this.#hub.now();
    const gate = this.#gateOf(host);
    this.#asked.set(host ?? "final", asked);
    const { state } = gate;
    if (state.run !== run && state.run !== null && state.phase !== "Closed") {
      gate.hear({ type: "abandoned", at, run: state.run });
    }
    if (place === "preflight") {
      this.#tellGate(gate, host, { type: "baseline-started", at, run, host: about });
      this.#tellGate(gate, host, { type: "baseline-frozen", at, run });
      return;
    }
    const { verdict, phase } = gate.state;
    if (gate.state.run === run && phase === "Closed" && verdict) this.#judged(host, verdict);
    else
      this.#tellGate(gate, host, { type: "gate-started", at, run, host: about, activatedAt: at });
  }

  tellAll(event: GateEvent): void {
    if (this.#hub.state().plan.gates.length === 0) return;
    for (const host of this.#hosts) this.#tellGate(this.#gateOf(host), host, event);
    this.#tellGate(this.#gateOf(null), null, event);
  }

  /** PreflightFailed is cleared by its own cause alone: the house, once it is healthy. */
  lookAgain(): void {
    for (const { place, rollout, host, attempt } of [...this.#asked.values()]) {
      if (place !== "preflight" || host === null) continue;
      const run = `${rollout}/${host}/${attempt}`;
      this.#tellGate(this.#gateOf(host), host, {
        type: "baseline-frozen",
        at: this.#hub.now(),
        run,
      });
    }
  }

  #tellGate(gate: SensorGate, host: HostName | null, event: GateEvent): void {
    const said = gate.hear(event);
    if (said === null) return;
    this.#hub.step();
    this.#judged(host, said);
  }

  #judged(host: HostName | null, said: Verdict | "preflight-passed"): void {
    const asked = this.#asked.get(host ?? "final");
    if (!asked || (said === "preflight-passed" && asked.place !== "preflight")) return;
    const isRefused = asked.place === "preflight" && said !== "preflight-passed";
    if (!isRefused) this.#asked.delete(host ?? "final"); // a house that is not healthy is looked at again
    const { place, rollout, attempt, id } = asked;
    const passed = said === "preflight-passed";
    const status = passed ? "Successful" : said.status;
    const verdict = status === "PreflightFailed" ? "Failed" : status;
    const why = passed ? "" : said.reason.text;
    const at = this.#hub.now();
    this.#hub.hear({ type: "GateJudged", at, place, rollout, host, attempt, verdict, why });
    this.#hub.hear({ type: "EffectsDone", at, ids: [id] });
  }
}
