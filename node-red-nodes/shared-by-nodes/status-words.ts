import type { Language } from "../../src/people/index.ts";

/** What nodes say below themselves where no decision has words of its own; under 20 characters each. */
const WORDS = {
  noFleet: ["no usable fleet", "keine Flotte"],
  connecting: ["connecting", "verbindet"],
  wrongSettings: ["settings not usable", "Angaben unbrauchbar"],
  waitsForRelease: ["waiting for release", "wartet auf Stand"],
  releaseRejected: ["release rejected", "Stand abgelehnt"],
  hostsVerified: ["{count} hosts verified", "{count} Rechner echt"],
  webAway: ["no web for {left}", "kein Web seit {left}"],
  cannotFetch: ["cannot fetch", "Abruf misslungen"],
  secondRollout: ["second rollout node", "zweiter Rollout"],
  orderLater: ["order: next release", "Folge: nächster"],
  wireEnds: ["a wire ends early", "Draht endet zu früh"],
  idle: ["idle", "wartet"],
  notItsTurn: ["not its turn", "nicht an der Reihe"],
  trying: ["trying {host}", "probiert {host}"],
  running: ["runs on {host}", "läuft auf {host}"],
  failed: ["failed on {host}", "Fehler: {host}"],
  elsewhere: ["ended elsewhere", "anderswo beendet"],
  asking: ["asks about {host}", "fragt zu {host}"],
  approved: ["approved", "erlaubt"],
  refused: ["refused", "abgelehnt"],
  expired: ["nobody answered", "keine Antwort"],
  kept: ["keeps {host}", "behält {host}"],
  undone: ["undoes {host}", "nimmt {host} zurück"],
  unknownStep: ["unknown step", "unbekannter Schritt"],
  healthy: ["healthy", "gesund"],
  unhealthy: ["unhealthy", "ungesund"],
  unhealthyBefore: ["unhealthy before", "schon vorher krank"],
  noVerdict: ["no verdict", "kein Urteil"],
  notInTrial: ["no trial to watch", "keine Probe"],
  listening: ["listening", "hört zu"],
  watching: ["watching {left}", "beobachtet {left}"],
  unknownWord: ["unknown word", "unbekanntes Wort"],
  ignoredReplay: ["ignored a replay", "Altes ignoriert"],
  noWord: ["says nothing of it", "sagt nichts dazu"],
  onePress: ["one press", "ein Druck"],
  nothingNew: ["unchanged", "unverändert"],
  sent: ["sent", "gesendet"],
  retryIn: ["retry in {left}", "neuer Versuch {left}"],
  tokenRefused: ["token refused", "Token abgelehnt"],
  noTopic: ["no topic yet", "noch kein Topic"],
  notSent: ["not sent", "nicht gesendet"],
} as const satisfies Readonly<Record<string, readonly [en: string, de: string]>>;

export type StatusWord = keyof typeof WORDS;
export const STATUS_WORDS = Object.keys(WORDS) as readonly StatusWord[];

const MAX_CHARACTERS = 19; // under 20 (nodered.org, "Node status"): longer texts run into the next node

/** Values that are too long give way to the words around them. */
export function say(
  language: Language,
  word: StatusWord,
  values: Readonly<Record<string, string>> = {},
): string {
  const text = WORDS[word][language === "de" ? 1 : 0];
  const around = text.replace(/\{\w+\}/g, "").length;
  const filled = text.replace(/\{(\w+)\}/g, (_all, name: string) =>
    shorten(values[name] ?? "", MAX_CHARACTERS - around),
  );
  return shorten(filled, MAX_CHARACTERS);
}

/** Under 20 characters, or at most `room`. */
export function shorten(text: string, room = MAX_CHARACTERS): string {
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
}

/** A time that is left, as a clock shows it: 02:10, or 1:05:00 from an hour on. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  const rest = `${two(minutes)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
