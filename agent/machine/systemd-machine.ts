import { existsSync } from "node:fs";
import process from "node:process";
import { bootOnce, bootRisk } from "./boot-loader.ts";
import { laptopFacts } from "./laptop.ts";
import type { Machine } from "./machine.ts";
import type { MachineSettings } from "./machine-settings.ts";
import { fileFacts, UNTOUCHED_LAPTOP } from "./shared-facts.ts";
import { stayAwake } from "./stay-awake.ts";
import { type SystemCall, systemCall } from "./system-call.ts";
import { SWITCH, systemdRuns } from "./systemd-runs.ts";
import { failedIn, failingIn, flappingIn, presentIn } from "./unit-lists.ts";

const DEADMAN_TIMER = "nixwave-deadman.timer";
const DEADMAN = "nixwave-deadman.service";
const TICK = "15s";

/** Each undoes the other's work: one deploy agent a host (DESIGN 7). NixOS loads a unit only where it is enabled. */
const OTHER_AGENTS = ["cachix-agent.service", "comin.service", "nixos-upgrade.timer"];
const OTHER_SHOWN = "Id,LoadState,ActiveState";

/** A real NixOS host: systemd runs the switch and the deadman, so that neither depends on who started it. */
export function systemdMachine(settings: MachineSettings): Machine {
  const call = systemCall(settings.path);
  const { localTime, ...facts } = fileFacts(settings);
  const { isLaptop, root } = settings;
  return {
    ...facts,
    ...systemdRuns(settings, call),
    ...systemdDeadman(settings, call),
    isReal: true,
    isClockSynchronised: () => isClockSynchronised(settings, call),
    failedUnits: () => failedUnits(call),
    troubledUnits: () => troubledUnits(call),
    bootRisk: () => Promise.resolve(bootRisk(root)),
    bootOnce: (system) => bootOnce(root, system, call.run),
    forgetBootOnce: async () => {
      if (bootRisk(root) === "one-shot") await call.run("bootctl", "set-oneshot", "");
    },
    otherAgents: async () => {
      const { stdout } = await call.run("systemctl", "show", "-p", OTHER_SHOWN, ...OTHER_AGENTS);
      return presentIn(stdout);
    },
    guardFacts: async () => ({
      ...localTime(),
      ...UNTOUCHED_LAPTOP,
      ...(isLaptop ? await laptopFacts(call.run) : {}),
    }),
    reboot: () => call.expect("systemctl", ["reboot"]),
    stayAwake: (why) =>
      isLaptop ? stayAwake(why, { PATH: settings.path }) : Promise.resolve(null),
  };
}

/**
 * Also what systemd is about to start again: for that a unit that fails every few seconds is none that failed, and
 * switch-to-configuration counts it (status 4).
 */
async function failedUnits(call: SystemCall): Promise<readonly string[]> {
  const listed = async (states: string): Promise<readonly string[]> => {
    const list = ["list-units", `--state=${states}`, "--plain", "--no-legend", "--no-pager"];
    return failedIn((await call.run("systemctl", ...list)).stdout);
  };
  const [failed, waiting] = await Promise.all([listed("failed"), listed(WAITING_STATES)]);
  const asked = ["show", "-p", "Id,SubState,Result", "--", ...waiting];
  const failing = waiting.length === 0 ? "" : (await call.run("systemctl", ...asked)).stdout;
  const units = [...new Set([...failed, ...failingIn(failing)])];
  return units.filter((unit) => unit !== SWITCH && unit !== DEADMAN);
}

/** The second since systemd 254. */
const WAITING_STATES = "auto-restart,auto-restart-queued";

/** Also what runs for a moment between two failures: whether it waits is chance. A start that takes its 90 s is a run too. */
async function troubledUnits(call: SystemCall): Promise<readonly string[]> {
  const nowUs = Number(process.hrtime.bigint() / 1000n); // systemd's clock too: CLOCK_MONOTONIC
  const asked = ["show", "-p", FLAPS_SHOWN, "*.service"];
  const [failed, { stdout }] = await Promise.all([
    failedUnits(call),
    call.run("systemctl", ...asked),
  ]);
  return [...new Set([...failed, ...flappingIn(stdout, nowUs - FLAPS_WITHIN_US)])];
}

const FLAPS_SHOWN = "Id,Restart,NRestarts,ExecMainStartTimestampMonotonic";
const FLAPS_WITHIN_US = 120_000_000;

type SystemdDeadman = Pick<Machine, "armDeadman" | "disarmDeadman" | "isDeadmanArmed">;

/** A transient timer: it goes on whatever becomes of who armed it, and of the system's own units (DESIGN 7). */
function systemdDeadman({ path }: MachineSettings, call: SystemCall): SystemdDeadman {
  const isDeadmanArmed = async (): Promise<boolean> =>
    (await call.run("systemctl", "is-active", "--quiet", DEADMAN_TIMER)).exitCode === 0;
  return {
    isDeadmanArmed,
    async armDeadman({ command }) {
      if (await isDeadmanArmed()) return;
      await call.run("systemctl", "stop", DEADMAN_TIMER);
      await call.run("systemctl", "reset-failed", DEADMAN, DEADMAN_TIMER);
      await call.expect("systemd-run", [
        ...["--quiet", "--no-ask-password", "--unit=nixwave-deadman", `--on-active=${TICK}`],
        ...[`--on-unit-inactive=${TICK}`, "--timer-property=AccuracySec=1s"],
        ...["-E", `PATH=${path}`, ...command],
      ]);
    },
    async disarmDeadman() {
      await call.run("systemctl", "stop", DEADMAN_TIMER);
    },
  };
}

async function isClockSynchronised({ clock }: MachineSettings, call: SystemCall): Promise<boolean> {
  if (clock === "assume" || existsSync("/run/systemd/timesync/synchronized")) return true;
  const asked = call.run("timedatectl", "show", "-p", "NTPSynchronized", "--value");
  return (await asked.catch(() => null))?.stdout.trim() === "yes";
}
