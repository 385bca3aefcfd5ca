import {
  type EpochMs,
  type HostName,
  instant,
  NixwaveError,
  parseHostName,
  parseRolloutId,
  type RolloutId,
} from "../contract/index.ts";
import type { ButtonVerb, PhoneButton } from "../people/index.ts";

/** A button that was given out. Its token is nowhere: whoever reads the journal can press nothing. */
export interface Button extends PhoneButton {
  /** SHA-256 of its token, in hex. */
  readonly hash: string;
  /** The rollout it speaks of; null before the first one. */
  readonly rollout: RolloutId | null;
  /** The notification it stands on. */
  readonly about: string;
  readonly sentAt: EpochMs;
  readonly until: EpochMs;
  /** A newer notification took the place of its own. */
  readonly isOutdated: boolean;
  /** By which message it was pressed, and when; null: not yet. */
  readonly used: { readonly press: string; readonly at: EpochMs } | null;
}

export type ButtonBook = readonly Button[];

export interface Minting {
  readonly about: string;
  readonly rollout: RolloutId | null;
  readonly at: EpochMs;
  readonly buttons: readonly (PhoneButton & { readonly hash: string })[];
}

export interface Press {
  readonly hash: string;
  /** The id that the server gave to the message. */
  readonly press: string;
  readonly rollout: RolloutId | null;
  readonly at: EpochMs;
}

export type PressDecision =
  | { readonly kind: "again" | "unknown" }
  | { readonly kind: "act"; readonly button: Button; readonly book: ButtonBook }
  | { readonly kind: "used" | "expired" | "stale"; readonly button: Button; readonly at: EpochMs };

const WORKS_MS = 24 * 3_600_000;
/** Longer, so that an old button can still say what it was. */
const REMEMBERED_MS = 8 * 24 * 3_600_000;
const MOST = 200;
/** They stop something: pressed on an older notification of the same rollout they still mean what they say. */
const ALWAYS_SAFE: ReadonlySet<ButtonVerb> = new Set(["hold", "abort"]);

/** A notification goes out: its buttons count from now on, those of the one that it replaces do not. Pure. */
export function mintButtons(
  book: ButtonBook,
  { about, rollout, at, buttons }: Minting,
): ButtonBook {
  const kept = book
    .filter(({ sentAt }) => sentAt > at - REMEMBERED_MS)
    .map((one) => (one.about === about && !one.isOutdated ? { ...one, isOutdated: true } : one));
  const fresh = buttons.map(
    ({ hash, verb, label, host }): Button => ({
      ...{ hash, verb, label, host, rollout, about, sentAt: at, until: instant(at + WORKS_MS) },
      ...{ isOutdated: false, used: null },
    }),
  );
  return [...kept, ...fresh].slice(-MOST);
}

/** A token came back. Of one that acts the book has to be durable before it does. Pure. */
export function decidePress(book: ButtonBook, { hash, press, rollout, at }: Press): PressDecision {
  const button = book.find((one) => one.hash === hash);
  if (!button) return { kind: "unknown" };
  if (button.used?.press === press) return { kind: "again" };
  if (button.used) return { kind: "used", button, at: button.used.at };
  if (at >= button.until) return { kind: "expired", button, at: button.until };
  if (isStale(button, rollout)) return { kind: "stale", button, at: button.sentAt };
  const used = { ...button, used: { press, at } };
  return { kind: "act", button, book: book.map((one) => (one === button ? used : one)) };
}

function isStale({ verb, rollout, isOutdated }: Button, now: RolloutId | null): boolean {
  if (verb === "test") return isOutdated;
  return rollout !== now || (isOutdated && !ALWAYS_SAFE.has(verb));
}

/** @throws NixwaveError hub-state-damaged */
export function parseButtonBook(json: unknown): ButtonBook {
  if (!Array.isArray(json)) throw damaged();
  return json.map(parseButton);
}

const VERBS: Readonly<Record<ButtonVerb, true>> = {
  ...{ deploy: true, hold: true, resume: true, approve: true, skip: true },
  ...{ retry: true, abort: true, rollback: true, unfence: true, test: true },
};

function parseButton(value: unknown): Button {
  const { hash, verb, label, host, rollout, about, sentAt, until, isOutdated, used } = Object(
    value,
  ) as Record<string, unknown>;
  const isWhole =
    [hash, verb, label, about].every((one) => typeof one === "string") &&
    Object.hasOwn(VERBS, String(verb)) &&
    typeof sentAt === "number" &&
    typeof until === "number";
  if (!isWhole) throw damaged();
  return {
    ...{ hash: String(hash), verb: verb as ButtonVerb, label: String(label), about: String(about) },
    host: hostIn(host),
    rollout: rollout === null ? null : parseRolloutId(String(rollout)),
    ...{ sentAt: instant(sentAt), until: instant(until), isOutdated: isOutdated === true },
    used: usedIn(used),
  };
}

const hostIn = (value: unknown): HostName | null =>
  value === null ? null : parseHostName(String(value));

function usedIn(value: unknown): Button["used"] {
  if (value === null) return null;
  const { press, at } = Object(value) as Record<string, unknown>;
  if (typeof press !== "string" || typeof at !== "number") throw damaged();
  return { press, at: instant(at) };
}

const damaged = (): NixwaveError =>
  new NixwaveError("hub-state-damaged", "the buttons that were given out cannot be read");
