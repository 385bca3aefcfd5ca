import { randomBytes } from "node:crypto";
import type { HubView, Notes } from "../../src/conductor/index.ts";
import { type EpochMs, instant } from "../../src/contract/index.ts";
import { awayNotice, type Home, ntfyMessage } from "../../src/people/index.ts";
import { entriesOf, type HostState } from "../../src/rollout/index.ts";
import { type NtfyTopic, postToNtfy, saysSequence, takeBackFromNtfy } from "./ntfy-post.ts";
import type { PostBox } from "./post-box.ts";

interface AwayPorts {
  readonly to: NtfyTopic;
  readonly afterMs: number;
  readonly box: PostBox;
  readonly notes: Notes;
  /** Of this node's note. */
  readonly name: string;
  readonly home: Home;
  readonly failed: (why: string) => void;
}

/** What a server elsewhere will say unless it is taken back. */
interface Scheduled {
  /** Of chance: it tells strangers nothing. */
  readonly sequence: string;
  readonly since: EpochMs;
  readonly dueAt: EpochMs;
  /** Whether that server moves and takes back; null: it has not answered yet. */
  readonly isMovable: boolean | null;
}

/** On its way between two systems. A host that waits for its turn has gone nowhere. */
const ON_ITS_WAY: ReadonlySet<HostState> = new Set<HostState>([
  ...(["Activating", "Rebooting", "Verifying", "Soaking", "Committing"] as const),
  ...(["RollingBack", "Unknown"] as const),
]);
/** ntfy takes nothing that is due in less than 10 s by its own clock. */
const BACK_AFTER_MS = 20_000;

/**
 * A dead man's switch for the machine that carries hub or broker: while it renews itself, another server holds a
 * message that comes unless this hub moves it on, and takes it back in the end.
 */
export class AwayWatch {
  readonly #ports: AwayPorts;
  #scheduled: Scheduled | null;
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: AwayPorts) {
    this.#ports = ports;
    this.#scheduled = readScheduled(ports.notes.recall(ports.name));
    // Of a process before this one: what was put off then runs down from then.
    if (this.#scheduled?.isMovable === true) this.#putOff(this.#scheduled);
  }

  look({ isLearning, state }: Pick<HubView, "isLearning" | "state">): void {
    if (isLearning) return;
    const isGone = entriesOf(state.hosts).some(
      ({ planned, step }) => planned.carries.length > 0 && step && ON_ITS_WAY.has(step.state),
    );
    if (isGone && !this.#scheduled) {
      const sequence = randomBytes(12).toString("hex");
      const since = instant(Date.now());
      this.#putOff({ sequence, since, isMovable: null });
    }
    if (!isGone && this.#scheduled) this.#takeBack(this.#scheduled);
  }

  /** The message stays where it is: whoever begins again decides. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** Due from when it goes, not from when it was asked for: a server takes no time that has passed meanwhile. */
  #putOff({ sequence, since, isMovable }: Omit<Scheduled, "dueAt">): void {
    const { afterMs, box, home, to } = this.#ports;
    const from = (now: number): Scheduled => ({
      ...{ sequence, since, isMovable },
      dueAt: instant(now + afterMs),
    });
    this.#scheduled = from(Date.now());
    const notice = awayNotice(sequence, "gone", since, home);
    const message = ntfyMessage(notice, to.topic, null, () => null);
    box.post({
      ...{ about: sequence, priority: 5 },
      send: (signal) => {
        const next = from(Date.now());
        this.#keep(next);
        return postToNtfy(to, message, signal, Math.ceil(next.dueAt / 1000));
      },
      onSent: (reply) => this.#isThere(sequence, saysSequence(reply, sequence)),
      onLost: (why, status) => this.#refused(why, status),
    });
  }

  #isThere(sequence: string, isMovable: boolean): void {
    if (this.#scheduled?.sequence !== sequence) return;
    const known = { ...this.#scheduled, isMovable };
    this.#keep(known);
    clearTimeout(this.#timer);
    // A server that cannot move it would send each of them.
    if (isMovable) this.#timer = setTimeout(() => this.#putOff(known), this.#ports.afterMs / 3);
  }

  #takeBack(scheduled: Scheduled): void {
    const { box, name, notes, to } = this.#ports;
    clearTimeout(this.#timer);
    this.#scheduled = null;
    notes.forget(name);
    if (scheduled.isMovable === false) {
      this.#sayItIsBack(scheduled);
      return;
    }
    const { sequence } = scheduled;
    box.post({
      ...{ about: sequence, priority: 5 },
      send: (signal) => takeBackFromNtfy(to, sequence, signal),
      onSent: () => undefined,
      onLost: (_why, status) => {
        if (status !== null) this.#sayItIsBack(scheduled);
      },
    });
  }

  /** To a server before 2.16, which has to be followed by a second message. */
  #sayItIsBack({ sequence, since, dueAt }: Scheduled): void {
    const { box, home, to } = this.#ports;
    const notice = awayNotice(sequence, "back", since, home);
    const message = ntfyMessage(notice, to.topic, null, () => null);
    box.post({
      ...{ about: `${sequence}-back`, priority: 4 },
      send: (signal) => {
        const at = Math.max(dueAt, Date.now()) + BACK_AFTER_MS;
        return postToNtfy(to, message, signal, Math.ceil(at / 1000));
      },
      onSent: () => undefined,
      onLost: (why, status) => this.#refused(why, status),
    });
  }

  /** What a newer one replaced, or a closed node left, is no failure. */
  #refused(why: string, status: number | null): void {
    if (status !== null) this.#ports.failed(why);
  }

  #keep(scheduled: Scheduled): void {
    this.#scheduled = scheduled;
    this.#ports.notes.keep(this.#ports.name, scheduled);
  }
}

/** A note that cannot be read is none: at worst a message comes that need not. */
function readScheduled(value: unknown): Scheduled | null {
  const { sequence, since, dueAt, isMovable } = Object(value) as Record<string, unknown>;
  if (typeof sequence !== "string" || !/^[0-9a-f]{24}$/.test(sequence)) return null;
  if (!Number.isSafeInteger(since) || !Number.isSafeInteger(dueAt)) return null;
  return {
    ...{ sequence, since: instant(since as number), dueAt: instant(dueAt as number) },
    isMovable: typeof isMovable === "boolean" ? isMovable : null,
  };
}
