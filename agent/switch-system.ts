import { NixwaveError, type StorePath } from "../src/contract/index.ts";
import { runProgram } from "./run-program.ts";

export interface SwitchSettings {
  readonly root: string;
  readonly locate: (path: string) => string;
  readonly path: string;
  readonly limitMs: number;
}

const SHOWN_CHARACTERS = 600;

/**
 * Runs the closure's own switch-to-configuration. Thin: as a child of the agent; on a real host it
 * must run in a transient unit, because the switch may restart the agent itself.
 * @throws NixwaveError activation-failed | activation-too-slow | program-not-started
 */
export async function switchSystem(
  settings: SwitchSettings,
  system: StorePath,
  verb: "test" | "boot",
): Promise<void> {
  const { root, limitMs } = settings;
  const env = {
    PATH: settings.path,
    NIXOS_INSTALL_BOOTLOADER: "0",
    ...(root === "/" ? {} : { NIXWAVE_ROOT: root }),
  };
  const file = settings.locate(`${system}/bin/switch-to-configuration`);
  const end = await runProgram(file, [verb], { env, limitMs });
  if (end.exitCode === 0) return;
  const what = `switch-to-configuration ${verb}`;
  if (end.timedOut)
    throw new NixwaveError("activation-too-slow", `${what} took over ${limitMs} ms`);
  const said = end.stderr.trim().slice(-SHOWN_CHARACTERS);
  const status = end.exitCode === null ? "was killed" : `ended with status ${end.exitCode}`;
  throw new NixwaveError("activation-failed", `${what} ${status}${said === "" ? "" : `: ${said}`}`);
}
