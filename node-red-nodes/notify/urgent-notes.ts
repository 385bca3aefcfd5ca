import type { Notes } from "../../src/conductor/index.ts";
import type { Notification } from "../../src/people/index.ts";
import { readNotification } from "./notification-in.ts";

const NEEDS_SOMEBODY_NOW = 5;
/** A day later somebody has seen it otherwise. */
const KEPT_MS = 24 * 3_600_000;
const MOST = 10;

interface Note {
  readonly at: number;
  readonly notification: Notification;
}

/**
 * What needs somebody now and has not been sent, beyond a restart; without its tokens, which are made anew. What is
 * newer about the same takes its place, and is lost with it when it is not urgent itself: it is known then.
 */
export class UrgentNotes {
  readonly #notes: Notes;
  readonly #name: string;
  #kept: readonly Note[];

  constructor(notes: Notes, name: string) {
    this.#notes = notes;
    this.#name = name;
    this.#kept = readNotes(notes.recall(name));
  }

  unsent(): readonly Notification[] {
    return this.#kept.map(({ notification }) => notification);
  }

  keep(notification: Notification): void {
    if (notification.priority < NEEDS_SOMEBODY_NOW) return;
    const others = this.#without(notification.sequenceId);
    this.#write([...others, { at: Date.now(), notification }].slice(-MOST));
  }

  forget(sequenceId: string): void {
    const left = this.#without(sequenceId);
    if (left.length < this.#kept.length) this.#write(left);
  }

  #without(sequenceId: string): readonly Note[] {
    return this.#kept.filter(({ notification }) => notification.sequenceId !== sequenceId);
  }

  #write(notes: readonly Note[]): void {
    this.#kept = notes;
    if (notes.length === 0) this.#notes.forget(this.#name);
    else this.#notes.keep(this.#name, notes);
  }
}

function readNotes(value: unknown): readonly Note[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown): Note[] => {
    const { at, notification } = Object(one) as Record<string, unknown>;
    if (typeof at !== "number" || at < Date.now() - KEPT_MS) return [];
    try {
      return [{ at, notification: readNotification(notification) }];
    } catch {
      return []; // of another version: the next notification tells where it stands
    }
  });
}
