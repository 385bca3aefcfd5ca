/** A store path reads as its name alone; what lies below it is left away. */
const STORE_PATH = /\/nix\/store\/[0-9a-z]{32}-([0-9A-Za-z+\-._?=]+)(?:\/[^\s,;:)'"]*)?/g;
/** Ids that tell a person nothing: UUIDs, digests, Nix hashes, rollout ids and Unix milliseconds. */
const RAW_IDS = [
  /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi,
  /sha(?:256|512)[-:][A-Za-z0-9+/=]{20,}/g,
  /[0-9a-f]{32,}/gi,
  /(?<![0-9a-z])[0-9a-df-np-sv-z]{32}(?![0-9a-z])/g,
  /(?<![0-9A-Za-z])[a-z0-9-]{1,40}-\d{13}(?!\d)/g,
  /(?<!\d)\d{13}(?!\d)/g,
];
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]+/gu;

/** How long a name, a reading or the like may be inside a sentence. */
export const MAX_VALUE = 60;

/**
 * A text from a machine or from CI as a person may see it: one line without control characters, store
 * paths and ids, at most `maxCharacters` long.
 */
export function readable(text: string, maxCharacters: number): string {
  const line = text.replace(UNPRINTABLE, " ").replace(/\s+/g, " ").trim();
  return shorten(withoutIds(line), maxCharacters);
}

/** Until nothing is left to take out: what remains around an id may be one itself. */
function withoutIds(text: string): string {
  const shorter = RAW_IDS.reduce(
    (rest, pattern) => rest.replace(pattern, "…"),
    text.replace(STORE_PATH, "$1"),
  );
  return shorter === text ? text : withoutIds(shorter);
}

/** At most `maxCharacters` characters (not halves of them), the last one "…" where something is missing. */
export function shorten(text: string, maxCharacters: number): string {
  const characters = [...text];
  if (characters.length <= maxCharacters) return text;
  return `${characters
    .slice(0, maxCharacters - 1)
    .join("")
    .trimEnd()}…`;
}

/** At most `maxBytes` of UTF-8, without half a character. */
export function shortenBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const room = maxBytes - Buffer.byteLength("…");
  const bytes = Buffer.from(text).subarray(0, room);
  return `${new TextDecoder().decode(bytes, { stream: true })}…`;
}
