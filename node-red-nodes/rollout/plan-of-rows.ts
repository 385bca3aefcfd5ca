import { NixwaveError } from "../../src/contract/index.ts";
import type { TimeZone } from "../../src/people/index.ts";
import { type Plan, parsePlan } from "../../src/rollout/index.ts";
import type { NodeConfig } from "../runtime/red.ts";

/** A host of the fleet, as its dialog holds it. */
export interface FleetHost {
  readonly host: string;
  readonly carries: readonly string[];
  readonly optional: boolean;
}

export interface PlanOfRows {
  readonly plan: Plan;
  /** What a person should know before it runs; for the debug sidebar. */
  readonly warnings: readonly string[];
}

/**
 * The plan as the dialog's rows say it. Without rows the fleet's hosts go one after the other.
 * @param config the rollout node's; every value is unread input
 * @param fleetZone of the windows, where the node names none: a person who wrote one zone means it everywhere
 * @throws NixwaveError plan-invalid | plan-impossible
 */
export function planOfRows(
  config: NodeConfig,
  fleetHosts: readonly FleetHost[],
  conduct: "default" | "flow",
  fleetZone: TimeZone,
): PlanOfRows {
  const zone = String(config["zone"] ?? "").trim() || fleetZone;
  const groups = rowsOf(config["groups"]).map((row) => groupOf(row, fleetHosts, zone));
  const input = {
    ...(groups.length > 0 ? { groups } : { hosts: fleetHosts }),
    conduct,
    ...texts(config, ["soak", "lease", "settle", "holdFor", "maxTrial", "stageTimeout", "grace"]),
    ...texts(config, ["onFailure", "catchUp", "start"]),
    ...windowsOf(config, zone),
  };
  const plan = parsePlan(input);
  return { plan, warnings: [...orderWarnings(groups, fleetHosts), ...leftOut(plan, fleetHosts)] };
}

interface Row {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
}

type GroupInput = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly hosts: readonly FleetHost[];
};

function rowsOf(value: unknown): readonly Row[] {
  if (value === undefined || value === null || value === "") return [];
  if (!Array.isArray(value)) throw new NixwaveError("plan-invalid", "the groups are no list");
  return value.map((item: unknown, at) => {
    const fields = Object(item) as Record<string, unknown>;
    const hosts = wordsOf(fields["hosts"]);
    return { name: String(fields["name"] || hosts.join(", ") || `group ${at + 1}`), hosts, fields };
  });
}

/** A list, or words with commas or spaces between them. */
function wordsOf(value: unknown): readonly string[] {
  const words = Array.isArray(value) ? value.map(String) : String(value ?? "").split(/[\s,]+/);
  return words.filter((word) => word !== "");
}

const groupOf = (
  { name, hosts, fields }: Row,
  fleetHosts: readonly FleetHost[],
  zone: string,
): GroupInput => ({
  name,
  hosts: hosts.map((host) => fleetHosts.find((one) => one.host === host) ?? bare(host)),
  parallel: Number(fields["parallel"] || 1),
  ...texts(fields, ["approval", "reboot"]),
  ...windowsOf(fields, zone),
});

const bare = (host: string): FleetHost => ({ host, carries: [], optional: false });

/** Empty fields are the plan's own defaults. */
function texts(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const filled = names.filter((name) => fields[name] !== undefined && fields[name] !== "");
  return Object.fromEntries(filled.map((name) => [name, String(fields[name])]));
}

/** `mon-fri 22:00-06:00` and the like, one window per line; none: always, and of a row: when the plan allows it. */
function windowsOf(
  fields: Readonly<Record<string, unknown>>,
  zone: string,
): Readonly<Record<string, unknown>> {
  const [allow, deny] = [windowLines(fields["allow"]), windowLines(fields["deny"])];
  if (allow.length + deny.length === 0) return {};
  return { windows: { zone, allow, deny } };
}

const windowLines = (value: unknown): readonly unknown[] =>
  String(value ?? "")
    .split(/[\n;]+/)
    .map((line) => line.trim().toLowerCase())
    .filter((line) => line !== "")
    .map(windowOf);

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

function windowOf(line: string): unknown {
  const [, days, from, to] = /^(?:([a-z, -]+?)\s+)?(\d\d:\d\d)\s*-\s*(\d\d:\d\d)$/.exec(line) ?? [];
  if (from === undefined || to === undefined) {
    throw new NixwaveError(
      "plan-invalid",
      `${JSON.stringify(line)}: write it like mon-fri 22:00-06:00`,
    );
  }
  return { from, to, ...(days === undefined ? {} : { days: daysOf(days) }) };
}

const daysOf = (text: string): readonly string[] => text.split(/[\s,]+/).flatMap(daysFrom);

/** `fri-mon` goes past the end of the week; a word that is no day is refused by the plan's own parser. */
function daysFrom(word: string): readonly string[] {
  const [first = "", last = first] = word.split("-");
  const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
  if (from < 0 || to < 0) return [word];
  return DAYS.map((_day, at) => DAYS[(from + at) % 7] as string).slice(
    0,
    ((to - from + 7) % 7) + 1,
  );
}

/** Carriers go last whatever the rows say (DESIGN 8); who wrote another order should know. */
function orderWarnings(
  groups: readonly GroupInput[],
  fleetHosts: readonly FleetHost[],
): readonly string[] {
  const order =
    groups.length > 0 ? groups.map(({ hosts }) => hosts) : fleetHosts.map((one) => [one]);
  return order.flatMap((hosts, at) => {
    const carrier = hosts.find(({ carries }) => carries.length > 0);
    if (!carrier) return [];
    const later = order
      .slice(at + 1)
      .flat()
      .some(({ carries }) => carries.length === 0);
    if (!later && hosts.length === 1) return [];
    const what = carrier.carries.join(" and ");
    return [`${carrier.host} carries the ${what}: it goes last and alone, whatever its row says`];
  });
}

function leftOut(plan: Plan, fleetHosts: readonly FleetHost[]): readonly string[] {
  const planned = new Set<string>(
    plan.groups.flatMap(({ hosts }) => hosts.map(({ host }) => host)),
  );
  return fleetHosts
    .filter(({ host }) => !planned.has(host))
    .map(({ host }) => `${host} is in no group: releases leave it out`);
}
