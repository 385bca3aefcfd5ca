import type { Facts } from "../../agent/decide/facts.ts";
import { attemptKey } from "../../agent/decide/trial-file.ts";
import type { EpochMs, OpenAttempt, StorePath } from "../../src/contract/index.ts";
import type { HostMachine } from "./host-machine.ts";
import type { HostUnits } from "./host-units.ts";

/** What names a run's result: unique for attempt, verb and repetition. */
export const runKey = (open: OpenAttempt, { verb, count }: NonNullable<OpenAttempt["run"]>) =>
  `${attemptKey(open).replace("/", ".")}.${verb}.${count}`;

/** What is true of the simulated host now. @param self the system whose activator asks */
export function factsOf(host: HostMachine, units: HostUnits, self: StorePath): Facts {
  const { now, isSynchronised, bootId, bootMs, current, booted, profile, disk, roots } = host;
  const { open } = disk.journal;
  return {
    ...{ now, isClockSynchronised: isSynchronised, bootId, bootMs, current, booted, profile },
    ...{ trial: disk.trial, isDeadmanArmed: host.isDeadmanArmed, failedUnits: [] },
    run: open?.run ? units.stateOf(runKey(open, open.run)) : { state: "none" },
    isTargetHere: open !== null && roots.has(open.storePath),
    areRootsHeld: open !== null || roots.size > 0,
    rebootReasons: open ? host.rebootReasons(open.storePath) : [],
    ...{
      bootDefault: host.bootDefault,
      bootRisk: host.bootRisk,
      otherAgents: host.otherAgents,
      session: disk.inbox.session,
    },
    ...{ isOwnSystem: self === current, isNoticeDue: false },
    guards: { ...host.mood, ...localTime(now) },
  };
}

/** The host's zone is UTC. */
function localTime(now: EpochMs): { readonly localMinute: number; readonly localDay: number } {
  const local = new Date(now);
  return {
    localMinute: local.getUTCHours() * 60 + local.getUTCMinutes(),
    localDay: local.getUTCDay(),
  };
}
