import { mkdir } from "node:fs/promises";
import { NixwaveError } from "../../src/contract/index.ts";
import type { RunState } from "../decide/facts.ts";
import type { Machine, RunOrder } from "./machine.ts";
import type { MachineSettings } from "./machine-settings.ts";
import { fileFacts } from "./shared-facts.ts";
import { isLost, outputOf, resultOf, switchFiles, untilEnded, WRAPPER } from "./switch-files.ts";
import type { SystemCall } from "./system-call.ts";
import { descriptionOf, UNIT_PROPERTIES, unitState } from "./unit-state.ts";

export const SWITCH = "nixwave-switch.service";
const STOP_LIMIT_SECONDS = 30;

type SystemdRuns = Pick<Machine, "stateOf" | "ended" | "start">;

/**
 * The switch in a transient unit of process 1 with one fixed name, so that a second one fails; output and result
 * go to files, so that they outlive activator, agent and unit (measured: a child, or a pipe, does not).
 */
export function systemdRuns(settings: MachineSettings, call: SystemCall): SystemdRuns {
  const { path, stateDirectory } = settings;
  const { bootId } = fileFacts(settings);
  const shown = async () =>
    unitState((await call.run("systemctl", "show", "-p", UNIT_PROPERTIES, SWITCH)).stdout);
  return { stateOf, start, ended: (key) => untilEnded(stateDirectory, () => stateOf(key)) };

  async function stateOf(key: string): Promise<RunState> {
    const files = switchFiles(stateDirectory, key);
    const written = await resultOf(files);
    if (written) return written;
    const unit = await shown();
    if (unit.key === key && unit.isRunning) return { state: "running" };
    const late = await resultOf(files); // it may have ended between the two looks
    if (late) return late;
    if (unit.key === key && unit.end) {
      return { state: "ended", end: unit.end, output: await outputOf(files) };
    }
    return { state: isLost(files, await bootId()) ? "lost" : "none" };
  }

  async function start({ key, system, verb, limitMs }: RunOrder): Promise<void> {
    if ((await stateOf(key)).state !== "none") return;
    await mkdir(`${stateDirectory}/switch`, { recursive: true, mode: 0o700 });
    const unit = await shown();
    if (unit.isRunning) {
      throw new NixwaveError("program-not-started", `${SWITCH} still runs for ${unit.key}`);
    }
    await call.run("systemctl", "stop", SWITCH); // an ended one stays loaded, so that its result can be read
    await call.run("systemctl", "reset-failed", SWITCH);
    const { log, result, begun } = switchFiles(stateDirectory, key);
    const program = [`${system}/bin/switch-to-configuration`, verb];
    await call.expect("systemd-run", [
      ...["--quiet", "--no-ask-password", "--service-type=exec", `--unit=${SWITCH}`],
      ...[`--description=${descriptionOf(key)}`, "-p", "RemainAfterExit=yes"],
      ...["-p", `RuntimeMaxSec=${Math.ceil(limitMs / 1000)}`, "-p", "KillMode=control-group"],
      ...["-p", `TimeoutStopSec=${STOP_LIMIT_SECONDS}`, "-E", `PATH=${path}`],
      ...["-E", "NIXOS_INSTALL_BOOTLOADER=0", "-E", "LOCALE_ARCHIVE"],
      ...["/bin/sh", "-c", WRAPPER, "sh", log, result, begun, ...program],
    ]);
  }
}
