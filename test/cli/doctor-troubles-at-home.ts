import { known } from "../../src/cli/doctor/facts.ts";
import type { EpochMs } from "../../src/contract/index.ts";
import { at, DAY_MS, HOUR_MS, MINUTE_MS } from "../support/contract-builders.ts";
import { DASH, paused, rp4Says, STATUS, saying, type Trouble, telling } from "./doctor-homes.ts";

export const TROUBLES_AT_HOME: readonly Trouble[] = [
  [
    "broker-unreachable",
    "a broker that refuses the password",
    {
      connection: {
        broker: "mqtt://nuc",
        failure: {
          code: "broker-bad-credentials",
          message: "refused the password",
          wayOut: "Check",
        },
      },
    },
    "refused the password",
  ],
  [
    "acl-too-open",
    "a stranger whose order arrives",
    { stranger: known({ isAdmitted: true, reads: [], writesOrders: true }) },
    "so whoever reaches this broker can delay hosts, speak for hosts and sensors",
  ],
  [
    "acl-too-open",
    "a stranger who is given orders",
    { stranger: known({ isAdmitted: true, reads: ["hosts/<host>/desired"], writesOrders: null }) },
    "can read hosts/<host>/desired",
  ],
  [
    "acl-too-tight",
    "a refused topic",
    { refusedKinds: ["rollout/status"] },
    "refuses rollout/status",
  ],
  [
    "acl-too-tight",
    "hosts that are there without any report",
    { reports: known([]) },
    "no host's report",
  ],
  [
    "retained-lost",
    "a host that is online without a report",
    { reports: known([saying()]) },
    "nuc is online",
  ],
  [
    "retained-lost",
    "a release that is gone",
    { statements: known(null) },
    "releases/main is empty",
  ],
  [
    "retained-lost",
    "a rollout that nobody tells of",
    { rollout: known(null) },
    "rollout/status is empty",
  ],
  [
    "base-topic",
    "a host that speaks elsewhere",
    { foreign: [{ base: "nixwave/v2", topics: ["rp3"] }] },
    "below nixwave/v2",
  ],
  [
    "unreadable",
    "a topic with other bytes",
    { unreadable: [{ topic: "x", why: "not JSON" }] },
    "x: not JSON",
  ],
  [
    "clock",
    "this computer in 1970",
    { now: 86_400_000 as EpochMs },
    "this computer says it is 1970",
  ],
  [
    "clock",
    "this computer without synchronisation",
    { isClockSynchronised: false },
    "this computer's",
  ],
  ["clock", "a host in 1970", rp4Says({ at: 5000 as EpochMs }), "rp4's clock stands at 1970"],
  ["clock", "a host ahead", rp4Says({ at: at(HOUR_MS) }), "60 min ahead"],
  ["clock", "a host behind", rp4Says({ at: at(-HOUR_MS) }), "60 min behind"],
  ["clock", "a host that says so", rp4Says({ clock: "unsynchronised" }), "rp4 says"],
  ["clock", "a hub that says so", { rollout: telling(paused("ClockUnsynced")) }, "the hub says"],
  [
    "clock",
    "a hub ahead",
    { rollout: telling({ ...STATUS, at: at(3 * DAY_MS) }) },
    "hub's clock is 3 days",
  ],
  ["hub-away", "a hub that has gone", { hub: known({ isOnline: false, births: [] }) }, "has gone"],
  ["hub-away", "no hub ever", { hub: known(null) }, "no hub was ever here"],
  [
    "hold-forgotten",
    "a hold of three days",
    { holds: known([DASH]), rollout: telling(paused("Hold", -3 * DAY_MS)) },
    "held by dash for 3 days",
  ],
  [
    "sensor-silent",
    "a sensor without a word for longer than a gate waits",
    { sensors: known([{ topic: "tele/bath/SENSOR", expiresMs: 15 * MINUTE_MS, heard: "never" }]) },
    "tele/bath/SENSOR: nothing in 20 min",
  ],
  [
    "sensor-silent",
    "a sensor of which only a stored copy is there",
    { sensors: known([{ topic: "tele/bath/SENSOR", expiresMs: MINUTE_MS, heard: "retained" }]) },
    "nothing but a retained copy",
  ],
  [
    "web-away",
    "an address behind which nobody is",
    { webs: known([{ address: "https://ci.example/x", failure: "ENOTFOUND", isBarred: false }]) },
    "https://ci.example/x: ENOTFOUND",
  ],
  [
    "flow-invalid",
    "a wire to nowhere",
    { flow: known({ file: "flows.json", hosts: [], faults: ["release r: is wired to gone"] }) },
    "is wired to gone",
  ],
];
