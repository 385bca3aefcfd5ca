import { type HostName, parseHostName } from "../../src/contract/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../support/contract-builders.ts";
import type { Fate } from "./closures.ts";
import type { Push } from "./continuous-integration.ts";
import { type HostRules, type RuleDeed, ruleDeed, rulesFor } from "./host-rules.ts";
import { CARRIER } from "./hub-world.ts";
import { Random } from "./random.ts";

/** Something that comes from outside the machinery, at a time after the beginning. */
export type Act = { readonly afterMs: number } & Deed;

export type Deed =
  | { readonly do: "push"; readonly push: Push }
  | { readonly do: "kill-hub"; readonly steps: number }
  | { readonly do: "crash-broker"; readonly forMs: number; readonly losesRetained: boolean }
  | { readonly do: "cut-power"; readonly host: HostName; readonly forMs: number }
  | { readonly do: "kill-agent"; readonly host: HostName }
  | { readonly do: "kill-activator"; readonly host: HostName; readonly steps: number }
  | { readonly do: "cut-line"; readonly who: HostName | "hub"; readonly forMs: number }
  | { readonly do: "sleep"; readonly host: HostName; readonly forMs: number }
  | { readonly do: "bad-network"; readonly forMs: number }
  | {
      readonly do: "wrong-clock";
      readonly who: HostName | "hub";
      readonly byMs: number;
      readonly forMs: number;
      readonly noticed: boolean;
    }
  | { readonly do: "rebuild-by-hand"; readonly host: HostName }
  | { readonly do: "sensor-dies"; readonly sensor: number; readonly forMs: number }
  | { readonly do: "switch"; readonly on: boolean }
  | {
      readonly do: "ask";
      readonly what:
        | "deploy-now"
        | "abort"
        | "abort-all"
        | "retry"
        | "rollback"
        | "promote"
        | "approve"
        | "skip";
      readonly host: HostName;
    }
  | { readonly do: "second-hub"; readonly forMs: number }
  | RuleDeed;

/** Everything that a run depends on: the same story gives the same run, event by event. */
export interface Story {
  readonly seed: number;
  readonly days: number;
  /** In the form in which a person writes it. */
  readonly plan: unknown;
  readonly hosts: readonly HostName[];
  /** Of those hosts that have any. */
  readonly rules?: Readonly<Record<HostName, HostRules>>;
  readonly acts: readonly Act[];
}

/** How much happens. */
export interface Mood {
  readonly pushesPerDay: number;
  readonly faultsPerDay: number;
  readonly gates: boolean;
  /** How often a host's rules matter: it observes, its person is busy, another agent is enabled. Null: no rules. */
  readonly rulesPerDay: number | null;
}
/** As a home is. */
export const WEEKDAY: Mood = { pushesPerDay: 2, faultsPerDay: 6, gates: true, rulesPerDay: 1 };
/** As no home is: something happens all the time. */
export const TURMOIL: Mood = { ...WEEKDAY, pushesPerDay: 24, faultsPerDay: 40, rulesPerDay: null };
/** The same, and the hosts have rules of their own. */
export const STRICT_TURMOIL: Mood = { ...TURMOIL, rulesPerDay: 16 };

const LAPTOP = parseHostName("x1");

/** A home and what happens to it, by chance alone. */
export function makeStory(seed: number, days: number, mood: Mood): Story {
  const chance = new Random(seed);
  const fleet = chance.fork("fleet");
  const plain = ["rp3", "rp4", "pi5", "nas"].slice(0, fleet.between(1, 5)).map(parseHostName);
  const hosts = [...plain, LAPTOP, CARRIER];
  const acts = [
    ...pushes(chance.fork("pushes"), hosts, days, mood),
    ...faults(chance.fork("faults"), hosts, days, mood),
    ...ruleActs(chance.fork("rules"), hosts, days, mood),
  ];
  return {
    ...{ seed, days, hosts },
    ...(mood.rulesPerDay === null
      ? {}
      : { rules: rulesFor(chance.fork("host rules"), hosts, LAPTOP) }),
    plan: planFor(fleet, plain, mood),
    acts: acts.toSorted((one, other) => one.afterMs - other.afterMs),
  };
}

function planFor(chance: Random, plain: readonly HostName[], mood: Mood): unknown {
  const [first, ...rest] = plain;
  const parallel = chance.between(1, 4);
  const waits = chance.chance(0.3);
  const hosts = [first, ...rest.map((host) => (waits ? { host, after: [first] } : host))];
  return {
    groups: [
      {
        name: "pis",
        hosts,
        parallel,
        approval: chance.pick(["none", "none", "none", "group", "host"]),
      },
      { name: "laptop", hosts: [{ host: LAPTOP, optional: true }] },
      { name: "server", hosts: [{ host: CARRIER, carries: ["broker", "hub"] }] },
    ],
    ...{ soak: "3m", lease: chance.pick(["20m", "40m"]), settle: chance.pick(["1m", "10m"]) },
    ...{
      stageTimeout: "1h",
      grace: "2m",
      start: chance.pick(["automatic", "automatic", "manual"]),
    },
    onFailure: chance.pick(["ask", "stop", "roll-back"]),
    gates: mood.gates
      ? chance.pick([[], ["soak"], ["preflight", "soak"], ["preflight", "soak", "final"]])
      : [],
    ...(chance.chance(0.3)
      ? { windows: { zone: "Europe/Berlin", allow: [{ from: "06:00", to: "23:00" }] } }
      : {}),
  };
}

function* arrivals(chance: Random, days: number, perDay: number): Generator<number> {
  if (perDay <= 0) return;
  for (let at = 0; ; ) {
    at += (-Math.log(1 - chance.next()) * DAY_MS) / perDay;
    if (at >= days * DAY_MS) return;
    yield Math.round(at);
  }
}

/** Bursts of one to three; a third changes nothing. */
function pushes(chance: Random, hosts: readonly HostName[], days: number, mood: Mood): Act[] {
  const acts: Act[] = [];
  for (const start of arrivals(chance, days, mood.pushesPerDay)) {
    const length = chance.chance(0.25) ? chance.between(2, 4) : 1;
    for (let at = start; acts.length < 100_000 && at < start + length * 5 * MINUTE_MS; ) {
      acts.push({ afterMs: at, do: "push", push: pushFor(chance, hosts) });
      at += 5 * MINUTE_MS;
    }
  }
  return acts;
}

function pushFor(chance: Random, hosts: readonly HostName[]): Push {
  const isRefresh = chance.chance(1 / 3);
  const goesBack = !isRefresh && chance.chance(0.1);
  const changed = isRefresh || goesBack ? [] : hosts.filter(() => chance.chance(0.8));
  const fates = Object.fromEntries(
    changed.filter(() => chance.chance(0.12)).map((host) => [host, chance.pick(BAD)]),
  );
  const title = isRefresh ? "refresh" : goesBack ? "revert" : "nixpkgs bump";
  return { title, changed, fates, goesBack };
}

const ruleActs = (chance: Random, hosts: readonly HostName[], days: number, mood: Mood): Act[] =>
  [...arrivals(chance, days, mood.rulesPerDay ?? 0)].map((afterMs) => ({
    afterMs,
    ...ruleDeed(chance, hosts, LAPTOP),
  }));

const BAD: readonly Partial<Fate>[] = [
  { activation: "fails" },
  { activation: "needs-reboot" },
  { agent: "dies" },
  { activation: "needs-reboot" },
  { activation: "needs-reboot", start: "fails" },
  { boot: "fails" },
  { probe: "fails" },
  { carries: "dies" },
  { house: "ill" },
  { house: "silent" },
  { pull: "fails" },
  { pull: "fails-once" },
  { activation: "fails", wayBack: "fails" },
];

function faults(chance: Random, hosts: readonly HostName[], days: number, mood: Mood): Act[] {
  return [...arrivals(chance, days, mood.faultsPerDay)].map((afterMs) => ({
    afterMs,
    ...chance.pick(DEEDS)(chance, hosts),
  }));
}

const minutes = (chance: Random, low: number, high: number): number =>
  chance.between(low * MINUTE_MS, high * MINUTE_MS);
const anyone = (chance: Random, hosts: readonly HostName[]): HostName | "hub" =>
  chance.pick<HostName | "hub">([...hosts, "hub"]);

const DEEDS: readonly ((chance: Random, hosts: readonly HostName[]) => Deed)[] = [
  (chance) => ({ do: "kill-hub", steps: chance.between(0, 12) }),
  (chance) => ({ do: "kill-hub", steps: chance.between(0, 40) }),
  (chance) => ({
    do: "crash-broker",
    forMs: minutes(chance, 0, 30),
    losesRetained: chance.chance(0.3),
  }),
  (chance, hosts) => ({ do: "cut-power", host: chance.pick(hosts), forMs: minutes(chance, 0, 90) }),
  (chance, hosts) => ({ do: "kill-agent", host: chance.pick(hosts) }),
  (chance, hosts) => ({
    ...{ do: "kill-activator", host: chance.pick(hosts) },
    steps: chance.chance(0.3) ? 0 : chance.between(1, 30),
  }),
  (chance, hosts) => ({
    do: "cut-line",
    who: anyone(chance, hosts),
    forMs: minutes(chance, 0, 60),
  }),
  (chance) => ({ do: "sleep", host: LAPTOP, forMs: minutes(chance, 2, 1000) }),
  (chance) => ({ do: "bad-network", forMs: minutes(chance, 5, 120) }),
  (chance, hosts) => ({
    ...{ do: "wrong-clock", who: anyone(chance, hosts), forMs: minutes(chance, 1, 30) },
    ...chance.pick([
      { byMs: -50 * 365 * DAY_MS, noticed: true },
      { byMs: chance.between(-2 * HOUR_MS, 2 * HOUR_MS), noticed: true },
      { byMs: chance.between(-2 * MINUTE_MS, 2 * MINUTE_MS), noticed: false },
    ]),
  }),
  (chance, hosts) => ({ do: "rebuild-by-hand", host: chance.pick(hosts) }),
  (chance) => ({
    do: "sensor-dies",
    sensor: chance.between(0, 3),
    forMs: minutes(chance, 10, 600),
  }),
  (chance) => ({ do: "switch", on: chance.chance(0.5) }),
  (chance, hosts) => ({
    ...{ do: "ask", host: chance.pick(hosts) },
    what: chance.pick([
      "deploy-now",
      "abort",
      "abort-all",
      "retry",
      "rollback",
      "promote",
      "approve",
      "skip",
    ]),
  }),
  (chance) => ({ do: "second-hub", forMs: minutes(chance, 1, 60) }),
];
