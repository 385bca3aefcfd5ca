import { type DeadmanVerdict, decideDeadman } from "../../../agent/decide/decide-deadman.ts";
import type { RunState } from "../../../agent/decide/facts.ts";
import {
  type BootRisk,
  type InboxSession,
  parseSessionId,
  type SessionId,
  type StorePath,
  type Trial,
} from "../../../src/contract/index.ts";
import { OLD, SWITCH_LIMIT_MS } from "./host-view.ts";

/** How the next switch ends: as its status says, having been killed half way, or saying what is not so. */
export interface SwitchEnd {
  readonly end: Extract<RunState, { state: "ended" }>["end"];
  /** What runs afterwards where that is not what the end says. */
  readonly runs?: "target" | "before";
  /** It leaves no result. */
  readonly isLost?: true;
}

/** What a walk begins on. */
export interface Ground {
  readonly risk: BootRisk;
  readonly needsReboot: boolean;
  readonly isLoaderRead: boolean;
  /** The new system was booted, and the old one was kept since: A, B, A. */
  readonly isNewBooted: boolean;
  readonly rebootToRecover: boolean;
}

/** What runs and boots, and the deadman that looks at it: a machine without anybody who decides. */
export class WalkedReality {
  current: StorePath = OLD;
  booted: StorePath = OLD;
  profile: StorePath = OLD;
  bootDefault: StorePath = OLD;
  once: StorePath | null = null;
  boots = 1;
  bootMs = 60_000;
  trial: Trial | null = null;
  isArmed: boolean = false;
  session: InboxSession | null = null;
  readonly runs = new Map<string, RunState>();
  readonly switchEnds: SwitchEnd[] = [];
  readonly did: string[] = [];
  /** What broke a rule while it happened. */
  readonly broken: string[] = [];

  get bootId(): SessionId {
    const number = String(this.boots).padStart(8, "0");
    return parseSessionId(`${number}-0000-4000-8000-000000000000`);
  }

  boot(): void {
    this.boots += 1;
    this.bootMs = 5000;
    this.isArmed = false;
    this.booted = this.once ?? this.bootDefault;
    this.once = null;
    this.current = this.booted;
    this.session = null;
    for (const [key, { state }] of this.runs) if (state === "lost") this.runs.delete(key);
  }

  /** A tick, when its timer waits; and in the boot that a reboot led to, where a unit of that system has it look. */
  deadman(): void {
    if (!this.isArmed && this.trial?.phase !== "rebooting") return;
    const { bootId, bootMs, current, booted, profile } = this;
    const verdict = decideDeadman(this.trial, { bootId, bootMs, current, booted, profile });
    this.did.push(`deadman ${JSON.stringify(verdict)}`);
    if (this.trial) this.#asDeadman(this.trial, verdict);
  }

  #asDeadman(trial: Trial, verdict: DeadmanVerdict): void {
    if (verdict.do === "wait") return;
    if (verdict.do === "leave-to-person") this.trial = { ...trial, phase: "taken-over" };
    if (verdict.do !== "return") {
      this.isArmed = false;
      return;
    }
    if (verdict.by === "switch") {
      this.trial = { ...trial, phase: "reverting" };
      const { end, isLost } = this.switched(trial.prev);
      const isBack = this.current === trial.prev && end.kind === "exited" && !isLost;
      if (isBack && (end.status === 0 || end.status === 4)) {
        this.trial = { ...trial, phase: "reverted" };
        this.isArmed = false;
        return;
      }
      if (!trial.rebootToRecover) return;
    }
    this.trial = { ...trial, bootId: this.bootId, phase: "recovering" };
    this.boot();
  }

  written(isLoaderRead: boolean): SwitchEnd {
    const ends = this.switchEnds.shift() ?? DONE;
    const isDone = ends.end.kind === "exited" && ends.end.status === 0;
    // a loader that says it is written and is not can be seen only by whoever reads its files
    const isEmpty = ends.runs === "before" && (ends.isLost || isLoaderRead);
    const isWritten = !isEmpty && (ends.isLost || isDone || ends.runs === "target");
    if (isWritten) this.bootDefault = this.profile;
    return ends;
  }

  switched(system: StorePath): SwitchEnd {
    const ends = this.switchEnds.shift() ?? DONE;
    const { end } = ends;
    const isThere = end.kind === "exited" && (end.status === 0 || end.status === 4);
    const runs = ends.runs ?? (isThere ? "target" : "before");
    if (runs === "target") this.current = system;
    this.bootMs += Math.min(SWITCH_LIMIT_MS, 20_000);
    return ends;
  }
}

const DONE: SwitchEnd = { end: { kind: "exited", status: 0 } };
