import { type Facts, known, type ReportSeen, unknown } from "../../src/cli/doctor/facts.ts";
import {
  DEFAULT_BASE,
  type HoldSource,
  parseHostName,
  parseSessionId,
  type Reported,
  type RolloutStatus,
} from "../../src/contract/index.ts";
import {
  at,
  CHANNEL,
  DAY_MS,
  HUB,
  MINUTE_MS,
  NOON,
  ROLLOUT,
  reportedOf,
  serialAt,
} from "../support/contract-builders.ts";

export const rp4 = parseHostName("rp4");
export const nuc = parseHostName("nuc");
export const OTHER_HUB = parseSessionId("99999999-9999-4999-8999-999999999999");
const GIB = 1024 ** 3;

/** What a host says, a moment ago and over a connection. */
export const saying = (differences: Partial<Reported> = {}): ReportSeen => ({
  report: reportedOf("old", { freeBytes: 20 * GIB, ...differences }),
  isLive: true,
  heardAt: NOON,
});

export const STATUS: RolloutStatus = {
  ...{ v: 1, hub: HUB, rollout: ROLLOUT, channel: CHANNEL, serial: serialAt(0), title: null },
  ...{ phase: "Completed", completion: "Promoted", paused: [], hosts: [], why: "", at: NOON },
};

export const paused = (condition: string, sinceMs = 0): RolloutStatus => ({
  ...STATUS,
  paused: [{ condition, since: at(sinceMs), why: "" }],
});

export const telling = (status: RolloutStatus, isLive = false): Facts["rollout"] =>
  known({ status, isLive, heardAt: NOON });

const released = (host: typeof rp4) => ({
  ...{ host, serial: serialAt(0), expires: at(90 * DAY_MS), fault: known(null) },
});

/** A home in which nothing is wrong, and everything is known. */
export const WELL: Facts = {
  now: NOON,
  isClockSynchronised: true,
  version: "0.1.0",
  base: DEFAULT_BASE,
  channel: CHANNEL,
  listenedMs: 20 * MINUTE_MS,
  connection: { broker: "mqtt://nuc", failure: null },
  stranger: known({ isAdmitted: true, reads: [], writesOrders: false }),
  refusedKinds: [],
  statements: known([released(rp4), released(nuc)]),
  orders: known([
    { host: rp4, hub: HUB, isSigned: known(true) },
    { host: nuc, hub: HUB, isSigned: known(true) },
  ]),
  reports: known([saying({ rollout: ROLLOUT }), saying({ host: nuc })]),
  presences: known([
    { host: rp4, isOnline: true },
    { host: nuc, isOnline: true },
  ]),
  hub: known({ isOnline: true, births: [HUB] }),
  rollout: telling(STATUS),
  holds: known([]),
  foreign: [],
  unreadable: [],
  flow: known({ file: "flows.json", hosts: [rp4, nuc], faults: [] }),
  sensors: known([{ topic: "tele/bedroom/SENSOR", expiresMs: 15 * MINUTE_MS, heard: "live" }]),
  webs: known([{ address: "https://ci.example/main.json", failure: null, isBarred: false }]),
};

export const DASH = "dash" as HoldSource;

/** One host that says this beside one that is well. */
export const rp4Says = (report: Parameters<typeof saying>[0]): Partial<Facts> => ({
  reports: known([saying(report), saying({ host: nuc })]),
});
export const failing = (reason: string, message: string) =>
  rp4Says({ outcome: { code: "failed", reason, message } });
export const releasing = (differences: object): Partial<Facts> => ({
  statements: known([
    {
      host: rp4,
      serial: serialAt(0),
      expires: at(90 * DAY_MS),
      fault: known(null),
      ...differences,
    },
  ]),
});
export const NOBODY = unknown("nobody could look");

/** Which check finds it, what it is, and a word of what must be said of it. */
export type Trouble = readonly [id: string, what: string, change: Partial<Facts>, says: string];
