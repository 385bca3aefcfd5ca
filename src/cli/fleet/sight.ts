import { foldPresence, type KnownPresence, type Message } from "../../bus/index.ts";
import type {
  Envelope,
  EpochMs,
  HoldSource,
  HostName,
  Progress,
  ReleaseHeard,
  Reported,
  RolloutHistory,
  RolloutStatus,
  Serial,
  StorePath,
  WireKind,
} from "../../contract/index.ts";
import type { NamedRelease } from "../../people/index.ts";
import { openUnsigned } from "../announcement.ts";
import { compareText } from "../compare-text.ts";
import { orNull } from "../or-null.ts";

/** What `status` listens to. */
export const SEEN_KINDS = [
  ...["hubStatus", "rolloutStatus", "rolloutHistory", "holdState"],
  ...["availability", "reported", "desired", "release", "releaseHeard", "progress"],
] as const satisfies readonly WireKind[] as readonly SeenKind[];
export type SeenKind =
  | "hubStatus"
  | "rolloutStatus"
  | "rolloutHistory"
  | "holdState"
  | "availability"
  | "reported"
  | "desired"
  | "release"
  | "releaseHeard"
  | "progress";

/** All that is known of a fleet at one moment. */
export interface Sight {
  readonly at: EpochMs;
  readonly isConnected: boolean;
  readonly hub: "online" | "offline" | "unheard";
  readonly status: RolloutStatus | null;
  readonly history: RolloutHistory["ended"];
  /** What the hub makes of CI's newest release, also before a rollout of it begins. */
  readonly heard: ReleaseHeard["state"] | null;
  readonly holds: readonly HoldSource[];
  /** In the order of the rollout, then by name. */
  readonly hosts: readonly SeenHost[];
  /** What this account may not read. */
  readonly unreadable: readonly string[];
}

export interface SeenHost {
  readonly host: HostName;
  /** null: it was never seen on this broker, or this account may not know. */
  readonly online: boolean | null;
  readonly reported: Reported | null;
  readonly progress: Progress | null;
  /** The release of what it runs; null when nothing on the broker names it. */
  readonly running: NamedRelease | null;
  readonly step: RolloutStatus["hosts"][number] | null;
}

/** Folds what the broker holds into a sight of the fleet; nothing here is verified, it is shown only. */
export class Sights {
  readonly #presences = new Map<HostName, KnownPresence>();
  readonly #reports = new Map<HostName, Reported>();
  readonly #progress = new Map<HostName, Progress>();
  readonly #releases = new Map<StorePath, NamedRelease>();
  readonly #holds = new Map<HoldSource, "ON" | "OFF">();
  readonly #unreadable: string[] = [];
  #hub: KnownPresence;
  #status: RolloutStatus | null = null;
  #history: RolloutHistory["ended"] = [];
  #heard: ReleaseHeard["state"] | null = null;
  isConnected = true;

  cannotRead(what: string): void {
    if (!this.#unreadable.includes(what)) this.#unreadable.push(what);
  }

  hear({ address, payload }: Message<SeenKind>): void {
    const take: { readonly [K in SeenKind]: () => void } = {
      hubStatus: () => {
        this.#hub = foldPresence(this.#hub, payload as never);
      },
      rolloutStatus: () => {
        this.#status = payload as RolloutStatus;
      },
      rolloutHistory: () => {
        this.#history = (payload as RolloutHistory).ended;
      },
      holdState: () => void this.#holds.set((address as never)["source"], payload as never),
      availability: () => {
        const { host } = address as { readonly host: HostName };
        this.#presences.set(host, foldPresence(this.#presences.get(host), payload as never));
      },
      reported: () => void this.#reports.set((payload as Reported).host, payload as Reported),
      desired: () => this.#learn([(payload as { readonly statement: Envelope }).statement]),
      release: () => this.#learn((payload as { statements: readonly Envelope[] }).statements),
      releaseHeard: () => {
        this.#heard = (payload as ReleaseHeard).state;
      },
      progress: () => void this.#progress.set((address as never)["host"], payload as Progress),
    };
    take[address.kind]();
  }

  now(at: EpochMs): Sight {
    const steps = new Map(this.#status?.hosts.map((one) => [one.host, one]));
    const others = [...this.#presences.keys(), ...this.#reports.keys()].filter(
      (host) => !steps.has(host),
    );
    const hosts = [...steps.keys(), ...[...new Set(others)].sort(compareText)];
    return {
      at,
      isConnected: this.isConnected,
      hub: this.#hub?.state ?? "unheard",
      status: this.#status,
      history: this.#history,
      heard: this.#heard,
      holds: [...this.#holds].filter(([, word]) => word === "ON").map(([source]) => source),
      hosts: hosts.map((host) => this.#seen(host, steps.get(host) ?? null)),
      unreadable: this.#unreadable,
    };
  }

  #seen(host: HostName, step: SeenHost["step"]): SeenHost {
    const presence = this.#presences.get(host);
    const reported = this.#reports.get(host) ?? null;
    const progress = this.#progress.get(host) ?? null;
    const isNow = progress !== null && progress.attempt === reported?.attempt;
    return {
      ...{ host, step, reported },
      online: presence === undefined ? null : presence.state === "online",
      progress: isNow && reported.phase === "staging" ? progress : null,
      running: reported && this.#runningOf(reported),
    };
  }

  /** By its path where a statement names it; a committed system also by its serial, which is a date. */
  #runningOf({ current, profile, serial }: Reported): NamedRelease | null {
    const named = current === null ? undefined : this.#releases.get(current);
    if (named) return named;
    if (serial === 0 || current === null || current !== profile) return null;
    const title = this.#history.find((one) => one.serial === serial)?.title ?? null;
    return { serial: serial as Serial, title };
  }

  #learn(statements: readonly Envelope[]): void {
    for (const one of statements) {
      const statement = orNull(() => openUnsigned(one).statement);
      if (statement === null) continue; // it names nothing
      const { storePath, serial, title } = statement;
      const known = this.#releases.get(storePath);
      if (known?.serial && known.serial > serial) continue;
      this.#releases.set(storePath, { serial, title: title ?? null });
    }
  }
}
