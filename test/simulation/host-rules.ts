import type { GuardFacts } from "../../agent/decide/facts.ts";
import { DEFAULT_GUARDS, type Guards, parseGuards } from "../../agent/decide/guards.ts";
import type { HostName } from "../../src/contract/index.ts";
import { MINUTE_MS } from "../support/contract-builders.ts";
import type { Random } from "./random.ts";

/** What a host's own configuration lets be done to it, in the form in which a person writes it. */
export interface HostRules {
  readonly mode?: "active" | "observe";
  readonly guards?: unknown;
}

/** The same, understood by the agent's own parser. */
export interface HostLimits {
  readonly mode: "active" | "observe";
  readonly guards: Guards;
}
export const NO_LIMITS: HostLimits = { mode: "active", guards: DEFAULT_GUARDS };

export function limitsFrom({ mode = "active", guards }: HostRules): HostLimits {
  const faults: string[] = [];
  const parsed = parseGuards(guards, faults);
  if (faults.length > 0) throw new Error(faults.join("; "));
  return { mode, guards: parsed };
}

/** What the person at the machine does with it. */
export type Mood = Omit<GuardFacts, "localMinute" | "localDay">;
export const EASY: Mood = {
  ...{ isMetered: false, batteryPercent: null, sleepInhibitor: null, laterUntilBootMs: null },
};

export type RuleDeed =
  | { readonly do: "observe"; readonly host: HostName; readonly forMs: number }
  | { readonly do: "other-agent"; readonly host: HostName; readonly forMs: number }
  | {
      readonly do: "mood";
      readonly host: HostName;
      readonly mood: Partial<Omit<Mood, "laterUntilBootMs">>;
      /** The person asks for later; else the mood passes. */
      readonly later: boolean;
      readonly forMs: number;
    };

/** About half of the hosts have rules; the laptop always. */
export function rulesFor(
  chance: Random,
  hosts: readonly HostName[],
  laptop: HostName,
): Record<HostName, HostRules> {
  const rules: Record<HostName, HostRules> = {};
  for (const host of hosts) {
    const own = chance.fork(host);
    if (host === laptop) rules[host] = { guards: { laptop: own.chance(0.5) || LAPTOP } };
    else if (own.chance(0.5)) rules[host] = { guards: own.pick(GUARDS) };
  }
  return rules;
}

const LAPTOP = { minBatteryPercent: 60 };
const GUARDS: readonly object[] = [
  { window: [{ from: "22:00", to: "06:00" }] },
  {
    window: [
      { from: "03:00", to: "05:30" },
      { days: ["sat", "sun"], from: "10:00", to: "16:00" },
    ],
  },
  { minInterval: "6h" },
  { maxPerDay: 2 },
  { minInterval: "1h", maxPerDay: 3, window: [{ from: "08:00", to: "20:00" }] },
];

export function ruleDeed(chance: Random, hosts: readonly HostName[], laptop: HostName): RuleDeed {
  const forMs = chance.between(10 * MINUTE_MS, 600 * MINUTE_MS);
  const host = chance.pick(hosts);
  const what = chance.pick(["observe", "other-agent", "mood", "mood", "mood"] as const);
  if (what !== "mood") return { do: what, host, forMs };
  const mood = chance.pick<Partial<Mood>>([
    ...[{ isMetered: true }, { batteryPercent: 20 }, { batteryPercent: 55 }],
    ...[{ sleepInhibitor: "a film" }, {}],
  ]);
  return { do: "mood", host: laptop, mood, later: Object.keys(mood).length === 0, forMs };
}
