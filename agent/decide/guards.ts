import { type EpochMs, NixwaveError, type Waiting } from "../../src/contract/index.ts";
import {
  durationFrom,
  fault,
  listOf,
  nestedFields,
  oneWordOf,
  type ReadValue,
  textBy,
  textLike,
  wholeFrom,
} from "../nested-fields.ts";
import type { GuardFacts } from "./facts.ts";
import {
  DAY_NAMES,
  type GuardWindow,
  isInWindow,
  minutesUntilOpen,
  timeText,
  windowText,
} from "./window.ts";

/**
 * When this host lets itself be touched, from its own NixOS configuration (DESIGN 6 and 7). They hold a
 * pull or a trial back; nobody asks them before a commit or a revert, so that a guard can never keep a
 * house in an unconfirmed or broken system.
 */
export interface Guards {
  /** Trials begin only inside one of these; null: at any time. */
  readonly window: readonly GuardWindow[] | null;
  /** From the beginning of one trial to that of the next, in ms. */
  readonly minIntervalMs: number;
  /** Trials in any 24 hours; null: no limit. */
  readonly maxPerDay: number | null;
  /** Null on a machine that nobody carries around. */
  readonly laptop: {
    readonly minBatteryPercent: number;
    /** Asks whoever sits there before a trial; absent: nobody is asked. */
    readonly notice?: Notice;
  } | null;
}

/** "A desktop notice with Later" (DESIGN 7): it holds a trial back by at most `most` times `laterMs`. */
export interface Notice {
  readonly program: readonly string[];
  /** For an answer, in ms; without one the trial begins. */
  readonly waitMs: number;
  /** By how much one Later puts it off, in ms. */
  readonly laterMs: number;
  /** How often. */
  readonly most: number;
  /** Of the person who is asked; English when absent. */
  readonly language?: "en" | "de";
}

export const DEFAULT_GUARDS: Guards = {
  window: null,
  minIntervalMs: 0,
  maxPerDay: null,
  laptop: null,
};

interface TrialMoment {
  readonly now: EpochMs;
  /** When trials began here, by wall clock. */
  readonly trials: readonly EpochMs[];
  /** Boot time in ms; without it a Later holds for as long as the fact says so. */
  readonly bootMs?: number;
}

const DAY_MS = 86_400_000;
const MIN_BATTERY_PERCENT = 30;
const DAY_MINUTES = 1440;
const EVERY_DAY = DAY_NAMES.map((_name, day) => day);
const MINUTE_MS = 60_000;

/** Why nothing is downloaded now; null when it may be. */
export function guardPull(guards: Guards, facts: GuardFacts): Waiting | null {
  if (guards.laptop === null || !facts.isMetered) return null;
  return waiting("link-metered", "The network link is metered.");
}

/** Why no trial begins now; null when it may. */
export function guardTrial(guards: Guards, facts: GuardFacts, moment: TrialMoment): Waiting | null {
  return (
    outsideWindow(guards, facts, moment.now) ??
    tooSoon(guards, moment) ??
    usedUp(guards, moment) ??
    laptopBusy(guards, facts, moment)
  );
}

function outsideWindow({ window }: Guards, facts: GuardFacts, now: EpochMs): Waiting | null {
  const { localDay, localMinute } = facts;
  if (window === null || window.some((one) => isInWindow(one, localDay, localMinute))) return null;
  const ahead = Math.min(...window.map((one) => minutesUntilOpen(one, localDay, localMinute)));
  const opens = timeText(localDay, localMinute + ahead);
  const shown = window.map(windowText).join(", ");
  const message = `The activation window is closed; it opens ${opens} (${shown}).`;
  return waiting("outside-window", message, startOfMinute(now) + ahead * MINUTE_MS);
}

function tooSoon({ minIntervalMs }: Guards, { now, trials }: TrialMoment): Waiting | null {
  const last = near(trials, now, minIntervalMs).at(-1);
  if (last === undefined) return null;
  const message = "The minimum interval since the last trial has not passed.";
  return waiting("trial-too-soon", message, last + minIntervalMs);
}

function usedUp({ maxPerDay }: Guards, { now, trials }: TrialMoment): Waiting | null {
  if (maxPerDay === null) return null;
  const counted = near(trials, now, DAY_MS);
  const toPass = counted[counted.length - maxPerDay];
  if (toPass === undefined) return null;
  const message = `${counted.length} trials within 24 hours; ${maxPerDay} are allowed.`;
  return waiting("trials-used-up", message, toPass + DAY_MS);
}

/**
 * The trials that still count, oldest first. One that lies ahead of the clock counts as far as the span
 * reaches ahead, not farther: a clock that was wrong once may delay a trial by one span more, never for good.
 */
const near = (trials: readonly EpochMs[], now: EpochMs, spanMs: number): readonly EpochMs[] =>
  trials.filter((at) => Math.abs(now - at) < spanMs).toSorted((a, b) => a - b);

function laptopBusy({ laptop }: Guards, facts: GuardFacts, moment: TrialMoment): Waiting | null {
  if (laptop === null) return null;
  const { batteryPercent, sleepInhibitor } = facts;
  if (batteryPercent !== null && batteryPercent < laptop.minBatteryPercent) {
    const wanted = `${laptop.minBatteryPercent} % are needed on battery`;
    return waiting("battery-low", `The battery has ${batteryPercent} %; ${wanted}.`);
  }
  if (sleepInhibitor !== null) {
    return waiting("sleep-inhibited", `It asks not to be disturbed: ${shortened(sleepInhibitor)}.`);
  }
  return saidLater(facts, moment);
}

function saidLater({ laterUntilBootMs }: GuardFacts, moment: TrialMoment): Waiting | null {
  if (laterUntilBootMs === null) return null;
  const message = "The person at the laptop asked for later.";
  if (moment.bootMs === undefined) return waiting("person-said-later", message);
  const leftMs = laterUntilBootMs - moment.bootMs;
  return leftMs > 0 ? waiting("person-said-later", message, moment.now + leftMs) : null;
}

/** It is another program's text: it must fit into a report. */
const shortened = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, " ").slice(0, 200);

const startOfMinute = (now: EpochMs): number => now - (now % MINUTE_MS);

const waiting = (code: string, message: string, until: number | null = null): Waiting => ({
  code,
  message,
  until: until as EpochMs | null,
});

/**
 * The field `guards`: `{"window": [{"days": ["sat"], "from": "22:00", "to": "06:00"}], "minInterval": "6h",
 * "maxPerDay": 3, "laptop": {"minBatteryPercent": 40}}`. Without `days` every day; the faults name each
 * field with its path, and when there are any the result is not to be used.
 */
export function parseGuards(value: unknown, faults: string[]): Guards {
  if (value === undefined) return DEFAULT_GUARDS;
  const fields = nestedFields(value, "guards", faults);
  const guards: Guards = {
    window: fields.optional<Guards["window"]>("window", listOf(readWindow, 1, 32), null),
    minIntervalMs: fields.optional<number>("minInterval", durationFrom("0s", "31d"), 0),
    // The journal remembers 64 trials.
    maxPerDay: fields.optional<number | null>("maxPerDay", wholeFrom(1, 50), null),
    laptop: fields.optional<Guards["laptop"]>("laptop", readLaptop, null),
  };
  fields.refuseUnknown();
  return guards;
}

const readWindow: ReadValue<GuardWindow> = (value, where, faults) => {
  const fields = nestedFields(value, where, faults);
  const window = {
    days: fields.optional<readonly number[]>("days", listOf(readDay, 1, 7), EVERY_DAY),
    from: fields.required("from", textBy(minuteFrom(0, DAY_MINUTES - 1))),
    to: fields.required("to", textBy(minuteFrom(1, DAY_MINUTES))),
  };
  fields.refuseUnknown();
  return window;
};

const readDay: ReadValue<number> = (value, where, faults) =>
  DAY_NAMES.indexOf(oneWordOf(...DAY_NAMES)(value, where, faults));

const minuteFrom = (least: number, most: number) => (text: string) => {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  if (minute >= least && minute <= most) return minute;
  throw new NixwaveError("invalid-field", "is no time of day such as 22:30");
};

const readLaptop: ReadValue<Guards["laptop"]> = (value, where, faults) => {
  if (typeof value === "boolean") return value ? { minBatteryPercent: MIN_BATTERY_PERCENT } : null;
  if (typeof value !== "object") return fault(faults, where, "is not true, false or an object");
  const fields = nestedFields(value, where, faults);
  const percent = wholeFrom(0, 100);
  const minBatteryPercent = fields.optional("minBatteryPercent", percent, MIN_BATTERY_PERCENT);
  const notice = fields.optional<Notice | null>("notice", readNotice, null);
  fields.refuseUnknown();
  return { minBatteryPercent, ...(notice && { notice }) };
};

const WORD = textLike(/^[^\p{Cc}\p{Cs}]{1,400}$/u, "a word of 1 to 400 characters");

/** `{"program": ["/run/current-system/sw/bin/notify-send", "--wait", "--action=later=Later"], "later": "1h", "most": 3}` */
const readNotice: ReadValue<Notice> = (value, where, faults) => {
  const fields = nestedFields(value, where, faults);
  const program = fields.required("program", listOf(WORD, 1, 32));
  const language = fields.optional<"en" | "de">("language", oneWordOf("en", "de"), "en");
  const notice: Notice = {
    program,
    ...(language !== "en" && { language }),
    waitMs: fields.optional<number>("wait", durationFrom("5s", "10m"), 60_000),
    laterMs: fields.optional<number>("later", durationFrom("1m", "1d"), 3_600_000),
    most: fields.optional("most", wholeFrom(1, 24), 3),
  };
  if (program?.[0]?.startsWith("/") === false) {
    fault(faults, `${where}/program/0`, "is not an absolute path");
  }
  fields.refuseUnknown();
  return notice;
};
