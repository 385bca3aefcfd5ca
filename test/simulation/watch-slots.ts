import type { HostName } from "../../src/contract/index.ts";
import { entriesOf, type HostEntry, isTrial, type RolloutState } from "../../src/rollout/index.ts";
import type { SimulatedHost } from "./simulated-host.ts";
import { Violation } from "./violation.ts";

type Hosts = ReadonlyMap<HostName, SimulatedHost>;

/** Never more hosts in trial than allowed. @param isTheirs whether another hub, a copy, ordered that trial */
export function lookAtSlots(
  state: RolloutState,
  hosts: Hosts,
  isTheirs: (attempt: string) => boolean,
): void {
  const { rollout } = state;
  if (!rollout) return;
  const entries = entriesOf(state.hosts);
  const inTrial = entries.filter(({ step }) => step && isTrial(step.state));
  for (const { planned } of inTrial) {
    const group = rollout.plan.groups[planned.group];
    const sameGroup = inTrial.filter((one) => one.planned.group === planned.group);
    if (planned.carries.length > 0 && inTrial.length > 1) {
      throw new Violation("a carrier goes alone", inTrial.map(({ host }) => host).join());
    }
    if (sameGroup.length > (group?.parallel ?? 1)) {
      throw new Violation("slots", sameGroup.map(({ host }) => host).join());
    }
  }
  lookAtTruth(state, entries, hosts, isTheirs);
}

/** The same, of what truly runs at this hub's word; only a host that the hub has lost sight of does not count. */
function lookAtTruth(
  state: RolloutState,
  entries: readonly HostEntry[],
  hosts: Hosts,
  isTheirs: (attempt: string) => boolean,
): void {
  const trying = entries.filter(({ host, locked, step }) => {
    const real = hosts.get(host);
    const open = real?.disk.journal.open;
    if (!real?.isOn || real.isAsleep || !open || locked || step?.state === "Unknown") return false;
    if (isTheirs(`${open.rollout}/${host}/${open.attempt}`)) return false;
    return ["activating", "rebooting", "in-trial"].includes(open.phase);
  });
  const most = Math.max(...(state.rollout?.plan.groups ?? []).map(({ parallel }) => parallel), 1);
  if (trying.length > most && !state.fenced) {
    throw new Violation("slots, in truth", trying.map(({ host }) => host).join());
  }
}
