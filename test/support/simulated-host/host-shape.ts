import type { ExecEnd, ExecOptions } from "./exec-inside.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";

export interface SimulatedHost extends AsyncDisposable {
  readonly name: string;
  /** Its disk, a folder of this machine: nix/, var/, boot/, etc/ (what differs from the machine's). */
  readonly disk: string;
  /** Its address, null without a network. */
  readonly address: string | null;
  /** How often it was booted. */
  readonly boots: () => number;
  readonly isUp: () => boolean;
  /** This machine's way to a file of the running host. */
  place(path: string): string;
  /** Runs a program in the host, under its cgroup. A bad exit code is a value. */
  exec(command: string, args?: readonly string[], options?: ExecOptions): Promise<ExecEnd>;
  /** As exec, and throws with what was said unless it ends with 0; gives back stdout without the last newline. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  cutPower(): Promise<void>;
  /** @throws Error with the console's last lines when it does not come up in 20 s */
  boot(): Promise<void>;
  /** The end of the boot after the present one, which the host asks for itself. */
  nextBoot(): Promise<void>;
  cutNetwork(): void;
  mendNetwork(): void;
  suspend(ms: number): Promise<void>;
  readonly units: { install(name: string, text: string): Promise<void> };
  /** All that systemd and the units said, of all boots. */
  console(): string;
}

export interface HostPlan {
  readonly name: string;
  readonly network?: SimulatedNetwork;
  /** none: a Pi's, without an entry for one boot. */
  readonly loader?: "none" | "systemd-boot";
  /** Called on the empty disk before the first boot: installs the first system. */
  readonly install?: (disk: string) => Promise<void>;
}
