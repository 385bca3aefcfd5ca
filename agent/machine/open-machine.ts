import { childMachine } from "./child-machine.ts";
import type { Machine } from "./machine.ts";
import { systemdMachine } from "./systemd-machine.ts";

export interface MachineSettings {
  /** "/" on a real host; elsewhere a folder that stands for it. */
  readonly root: string;
  /** Where programs are looked for, as PATH. */
  readonly path: string;
  /** Holds `switch/`, with logs and results. */
  readonly stateDirectory: string;
  readonly clock: "system" | "assume";
  /** Of the guards' windows; null: the system's own. */
  readonly timeZone: string | null;
  /** Whether battery, link and sleep inhibitors are asked for. */
  readonly isLaptop: boolean;
  readonly say: (line: string) => void;
}

/** There is no fall-back from one to the other: the configuration's root decides (docs/host.md). */
export const openMachine = (settings: MachineSettings): Machine =>
  settings.root === "/" ? systemdMachine(settings) : childMachine(settings);
