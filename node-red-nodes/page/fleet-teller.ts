import type { Conductor, HubView } from "../../src/conductor/index.ts";
import { type EpochMs, instant } from "../../src/contract/index.ts";
import type { Home } from "../../src/people/index.ts";
import { slimView } from "../fleet/slim-view.ts";
import { hostDetails } from "./host-details.ts";
import { type ToldUntil, toldGates } from "./told-gates.ts";
import { toldHistory } from "./told-history.ts";

/** What there is to see of a fleet now. */
export interface SeenFleet {
  readonly conductor: Conductor | null;
  readonly home: Home | null;
}

export interface TellerPorts {
  /** Looked up each time: a deploy makes another node under the same id. */
  readonly find: () => SeenFleet | null;
  /** What people call the gate with this id. */
  readonly titleOf: (gate: string) => string;
  readonly tell: (kind: string, said: unknown) => void;
  readonly now: () => EpochMs;
}

/** Silence proves nothing: a page that hears nothing for longer than this takes the connection for lost. */
const BEAT_MS = 5_000;
/** Words of time grow old although nothing changes. */
const RETELL_MS = 30_000;

/** Tells one open page how its fleet stands: all of it at first, then what has changed. Look once a second. */
export class FleetTeller {
  readonly #ports: TellerPorts;
  #watched: Conductor | null = null;
  #stopWatching = (): void => undefined;
  #isNews: boolean = false;
  #isSaidClosed: boolean = false;
  #lookedAt = 0;
  #spokeAt = 0;
  readonly #told = new Map<string, string>();
  #until: ToldUntil = new Map();

  constructor(ports: TellerPorts) {
    this.#ports = ports;
  }

  look(): void {
    const { find, now } = this.#ports;
    const at = now();
    const fleet = find();
    const conductor = fleet?.conductor ?? null;
    this.#follow(conductor);
    if (conductor && fleet?.home) {
      if (this.#isNews || at - this.#lookedAt >= RETELL_MS || at < this.#lookedAt) {
        this.#lookedAt = at;
        this.#isNews = false;
        this.#tellView(conductor, conductor.view, fleet.home, at);
      }
      this.#tellGates(conductor, fleet.home);
    } else if (!this.#isSaidClosed) {
      this.#isSaidClosed = true;
      this.#tell("closed", {});
    }
    if (at - this.#spokeAt >= BEAT_MS || at < this.#spokeAt) this.#tell("beat", { at });
  }

  close(): void {
    this.#stopWatching();
    this.#stopWatching = () => undefined;
  }

  /** Another conductor is another hub: everything is told anew. */
  #follow(conductor: Conductor | null): void {
    if (conductor === this.#watched) return;
    this.close();
    this.#watched = conductor;
    if (!conductor) return;
    this.#isSaidClosed = false;
    this.#told.clear();
    this.#until = new Map();
    this.#stopWatching = conductor.watch(() => {
      this.#isNews = true;
    });
    this.#isNews = true;
  }

  #tellView(conductor: Conductor, view: HubView, home: Home, at: EpochMs): void {
    const sight = slimView(view, home, at);
    this.#tellNews("sight", sight, { ...sight, at: 0, status: { ...sight.status, at: 0 } });
    for (const host of view.hosts) {
      const details = hostDetails(host, at, home);
      this.#tellNews("details", details, details, host.host);
    }
    const { rollout } = view.state;
    const ended = [rollout?.id, rollout?.run, rollout?.phase === "Completed"].join(" ");
    if (this.#told.get("ended") === ended) return;
    this.#told.set("ended", ended);
    this.#tell("history", toldHistory(conductor, at, home));
  }

  #tellGates(conductor: Conductor, home: Home): void {
    const isFirst = this.#until.size === 0;
    const gates = toldGates(conductor, home, this.#until, this.#ports.titleOf);
    const hasPoints = gates.some(({ rows }) =>
      rows.some(({ sources }) => sources.some(({ points }) => points.length > 0)),
    );
    if (hasPoints) this.#told.delete("gates ");
    const said = { isWhole: isFirst, gates };
    this.#tellNews("gates", said, withoutPoints(gates));
  }

  #tellNews(kind: string, said: unknown, compared: unknown, about = ""): void {
    const key = `${kind} ${about}`;
    const text = JSON.stringify(compared);
    if (this.#told.get(key) === text) return;
    this.#told.set(key, text);
    this.#tell(kind, said);
  }

  #tell(kind: string, said: unknown): void {
    this.#spokeAt = this.#ports.now();
    this.#ports.tell(kind, said);
  }
}

const withoutPoints = (gates: ReturnType<typeof toldGates>) =>
  gates.map(({ rows, ...gate }) => ({
    ...gate,
    rows: rows.map(({ sources, ...row }) => ({
      ...row,
      sources: sources.map(({ points: _points, ...source }) => source),
    })),
  }));

/** Of the wall clock, for `now`. */
export const wallClock = (): EpochMs => instant(Date.now());
