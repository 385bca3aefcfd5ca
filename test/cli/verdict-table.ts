import { EXIT } from "../../src/cli/exit-status.ts";
import type { Followed } from "../../src/cli/wait/followed.ts";
import type { ReleaseHeard, RolloutStatus } from "../../src/contract/index.ts";
import { parseHostName } from "../../src/contract/index.ts";
import { CHANNEL, HUB, NOON, ROLLOUT, serialAt } from "../support/contract-builders.ts";

export const digest = "a".repeat(64) as Followed["digest"];
export const serial = serialAt(0);
const older = serialAt(-1000);
export const newer = serialAt(1000);

const hosts = (states: Readonly<Record<string, string>>): RolloutStatus["hosts"] =>
  Object.entries(states).map(([host, said]) => {
    const [state = "", why = ""] = said.split(/: (.*)/);
    return { host: parseHostName(host), state, why };
  });

const status = (differences: Partial<RolloutStatus>): RolloutStatus => ({
  ...{ v: 1, hub: HUB, rollout: ROLLOUT, channel: CHANNEL, serial, title: "bump" },
  ...{ phase: "Progressing", completion: null, paused: [], hosts: [], why: "", at: NOON },
  ...differences,
});

export const over = (completion: string, states: Readonly<Record<string, string>>, why = "") =>
  status({ phase: "Completed", completion, hosts: hosts(states), why });

const paused = (condition: string, why: string, states: Readonly<Record<string, string>>) =>
  status({ paused: [{ condition, since: NOON, why }], hosts: hosts(states) });

export const heard = (differences: Partial<ReleaseHeard>): ReleaseHeard => ({
  ...{ v: 1, hub: HUB, digest, serial, state: "taken", recorded: null, refused: [], why: "" },
  ...{ at: NOON },
  ...differences,
});

export const followed = (differences: Partial<Followed>): Followed => ({
  ...{ digest, serial, isConnected: true, hub: "online", heard: heard({}), status: null },
  ...{ newest: serial, asleep: new Set(), past: null, hasBegun: false },
  ...differences,
});

export const GOOD = { rp4: "Succeeded", nuc: "AlreadyInstalled" };
const asleep = new Set([parseHostName("x1")]);

const past = (completion: string): Followed["past"] => ({
  ...{ rollout: ROLLOUT, serial, title: "bump", completion, done: 2, taking: 2 },
  ...{ wrong: completion === "Aborted" ? [parseHostName("rp4")] : [] },
  ...{ why: completion === "Aborted" ? "stopped by anna" : "", startedAt: NOON, endedAt: NOON },
});

/** what is known; the verdict; whether it is final; the exit status; words that it says */
export const TABLE: readonly (readonly [
  string,
  Partial<Followed>,
  string,
  boolean,
  number,
  string,
])[] = [
  // The end as the hub tells it
  ["every host has it", { status: over("Promoted", GOOD) }, "promoted", true, 0, "2 of 2 hosts"],
  [
    "a host that the plan does not name is left out",
    { status: over("Promoted", { ...GOOD, lab: "Skipped: the plan does not name it" }) },
    ...(["promoted", true, 0, "the plan does not name it: lab"] as const),
  ],
  [
    "one host sleeps",
    { status: over("PartiallyPromoted", { ...GOOD, x1: "Deferred: it was not there" }) },
    ...(["incomplete", true, 0, "x1 asleep; 2 of 3 hosts updated"] as const),
  ],
  [
    "one sleeps, and another waits for it",
    {
      status: over("PartiallyPromoted", {
        x1: "Deferred: it was not there",
        lab: "Deferred: x1 is away",
      }),
    },
    ...(["incomplete", true, 0, "x1, lab asleep"] as const),
  ],
  [
    "one was too slow",
    { status: over("PartiallyPromoted", { ...GOOD, x1: "Deferred: it took too long to fetch" }) },
    ...(["incomplete", true, EXIT.incomplete, "x1 Deferred: it took too long to fetch"] as const),
  ],
  [
    "one was left out, whatever its reason says",
    { status: over("PartiallyPromoted", { ...GOOD, x1: "Skipped: it was not there" }) },
    ...(["incomplete", true, EXIT.incomplete, "x1 Skipped"] as const),
  ],
  [
    "one was undone, and somebody went on without it",
    { status: over("PartiallyPromoted", { rp4: "RolledBack: bedroom cold", nuc: "Succeeded" }) },
    ...(["incomplete", true, EXIT.incomplete, "rp4 RolledBack: bedroom cold"] as const),
  ],
  [
    "the hub refused a part",
    {
      status: over("Promoted", GOOD),
      heard: heard({ refused: [{ code: "wrong-host", message: "lab" }] }),
    },
    ...(["incomplete", true, EXIT.incomplete, "wrong-host"] as const),
  ],
  [
    "it stopped after a failure",
    { status: over("Aborted", { rp4: "RolledBack: bedroom 17.1 °C", nuc: "Canceled" }) },
    ...(["rolled-back", true, EXIT.undone, "bedroom 17.1 °C"] as const),
  ],
  [
    "somebody stopped it",
    { status: over("Aborted", { rp4: "Canceled" }, "stopped by anna") },
    ...(["stopped", true, EXIT.undone, "stopped by anna"] as const),
  ],
  [
    "it was taken back",
    { status: over("RolledBack", { rp4: "RolledBack" }) },
    "rolled-back",
    true,
    EXIT.undone,
    "rp4",
  ],
  [
    "it could not be taken back",
    { status: over("RollbackFailed", { rp4: "Failed" }) },
    "rolled-back",
    true,
    EXIT.undone,
    "",
  ],
  [
    "every host refused it",
    { status: over("Rejected", { rp4: "Rejected: wrong-channel" }) },
    "refused",
    true,
    EXIT.refused,
    "wrong-channel",
  ],
  [
    "a newer one took its place",
    { status: over("Superseded", { rp4: "Canceled" }) },
    "superseded",
    true,
    EXIT.superseded,
    "newer",
  ],
  [
    "a newer hub has a word of its own",
    { status: over("Blessed", GOOD) },
    "stopped",
    true,
    EXIT.undone,
    "Blessed",
  ],

  // Retained words of another release
  [
    "only an older one was promoted",
    { status: { ...over("Promoted", GOOD), serial: older } },
    "timed-out",
    false,
    EXIT.late,
    "has not begun",
  ],
  [
    "an older one is under way",
    { status: status({ serial: older }) },
    "timed-out",
    false,
    EXIT.late,
    "the rollout under way (bump)",
  ],
  [
    "the hub is at a newer one",
    { status: status({ serial: newer }) },
    "superseded",
    true,
    EXIT.superseded,
    "newer",
  ],
  [
    "the hub is at a newer one, and has not told how this one ended",
    { status: status({ serial: newer }), hasBegun: true },
    ...(["superseded", false, EXIT.superseded, "newer"] as const),
  ],
  [
    "the hub is at a newer one after all hosts had this one",
    { status: status({ serial: newer }), hasBegun: true, past: past("Promoted") },
    ...(["promoted", true, 0, "2 of 2 hosts updated; by now the hub rolls out a newer"] as const),
  ],
  [
    "the hub is at a newer one which took this one's place",
    { status: status({ serial: newer }), hasBegun: true, past: past("Superseded") },
    ...(["superseded", true, EXIT.superseded, "newer"] as const),
  ],
  [
    "the hub is at a newer one after this one was not brought to everybody",
    { status: status({ serial: newer }), hasBegun: true, past: past("PartiallyPromoted") },
    ...(["incomplete", true, EXIT.incomplete, "2 of 2"] as const),
  ],
  [
    "the hub is at a newer one after this one was stopped",
    { status: status({ serial: newer }), hasBegun: true, past: past("Aborted") },
    ...(["rolled-back", true, EXIT.undone, "rp4; stopped by anna"] as const),
  ],
  [
    "a newer one lies there, this one waits",
    { newest: newer },
    "superseded",
    false,
    EXIT.superseded,
    "newer",
  ],
  [
    "a newer one lies there, this one was never heard",
    { newest: newer, heard: null },
    "superseded",
    true,
    EXIT.superseded,
    "newer",
  ],
  [
    "a newer one lies there, this one drains",
    { newest: newer, status: status({ hosts: hosts({ rp4: "Soaking" }) }) },
    "timed-out",
    false,
    EXIT.late,
    "rp4 Soaking",
  ],

  // What the hub makes of it
  [
    "the hub refuses it",
    {
      heard: heard({
        state: "refused",
        why: "no key",
        refused: [{ code: "signature-invalid", message: "no key" }],
      }),
    },
    ...(["refused", true, EXIT.refused, "signature-invalid: no key"] as const),
  ],
  [
    "it changes nothing",
    {
      heard: heard({ state: "recorded", recorded: "changes-nothing" }),
      status: { ...over("RolledBack", {}), serial: older },
    },
    "promoted",
    true,
    0,
    "runs it already",
  ],
  [
    "the same systems were undone before",
    {
      heard: heard({ state: "recorded", recorded: "only-statements" }),
      status: { ...over("Aborted", { rp4: "RolledBack: cold" }), serial: older },
    },
    "rolled-back",
    true,
    EXIT.undone,
    "cold",
  ],
  [
    "the same systems are under way",
    {
      heard: heard({ state: "recorded", recorded: "only-statements" }),
      status: { ...status({ hosts: hosts({ rp4: "Soaking" }) }), serial: older },
    },
    "timed-out",
    false,
    EXIT.late,
    "rp4 Soaking",
  ],
  [
    "the flow does not pass it on",
    { heard: heard({ state: "verified" }) },
    "timed-out",
    false,
    EXIT.late,
    "flow has not passed it on",
  ],
  ["it settles", {}, "timed-out", false, EXIT.late, "settle"],
  ["nothing was heard of it", { heard: null }, "timed-out", false, EXIT.late, "has not said"],

  // Who is there
  ["no hub was ever there", { hub: "unheard", heard: null }, "no-hub", false, EXIT.hub, "ever"],
  ["the hub is away", { hub: "offline", heard: null }, "no-hub", false, EXIT.hub, "not connected"],
  [
    "the hub leaves in the middle",
    { hub: "offline", status: status({ hosts: hosts({ rp4: "Soaking" }) }) },
    "no-hub",
    false,
    EXIT.hub,
    "in the middle",
  ],
  [
    "the hub left after the end",
    { hub: "offline", status: over("Promoted", GOOD) },
    "promoted",
    true,
    0,
    "",
  ],
  [
    "the broker is away",
    { isConnected: false, status: status({ hosts: hosts({ rp4: "Soaking" }) }) },
    "timed-out",
    false,
    EXIT.late,
    "broker",
  ],

  // Under way
  [
    "a host is in trial",
    { status: status({ hosts: hosts({ rp4: "Soaking: 2 of 5 min", nuc: "Staged" }) }) },
    "timed-out",
    false,
    EXIT.late,
    "rp4 Soaking: 2 of 5 min; 0 of 2",
  ],
  [
    "it is held",
    { status: paused("Hold", "held by wall-switch", { rp4: "Staged" }) },
    "held",
    false,
    EXIT.waiting,
    "held by wall-switch",
  ],
  [
    "it asks a person",
    { status: paused("ApprovalRequired", "waits for an approval of nuc", { nuc: "Staged" }) },
    "held",
    false,
    EXIT.waiting,
    "approval of nuc",
  ],
  [
    "it waits for the night",
    { status: paused("OutsideWindow", "", { nuc: "Staged" }) },
    "held",
    false,
    EXIT.waiting,
    "OutsideWindow",
  ],
  [
    "the hub has just restarted",
    { status: paused("Reconciling", "", { rp4: "Soaking" }) },
    "timed-out",
    false,
    EXIT.late,
    "rp4",
  ],
  [
    "a host failed, another is still in trial",
    { status: paused("HostFailure", "", { rp4: "RolledBack: cold", nuc: "Soaking" }) },
    "timed-out",
    false,
    EXIT.late,
    "rp4 RolledBack: cold",
  ],
  [
    "a host failed and it asks",
    { status: paused("HostFailure", "", { rp4: "RolledBack: cold", nuc: "Staged" }) },
    "rolled-back",
    true,
    EXIT.undone,
    "rp4 RolledBack: cold; the rollout asks",
  ],
  [
    "only sleepers are left",
    { asleep, status: status({ hosts: hosts({ ...GOOD, x1: "Staged" }) }) },
    "incomplete",
    false,
    0,
    "x1 asleep",
  ],
  [
    "nobody begins because one sleeps",
    { asleep, status: status({ hosts: hosts({ rp4: "Staged", x1: "Queued" }) }) },
    "timed-out",
    false,
    EXIT.late,
    "x1 asleep; 0 of 2",
  ],
];
