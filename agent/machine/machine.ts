import type { BootRisk, SessionId, StorePath, Trial } from "../../src/contract/index.ts";
import type { GuardFacts, Run, RunState } from "../decide/facts.ts";
import type { Awake } from "./stay-awake.ts";

/** A program to run outside the activator's own life. */
export interface RunOrder {
  readonly run: Run;
  /** Unique for attempt, verb and repetition: names result and log. At most 120 characters of A-Za-z0-9._- */
  readonly key: string;
  /** The NixOS system whose bin/switch-to-configuration is called. */
  readonly system: StorePath;
  readonly verb: "check" | "dry-activate" | "test" | "boot";
  readonly limitMs: number;
}

/**
 * The host under the activator: systemd and the kernel on NixOS (`systemd-machine.ts`), plain child
 * processes where a folder stands for the host (`child-machine.ts`, which says so). Everything here is
 * an effect or a fact; nothing decides.
 */
export interface Machine {
  /** False where processes of this machine only stand for a host's: said on every screen. */
  readonly isReal: boolean;
  bootId(): Promise<SessionId>;
  /** Boot time that counts suspend, in ms (/proc/uptime). */
  bootMs(): Promise<number>;
  current(): Promise<StorePath | null>;
  booted(): Promise<StorePath | null>;
  profile(): Promise<StorePath | null>;
  isClockSynchronised(): Promise<boolean>;
  /** Free space of the file system that holds /nix, in bytes. */
  freeBytes(): Promise<number>;
  /**
   * Starts the program in the transient unit `nixwave-switch`, which writes its own output
   * (`switch/<key>.log`) and result (`switch/<key>.result`). Resolves when it is started, and when a unit
   * of this key already runs or has ended: starting twice is starting once.
   * @throws NixwaveError program-not-started when systemd-run fails
   */
  start(order: RunOrder): Promise<void>;
  /** What became of the run named `key`: its result file, else its unit. */
  stateOf(key: string): Promise<RunState>;
  /** Resolves when the run has ended; at once when there is none. */
  ended(key: string): Promise<void>;
  /** Arms the deadman: from now every 15 s `program` is run in deadman mode, whatever becomes of us. */
  armDeadman(settings: DeadmanSettings): Promise<void>;
  /** Resolves when it cannot fire any more. */
  disarmDeadman(): Promise<void>;
  isDeadmanArmed(): Promise<boolean>;
  failedUnits(): Promise<readonly string[]>;
  /** Those, and what was failing again and again until a moment ago: for none of them a switch is to blame. */
  troubledUnits(): Promise<readonly string[]>;
  /** Why `target` needs a reboot against what is booted: kernel, initrd, kernel-modules, ... */
  rebootReasons(target: StorePath): Promise<readonly string[]>;
  bootRisk(): Promise<BootRisk>;
  /** What the boot loader takes next by itself, read from its files; null where nobody can tell. */
  bootDefault(): Promise<StorePath | null>;
  /** Makes `entry` the system of the next boot only. @throws NixwaveError bootloader-failed */
  bootOnce(system: StorePath): Promise<void>;
  /** Nothing is left that the next boot alone would take. */
  forgetBootOnce(): Promise<void>;
  otherAgents(): Promise<readonly string[]>;
  guardFacts(): Promise<GuardFacts>;
  /** Asks for a reboot; the caller has made everything durable. */
  reboot(): Promise<void>;
  /** Keeps a laptop awake until released or until this process ends; null where nothing is held. */
  stayAwake(why: string): Promise<Awake | null>;
}

export interface DeadmanSettings {
  /** The command line of the old closure's activator in deadman mode. */
  readonly command: readonly string[];
  readonly trial: Trial;
}
