import type { StorePath } from "../../contract/index.ts";
import type { DemoHostPlan } from "./demo-home.ts";
import type { DemoRelease } from "./make-release.ts";

/** An agent that talks for one host of the demo. */
export interface HostAgent {
  /** Rejects when it ends without having been stopped. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

/** Where the demo's programs find each other. */
export interface Places {
  readonly brokerUrl: string;
  readonly editorUrl: string;
  readonly cacheUrl: string;
}

/** What the hosts of a demo stand on: the real Nix, or, only where a person said so, nothing but this process. */
export interface Ground {
  /** True: every line about a host has to say so. */
  readonly isSimulated: boolean;
  /** Release 0, as an installer leaves it. */
  install(plan: DemoHostPlan, system: StorePath): Promise<void>;
  start(plan: DemoHostPlan): Promise<HostAgent>;
  /** What CI does at the end of its run. */
  publish(release: DemoRelease, tell: (line: string) => void): Promise<void>;
  /** Whether what rp4 runs heats the bedroom; null while its links are being moved. */
  isHeating(): Promise<boolean | null>;
  /** Numbers of a host's generations. */
  generations(plan: DemoHostPlan): Promise<readonly number[]>;
}
