import type { FormRange, MemoryForm } from "../../../agent/activator/memory-forms.ts";
import type { GuardFacts, RunEnd, RunState } from "../../../agent/decide/facts.ts";
import type { NixwaveError, StorePath } from "../../../src/contract/index.ts";

export interface SwitchEnd {
  readonly end: RunEnd;
  readonly output?: string;
  /** What runs afterwards, when that is not what the status says. */
  readonly runs?: StorePath;
}

/** A system's activator: its name, the forms of memory it really knows, and what its system says of them. */
export interface Program {
  readonly name: string;
  readonly forms: readonly MemoryForm[];
  readonly says: FormRange;
}

/** What is true on the played host, and what goes wrong there. */
export interface Reality {
  current: StorePath;
  booted: StorePath;
  profile: StorePath;
  bootDefault: StorePath;
  bootOnce: StorePath | null;
  boots: number;
  bootMs: number;
  roots: boolean;
  /** What the root for the way back holds. */
  wayBackHeld: StorePath | null;
  isDeadmanArmed: boolean;
  readonly runs: Map<string, RunState>;
  failedUnits: string[];
  /** Run at the moment, and will fail again. */
  flappingUnits: string[];
  rebootReasons: string[];
  otherAgents: string[];
  isLaptop: boolean;
  /** A sleep inhibitor is held. */
  isAwake: boolean;
  /** Whether the boot loader is one whose files the host can read. */
  isLoaderReadable: boolean;
  /** The next runs of `boot` that say yes and write nothing. */
  emptyBoots: number;
  bootRisk: "one-shot" | "no-way-back";
  isSynchronised: boolean;
  pullFails: NixwaveError | null;
  probesPass: boolean;
  armFails: boolean;
  /** No root can be made or looked at. */
  rootsFail: boolean;
  profileFails: boolean;
  guards: Partial<GuardFacts>;
  /** Called while the pull is under way. */
  onPull: () => void;
  /** How a system's switch-to-configuration ends; a number is its status. */
  onSwitch: (system: StorePath, verb: string) => number | SwitchEnd;
  /** What whoever sits at the laptop says. */
  onAsk: (signal: AbortSignal) => Promise<"later" | "now" | null>;
  readonly did: string[];
  /** The activators of systems that name one. */
  readonly programs: Map<StorePath, Program>;
}
