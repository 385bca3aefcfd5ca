import type { EpochMs } from "../contract/index.ts";
import { formatWhen } from "./days.ts";
import type { Home } from "./home.ts";
import { say } from "./say.ts";
import type { HoldInForce } from "./situation.ts";

/** A hold's source is one level of a topic; people read "Dash tile" for "Dash-tile". */
export const holderName = (source: string): string =>
  source.replace(/[-_]+/g, " ").trim() || source;

/**
 * Who holds, as one set by name, and until when: "held by Dash tile and phone, until 22:00". Holds of single hosts
 * follow those of everything. Empty without a hold.
 */
export function heldBy(holds: readonly HoldInForce[], at: EpochMs, home: Home): string {
  const hosts = new Set(holds.map(({ host }) => host).toSorted(everythingFirst));
  const phrases = [...hosts].map((host) => {
    const own = holds.filter((hold) => hold.host === host);
    const by = phraseOf(own, at, home);
    return host === null ? by : `${host} ${by}`;
  });
  return phrases.join("; ");
}

const everythingFirst = (left: string | null, right: string | null): number =>
  Number(left !== null) - Number(right !== null);

function phraseOf(holds: readonly HoldInForce[], at: EpochMs, home: Home): string {
  const { language } = home;
  const names = listOf([...new Set(holds.map(({ source }) => holderName(source)))], home);
  const until = holds.reduce<EpochMs | null>(
    (latest, hold) => (latest === null || hold.until === null ? null : later(latest, hold.until)),
    0 as EpochMs,
  );
  if (until === null) return say(language, "held.by", { names });
  return say(language, "held.byUntil", { names, when: formatWhen(until, at, home) });
}

const later = (one: EpochMs, other: EpochMs): EpochMs => (one > other ? one : other);

function listOf(names: readonly string[], { language }: Home): string {
  const last = names.at(-1) as string; // nobody holds without a name
  const most = names.slice(0, -1).join(", ");
  return most === "" ? last : say(language, "held.list", { most, last });
}
