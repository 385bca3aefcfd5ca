import type { Action } from "../../agent/decide/action.ts";
import type { PullResult } from "../../agent/decide/next-stage.ts";
import {
  type Journal,
  type OpenAttempt,
  ratchetAfterCommit,
  type Statement,
} from "../../src/contract/index.ts";
import type { HostDeadman } from "./host-deadman.ts";
import { type HostMachine, short } from "./host-machine.ts";

type AtOnce = Extract<
  Action,
  { do: "note" | "arm" | "write-trial" | "disarm" | "set-profile" | "commit" | "tidy" }
>;

/** The actions that take no time, as `perform` of the real activator has them. */
export function changeHost(host: HostMachine, deadman: HostDeadman, action: AtOnce): void {
  const { disk } = host;
  switch (action.do) {
    case "note":
      host.tell(action.said);
      host.keep(action.journal);
      return;
    case "arm":
      disk.trial = action.trial;
      deadman.arm();
      return;
    case "write-trial":
      disk.trial = action.trial;
      return;
    case "disarm":
      deadman.disarm();
      return;
    case "set-profile":
      host.profile = action.path;
      return;
    case "commit":
      commit(host, action.journal);
      return;
    case "tidy":
      deadman.disarm();
      host.bootOnce = null;
      disk.trial = null;
      host.roots.clear();
  }
}

function commit(host: HostMachine, journal: Journal): void {
  const { disk } = host;
  const open = disk.journal.open as OpenAttempt;
  const statement = { serial: open.serial, minSerial: open.minSerial ?? 0 } as Statement;
  disk.ratchet = ratchetAfterCommit(disk.ratchet, { statement, digest: open.statement });
  host.tell(`keeps ${short(open.storePath)}`);
  host.keep(journal);
}

/** How the pull ends that has just taken its time. */
export function pullOf({ world, roots }: HostMachine, { storePath }: OpenAttempt): PullResult {
  if (world.closures.pull(storePath)) {
    roots.add(storePath);
    return { isHere: true, summary: NO_CHANGE };
  }
  // A full disk needs a person; what Nix alone says is tried once more.
  const code = world.closures.of(storePath).pull === "fails" ? "disk-full" : "nix-failed";
  return { isHere: false, code, message: "" };
}

const NO_CHANGE = {
  ...{ downloadBytes: 0, unpackedBytes: 0, packages: [], packagesTotal: 0 },
  ...{ stop: [], restart: [], start: [], reload: [], unitsTotal: 0 },
};
