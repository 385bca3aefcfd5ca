import type { DurationMs, HostName } from "../contract/index.ts";

/** Who goes when (DESIGN 8), read by parsePlan: every field is filled in. */
export interface Plan {
  /** In the order in which they activate; hosts of one group may go together. */
  readonly groups: readonly Group[];
  /** Position of the first host that carries broker or hub; the number of hosts when none does. */
  readonly carriersFrom: number;
  /** By what a new release starts: by itself, or when somebody asks for it. */
  readonly start: "automatic" | "manual";
  /** `default`: the hub itself orders trial and commit; `flow`: wires decide, by TrialAsked, StepKept and StepUndone. */
  readonly conduct: "default" | "flow";
  /** Places where a verdict of the sensor gate is needed. */
  readonly gates: readonly ("preflight" | "soak" | "final")[];
  /** Watched time after activation. */
  readonly soak: DurationMs;
  /** How long a trial may run unconfirmed; a soak that lasts longer has it extended, half a lease before its end. */
  readonly lease: DurationMs;
  /** How long a trial may last at most: no lease is extended past it, and then the host returns. */
  readonly maxTrial: DurationMs;
  /** How much longer than its lease a host may be silent that reboots into its trial. */
  readonly rebootAllowance: DurationMs;
  /** How long a newly arrived release waits for a newer one. */
  readonly settle: DurationMs;
  /** How long a host may take to fetch, before it is deferred. */
  readonly stageTimeout: DurationMs;
  /** How long past its lease a silent host is waited for; also how long a restarted hub waits for live reports. */
  readonly grace: DurationMs;
  /** How long a hold lasts when nobody says. */
  readonly holdFor: DurationMs;
  /** `ask`: the rollout pauses; `stop`: it is aborted; `roll-back`: also the hosts that have succeeded return. */
  readonly onFailure: "ask" | "stop" | "roll-back";
  /** Whether a host that was away gets the latest completed release when it is back. */
  readonly catchUp: "automatic" | "never";
  readonly windows: Windows;
}

export interface Group {
  readonly name: string;
  readonly hosts: readonly PlannedHost[];
  /** Position of its first host among all hosts. */
  readonly from: number;
  /** One of the group may begin while fewer than these are in trial, at least 1. */
  readonly parallel: number;
  /** `group`: asked once before its first trial; `host`: before each. */
  readonly approval: "none" | "group" | "host";
  /** Its own times instead of the plan's; null: the plan's. */
  readonly windows: Windows | null;
  /** Of a host that needs a reboot. `ask`: a person may approve it by naming its risk; `never`: it has failed. */
  readonly reboot: "ask" | "never";
}

export interface PlannedHost {
  readonly host: HostName;
  /** Hosts of the plan that must have done well first. */
  readonly after: readonly HostName[];
  /** The other way round: who waits for this one. */
  readonly awaitedBy: readonly HostName[];
  /** Place of its group in the plan. */
  readonly group: number;
  /** A person is asked before each of its trials. */
  readonly asked: boolean;
  /** As its group has it. */
  readonly reboot: "ask" | "never";
  /** Nobody waits for it. */
  readonly optional: boolean;
  /** Carries the broker or this hub: goes last and alone; its commit needs sessions opened after activation. */
  readonly carries: readonly ("broker" | "hub")[];
}

/** When trials may begin. Without an allow window: always, but for the denied times. */
export interface Windows {
  /** IANA name. */
  readonly zone: string;
  readonly allow: readonly Window[];
  readonly deny: readonly Window[];
}

/** From `from` to `to` in minutes after midnight, past midnight when `to` is not above `from`; it belongs to the day it begins. */
export interface Window {
  /** 0 Sunday to 6 Saturday. */
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
}
