import { NixwaveError } from "../../src/contract/index.ts";
import { childDeadman, childRuns } from "./child-runs.ts";
import type { Machine } from "./machine.ts";
import type { MachineSettings } from "./machine-settings.ts";
import { fileFacts, UNTOUCHED_LAPTOP } from "./shared-facts.ts";

/**
 * A development host: processes of this machine stand for units, a folder for `/`. No systemd, no reboot; it says so
 * at every start (docs/host.md).
 */
export function childMachine(settings: MachineSettings): Machine {
  const { localTime, ...facts } = fileFacts(settings);
  return {
    ...facts,
    ...childRuns(settings),
    ...childDeadman(settings),
    isReal: false,
    isClockSynchronised: () => Promise.resolve(settings.clock === "assume"),
    failedUnits: () => Promise.resolve([]),
    troubledUnits: () => Promise.resolve([]),
    bootRisk: () => Promise.resolve("no-way-back"),
    bootOnce: () => Promise.reject(noReboot()),
    forgetBootOnce: () => Promise.resolve(),
    otherAgents: () => Promise.resolve([]),
    guardFacts: () => Promise.resolve({ ...localTime(), ...UNTOUCHED_LAPTOP }),
    reboot: () => Promise.reject(noReboot()),
    stayAwake: () => Promise.resolve(null),
  };
}

const noReboot = (): NixwaveError =>
  new NixwaveError("program-not-started", "a development host is not rebooted");
