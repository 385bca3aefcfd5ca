import { childMachine } from "./child-machine.ts";
import type { Machine } from "./machine.ts";
import type { MachineSettings } from "./machine-settings.ts";
import { systemdMachine } from "./systemd-machine.ts";

/** There is no fall-back from one to the other: the configuration's root decides (docs/host.md). */
export const openMachine = (settings: MachineSettings): Machine =>
  settings.root === "/" ? systemdMachine(settings) : childMachine(settings);
