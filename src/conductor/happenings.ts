import type { NixwaveError } from "../contract/index.ts";
import { type Home, notificationOf } from "../people/index.ts";
import type { Announcement, RolloutState } from "../rollout/index.ts";
import type { Happened, HubView } from "./conductor.ts";
import { asFailure } from "./failures.ts";
import type { Timers } from "./timers.ts";

interface HappeningPorts {
  readonly home: Home;
  readonly timers: Timers;
  readonly view: () => HubView;
  /** Before anybody is told. @throws NixwaveError hub-state-failed; it is tried again */
  readonly record: (happened: Happened) => void;
  /** Told at once, whether anybody listens or not. */
  readonly show: (happened: Happened) => void;
  /** They leave the outbox. */
  readonly done: (ids: readonly string[]) => void;
  readonly failed: (error: NixwaveError) => void;
}

type Listener = (happened: Happened) => void;

/** Kept for a listener that may come; older ones are told to nobody. */
const WAIT_AT_MOST = 500;
const TRY_AGAIN_MS = 5_000;

/** Leaves the outbox when what was asked has been answered, not when somebody was told. */
const ANSWERED_ELSEWHERE: ReadonlySet<string> = new Set(["GateAsked", "ReconnectAsked"]);

/**
 * Announcements on their way to whoever listens, in order and one at a time: never from within a step of the mind,
 * so that a listener may ask something at once. What nobody has heard yet waits, also over a restart.
 */
export class Happenings {
  readonly #ports: HappeningPorts;
  readonly #listeners = new Set<Listener>();
  /** In this process: what is sent again meanwhile is the same. */
  readonly #seen = new Set<string>();
  #waiting: Happened[] = [];
  #cancel: (() => void) | null = null;

  constructor(ports: HappeningPorts) {
    this.#ports = ports;
  }

  announce(announcement: Announcement): void {
    if (this.#seen.has(announcement.id)) return;
    this.#seen.add(announcement.id);
    const view = this.#ports.view();
    const notification = notificationOf(announcement, view.situation, this.#ports.home);
    const happened: Happened = { announcement, view, notification };
    this.#ports.show(happened);
    this.#waiting.push(happened);
    this.#soon(0);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#soon(0); // not at once: the other nodes of a flow come in the same breath
    return () => this.#listeners.delete(listener);
  }

  /** From time to time: what waits for nobody is let go, and ids that are closed are forgotten. */
  tend({ outbox }: RolloutState): void {
    if (this.#waiting.length > WAIT_AT_MOST) this.#soon(0);
    if (this.#seen.size < 2 * WAIT_AT_MOST) return;
    const open = new Set(outbox.map(({ id }) => id));
    for (const id of this.#seen) if (!open.has(id)) this.#seen.delete(id);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#listeners.clear();
  }

  #soon(delayMs: number): void {
    if (this.#cancel !== null) return;
    this.#cancel = this.#ports.timers.after(delayMs, () => {
      this.#cancel = null;
      this.#deliver();
    });
  }

  #deliver(): void {
    const isHeard = this.#listeners.size > 0;
    const due = isHeard
      ? [...this.#waiting]
      : this.#waiting.slice(0, Math.max(0, this.#waiting.length - WAIT_AT_MOST));
    const done: string[] = [];
    for (const happened of due) {
      if (!this.#record(happened)) break;
      this.#waiting.shift();
      const { id, type } = happened.announcement;
      if (!ANSWERED_ELSEWHERE.has(type)) done.push(id);
      this.#tell(happened);
    }
    if (done.length > 0) this.#ports.done(done);
  }

  #record(happened: Happened): boolean {
    try {
      this.#ports.record(happened);
      return true;
    } catch (error) {
      this.#ports.failed(asFailure(error));
      this.#soon(TRY_AGAIN_MS);
      return false;
    }
  }

  #tell(happened: Happened): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(happened);
      } catch (error) {
        this.#ports.failed(asFailure(error));
      }
    }
  }
}
