import { type DurationMs, type HostName, parseDuration, parseHostName } from "../contract/index.ts";
import { Fields } from "./fields.ts";
import { parseWindows } from "./parse-windows.ts";
import type { Group, Plan, Windows } from "./plan.ts";
import { type Draft, type DraftHost, impossible, inOrder } from "./plan-order.ts";

/** What a plan is for which only the hosts were named. */
const DEFAULTS = {
  soak: "5m",
  lease: "15m",
  settle: "10m",
  stageTimeout: "2h",
  grace: "2m",
  maxTrial: "6h",
  rebootAllowance: "15m",
  holdFor: "4h",
};
const ALWAYS = { zone: "UTC", allow: [], deny: [] };
const MAX_HOSTS = 100_000;

/**
 * Reads a plan as a person writes it: a list of host names, or an object with `hosts` or `groups` and what
 * differs from the defaults; durations like `10m`.
 * @throws NixwaveError plan-invalid | plan-impossible
 */
export function parsePlan(input: unknown): Plan {
  const fields = new Fields(Array.isArray(input) ? { hosts: input } : input, "");
  const groups = inOrder(readGroups(fields));
  const lasting = (name: keyof typeof DEFAULTS): DurationMs =>
    fields.or(name, parseDuration(DEFAULTS[name]), () => fields.text(name, parseDuration));
  const plan: Plan = {
    groups,
    carriersFrom: groups.filter((one) => !carriesAny(one)).flatMap(({ hosts }) => hosts).length,
    start: fields.or("start", "automatic", () => fields.oneOf("start", ["automatic", "manual"])),
    conduct: fields.or("conduct", "default", () => fields.oneOf("conduct", ["default", "flow"])),
    gates: fields.or("gates", [], () => fields.list("gates", readGate)),
    soak: lasting("soak"),
    lease: lasting("lease"),
    maxTrial: lasting("maxTrial"),
    rebootAllowance: lasting("rebootAllowance"),
    settle: lasting("settle"),
    stageTimeout: lasting("stageTimeout"),
    grace: lasting("grace"),
    holdFor: lasting("holdFor"),
    onFailure: fields.or("onFailure", "ask", () =>
      fields.oneOf("onFailure", ["ask", "stop", "roll-back"]),
    ),
    catchUp: fields.or("catchUp", "automatic", () =>
      fields.oneOf("catchUp", ["automatic", "never"]),
    ),
    windows: fields.or("windows", ALWAYS, () => parseWindows(fields.raw("windows"), "/windows")),
  };
  refuseTooLong(plan);
  return fields.done(plan);
}

/** A trial that cannot last as long as its soak is refused with the arithmetic, not rolled back every time. */
function refuseTooLong({ soak, lease, grace, maxTrial }: Plan): void {
  if (lease > maxTrial) {
    throw impossible(`a lease of ${shown(lease)} is longer than maxTrial, ${shown(maxTrial)}`);
  }
  if (soak + grace > maxTrial) {
    const needed = `a soak of ${shown(soak)} and a grace of ${shown(grace)}`;
    const sum = shown(soak + grace);
    throw impossible(`${needed} make ${sum}: a trial may last ${shown(maxTrial)} (maxTrial)`);
  }
  if (soak + grace > lease && lease < 2 * grace) {
    const least = `twice the grace of ${shown(grace)}`;
    throw impossible(`a lease of ${shown(lease)} is too short to be extended in time: ${least}`);
  }
}

const shown = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`);

const carriesAny = ({ hosts }: Group): boolean => hosts.some((one) => one.carries.length > 0);
const readGate = (item: unknown, where: string) =>
  new Fields({ gate: item }, where).oneOf("gate", ["preflight", "soak", "final"]);

/** A plain list is an order: each host is a group of its own. */
function readGroups(fields: Fields): readonly Draft[] {
  if (fields.has("hosts") === fields.has("groups")) {
    throw fields.fault("", "must name either hosts or groups");
  }
  const groups = fields.has("groups")
    ? fields.list("groups", readGroup)
    : fields.list("hosts", readHost).map((one) => alone(one));
  const hosts = groups.flatMap((one) => one.hosts);
  if (hosts.length === 0) throw fields.fault("", "names no host");
  if (hosts.length > MAX_HOSTS) throw fields.fault("", `names more than ${MAX_HOSTS} hosts`);
  return groups;
}

const alone = (host: DraftHost): Draft => ({
  ...{
    name: host.host,
    hosts: [host],
    parallel: 1,
    approval: "none",
    reboot: "ask",
    windows: null,
  },
});

function readGroup(item: unknown, where: string): Draft {
  const fields = new Fields(item, where);
  return fields.done({
    name: fields.text("name", (text) => text.slice(0, 80)),
    hosts: fields.list("hosts", readHost),
    parallel: fields.or("parallel", 1, () => fields.whole("parallel", 1)),
    approval: fields.or("approval", "none", () =>
      fields.oneOf("approval", ["none", "group", "host"]),
    ),
    reboot: fields.or("reboot", "ask", () => fields.oneOf("reboot", ["ask", "never"])),
    windows: fields.or<Windows | null>("windows", null, () =>
      parseWindows(fields.raw("windows"), `${where}/windows`),
    ),
  });
}

function readHost(item: unknown, where: string): DraftHost {
  const fields = new Fields(typeof item === "string" ? { host: item } : item, where);
  return fields.done({
    host: fields.text("host", parseHostName),
    after: fields.or<readonly HostName[]>("after", [], () => fields.list("after", readName)),
    optional: fields.or("optional", false, () => fields.flag("optional")),
    carries: fields.or<DraftHost["carries"]>("carries", [], () => fields.list("carries", readRole)),
  });
}

const readName = (item: unknown, where: string): HostName =>
  new Fields({ host: item }, where).text("host", parseHostName);
const readRole = (item: unknown, where: string): "broker" | "hub" =>
  new Fields({ role: item }, where).oneOf("role", ["broker", "hub"]);
