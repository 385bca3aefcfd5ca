import type { Subscription } from "../bus/index.ts";
import type { HostName, NixwaveError, Progress, Reported } from "../contract/index.ts";
import type { HostReport, RolloutEvent } from "../rollout/index.ts";
import type { HubBus } from "./hub-bus.ts";

/** What a host said last, beyond what the rollout remembers. */
export interface HostFact {
  readonly reported: Reported | null;
  readonly isLive: boolean;
  readonly progress: Progress | null;
}

export type Facts = ReadonlyMap<HostName, HostFact>;

interface FactPorts {
  readonly bus: HubBus;
  readonly now: () => RolloutEvent["at"];
  readonly hear: (event: RolloutEvent) => void;
  readonly changed: () => void;
  readonly spoke: (report: Reported) => void;
  readonly failed: (error: NixwaveError) => void;
}

const NOTHING: HostFact = { reported: null, isLive: false, progress: null };

/** Listens to the hosts. */
export class HostFacts {
  readonly #ports: FactPorts;
  readonly #facts = new Map<HostName, HostFact>();
  /** As it was looked at last; most reports are looked at by nobody, and a fleet may have a thousand hosts. */
  #shown: Facts | null = null;

  constructor(ports: FactPorts) {
    this.#ports = ports;
  }

  /** Another map after each change. */
  get all(): Facts {
    this.#shown ??= new Map(this.#facts);
    return this.#shown;
  }

  /** What it reported last; null: nothing yet. */
  reportOf(host: HostName): Reported | null {
    return this.#facts.get(host)?.reported ?? null;
  }

  listen(): readonly Promise<Subscription>[] {
    const { bus, now, hear, spoke, failed } = this.#ports;
    return [
      bus.subscribe(
        { kind: "reported" },
        ({ address, payload, retained }) => {
          if (payload.host !== address.host) return; // the broker's rules forbid it; nothing to learn from it
          this.#note(address.host, { reported: payload, isLive: !retained });
          hear({ type: "HostReported", at: now(), live: !retained, report: reportOf(payload) });
          spoke(payload);
        },
        failed,
      ),
      bus.subscribe(
        { kind: "availability" },
        ({ address: { host }, payload: { state, session } }) => {
          const type = state === "online" ? "HostAppeared" : "HostLost";
          hear({ type, at: now(), host, session });
        },
        failed,
      ),
      bus.subscribe({ kind: "progress" }, ({ address, payload }) =>
        this.#note(address.host, { progress: payload }),
      ),
    ];
  }

  #note(host: HostName, news: Partial<HostFact>): void {
    const before = this.#facts.get(host) ?? NOTHING;
    const isOlder = news.reported && !news.isLive && before.isLive;
    if (isOlder) return; // a stored copy after a reconnect says nothing new
    this.#facts.set(host, { ...before, ...news });
    this.#shown = null;
    this.#ports.changed();
  }
}

/** As much as the order of things needs: the journal keeps every report. */
function reportOf(report: Reported): HostReport {
  const { host, seq, session, bootId, phase, rollout, attempt, counter } = report;
  const { current, profile, target, outcome, refusal, clock, bootRisk, waiting, mode } = report;
  return {
    ...{ host, seq, session, bootId, phase, rollout, attempt, counter },
    ...{ current, profile, target, outcome, refusal, clock },
    ...(bootRisk === undefined ? {} : { bootRisk }),
    ...(mode === undefined ? {} : { mode }),
    ...(waiting === null ? {} : { waiting }),
  };
}
