import { EXIT } from "../../src/cli/exit-status.ts";
import { GOOD, heard, over, type VerdictRow } from "./verdict-known.ts";

/** Where the hub has told how the release ended. */
export const ENDED_ROWS: readonly VerdictRow[] = [
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
];
