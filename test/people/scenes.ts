import {
  type Channel,
  type EpochMs,
  type HostName,
  parseChannel,
  parseHostName,
  parseRolloutId,
  parseSessionId,
  type Serial,
} from "../../src/contract/index.ts";
import type { Verdict } from "../../src/gate/index.ts";
import { type Home, LANGUAGES, parseTimeZone, type Situation } from "../../src/people/index.ts";
import {
  type Announcement,
  type Completion,
  type RolloutNow,
  readReason,
} from "../../src/rollout/index.ts";
import { at, NOON } from "../support/contract-builders.ts";

export const BERLIN = parseTimeZone("Europe/Berlin");
export const ENGLISH: Home = { language: "en", zone: BERLIN };
export const GERMAN: Home = { language: "de", zone: BERLIN };
export const HOMES: readonly Home[] = LANGUAGES.map((language) => ({ language, zone: BERLIN }));

export const host = (name: string): HostName => parseHostName(name);
const MAIN: Channel = parseChannel("main");
export const ROLLOUT_ID = parseRolloutId("main-1784030400000");

/** E.g. `statusOf({ rp4: "Soaking", nuc: ["Failed", "disk-full: no space"] })`. */
export function statusOf(
  hosts: Readonly<Record<string, string | readonly [state: string, why: string]>>,
  rest: Partial<RolloutNow> = {},
): RolloutNow {
  return {
    v: 1,
    hub: parseSessionId("11111111-1111-4111-8111-111111111111"),
    rollout: ROLLOUT_ID,
    channel: MAIN,
    serial: NOON as number as Serial,
    title: "nixpkgs bump",
    phase: "Progressing",
    completion: null,
    paused: [],
    hosts: Object.entries(hosts).map(([name, stands]) => {
      const [state, why] = typeof stands === "string" ? [stands, ""] : stands;
      return { host: host(name), state, why: readReason(why) };
    }),
    why: null,
    at: NOON,
    ...rest,
  };
}

export const paused = (condition: string, why = ""): RolloutNow["paused"] => [
  { condition, since: NOON, why: readReason(why) },
];

export const situationOf = (
  status: RolloutNow | null,
  rest: Partial<Situation> = {},
): Situation => ({
  ...{ at: NOON, status, trialEnds: [], holds: [], opensAt: null, asked: null, verdict: null },
  ...rest,
});

/** An announcement as the rollout makes it, as far as people hear of it. */
type Told<Type extends Announcement["type"]> = Omit<
  Extract<Announcement, { type: Type }>,
  "id" | "at" | "type"
>;
export const told = <Type extends Announcement["type"]>(
  type: Type,
  fields: Told<Type>,
): Announcement => ({ type, id: `${type}-1`, at: NOON, ...fields }) as unknown as Announcement;

type EndedRollout = Extract<Announcement, { type: "RolloutEnded" }>["rollout"];
/** Only what people are told of a rollout; its plan is long. */
export const endedRollout = (completion: Completion | null, why = ""): EndedRollout =>
  ({ id: ROLLOUT_ID, completion, why: readReason(why) }) as EndedRollout;

export const verdictOf = (rest: Partial<Verdict> = {}): Verdict => ({
  run: "r/rp4/1",
  host: host("rp4"),
  status: "Failed",
  reason: { code: "limit-crossed", row: "living room", text: "17.5 is not at least 19" },
  samples: [
    sample("living room", "19.5", "Successful"),
    sample("living room", "17.5", "Failed"),
    sample("living room", "19.25", "Successful"),
    sample("cellar", "12", "Failed"),
  ],
  at: at(0),
  binding: true,
  onInconclusive: "pause",
  ...rest,
});

export const sample = (
  row: string,
  shown: string,
  measurement: Verdict["samples"][number]["measurement"],
): Verdict["samples"][number] => ({ row, source: `tele/${row}`, at: at(0), measurement, shown });

export const later = (ms: number): EpochMs => at(ms);
