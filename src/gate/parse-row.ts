import { type HostName, parseHostName } from "../contract/index.ts";
import { parseJsonPath } from "./decoders/json-path.ts";
import { Fields, isText, shown } from "./fields.ts";
import { type AskNow, type Control, DEMANDS, type GateRow, LINKS, type Link } from "./plan.ts";
import { FORMATS, type Format } from "./reading.ts";

const MAX_SOURCES = 50;
const MAX_QUERY_LENGTH = 2000;
const MAX_UNIT = 16;
/** Tasmota's TelePeriod as it ships, and a usual scrape interval. */
const INTERVAL_MS: Readonly<Record<Link, number>> = { broker: 300_000, prometheus: 30_000 };
const HOUR_MS = 3_600_000;
const LIMITED = ["above", "at-least", "below", "at-most"];

interface Sources {
  readonly link: Link;
  readonly sources: readonly string[];
}

/** One row as a person enters it: a topic, a demand and a limit are enough. Faults are appended. */
export function parseRow(value: unknown, where: string, faults: string[]): GateRow {
  const fields = new Fields(value, where, faults);
  const { link, sources } = parseSources(fields);
  const is = fields.choice("is", "live", DEMANDS);
  if (!fields.has("is")) fields.fault("is", `one of ${DEMANDS.join(", ")} is missing`);
  const path = fields.freeText("path");
  const format = parseFormat(fields, { link, sources, path, alerts: is === "no-new-alert" });
  const ask = parseAsk(fields, faults);
  const intervalMs = fields.duration("interval", INTERVAL_MS[link]);
  const expireAfterMs = fields.duration("expireAfter", 3 * reportsEvery({ intervalMs, ask }));
  const compares = fields.has("allowedIncrease") || fields.has("allowedDecrease");
  const looksBack = compares || is === "no-new-alert";
  const row: GateRow = {
    name: fields.text("name", `${sources[0] ?? ""} ${path}`.trim().slice(0, 256), 256),
    link,
    sources,
    format,
    path,
    is,
    limit: fields.number("limit"),
    unit: parseUnit(fields),
    margin: fields.amount("margin", 0) as number,
    quorum: fields.count("quorum", Math.max(1, sources.length), MAX_SOURCES),
    intervalMs,
    expireAfterMs,
    noDataLimitMs: fields.duration("noDataLimit", expireAfterMs),
    stuckAfterMs: fields.duration("stuckAfter", null),
    baselineWindowMs: fields.duration("baselineWindow", looksBack ? HOUR_MS : null),
    allowedIncrease: fields.amount("allowedIncrease", null),
    allowedDecrease: fields.amount("allowedDecrease", null),
    control: parseControl(fields, faults),
    carriedBy: parseHosts(fields),
    ask,
  };
  fields.refuseUnknown();
  checkDemand(fields, row);
  return row;
}

function parseUnit(fields: Fields): string {
  const unit = fields.freeText("unit", MAX_UNIT);
  if (/\s/u.test(unit)) fields.fault("unit", `a unit has no spaces: ${shown(unit)}`);
  return unit;
}

/** How often a fresh reading can be had. */
export const reportsEvery = ({ intervalMs, ask }: Pick<GateRow, "intervalMs" | "ask">): number =>
  ask === null ? intervalMs : Math.min(intervalMs, ask.everyMs);

/** `topic`, `topics`, `query` or `queries`; `link` with `sources` is the same, already parsed. */
function parseSources(fields: Fields): Sources {
  const given = ["topic", "topics", "query", "queries", "sources"].filter((name) =>
    fields.has(name),
  );
  const [name = "topic"] = given;
  if (given.length !== 1)
    fields.fault(name, "exactly one of topic, topics, query, queries is needed");
  const parsed = fields.choice("link", "broker", LINKS);
  const link = name === "sources" ? parsed : /^quer/.test(name) ? "prometheus" : "broker";
  const value = given.map((one) => fields.take(one))[0];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const sources = list.filter((item) => isSource(link, item));
  if (sources.length !== list.length || list.length < 1 || list.length > MAX_SOURCES) {
    fields.fault(name, sourceFault(link, list));
  }
  if (new Set(sources).size !== sources.length) fields.fault(name, "a source stands twice");
  return { link, sources };
}

function isSource(link: Link, value: unknown): value is string {
  if (link === "prometheus") return isText(value, MAX_QUERY_LENGTH);
  return isText(value, 1024) && !/[+#\0]/.test(value);
}

const sourceFault = (link: Link, list: readonly unknown[]): string =>
  link === "broker"
    ? `1 to ${MAX_SOURCES} whole topics without + and # are expected, not ${shown(list)}`
    : `1 to ${MAX_SOURCES} queries are expected, not ${shown(list)}`;

function parseFormat(
  fields: Fields,
  row: Sources & { readonly path: string; readonly alerts: boolean },
): Format {
  const format = fields.choice("format", formatOf(row), FORMATS);
  if (format === "json") {
    try {
      parseJsonPath(row.path);
    } catch (error) {
      fields.fault("path", (error as Error).message);
    }
  }
  return format;
}

/** What a topic usually carries, so that a beginner need not choose. */
function formatOf({ link, sources, path, alerts }: Parameters<typeof parseFormat>[1]): Format {
  if (alerts) return "alerts";
  if (link === "prometheus") return "prometheus";
  const [topic = ""] = sources;
  if (/\/(?:SENSOR|STATE|LWT|RESULT|STATUS8|STATUS10|POWER\d*)$/.test(topic)) return "tasmota";
  if (topic.startsWith("zigbee2mqtt/")) return "zigbee2mqtt";
  if (topic.startsWith("shellies/")) return "shelly1";
  if (/\/(?:events\/rpc|status\/[a-z_]+:\d+)$/.test(topic)) return "shelly2";
  return path === "" ? "plain" : "json";
}

function parseAsk(fields: Fields, faults: string[]): AskNow | null {
  const value = fields.take("ask");
  if (value === undefined) return null;
  const ask = new Fields(value, fields.at("ask"), faults);
  const topic = ask.text("topic", "");
  if (!isSource("broker", topic)) ask.fault("topic", "a whole topic without + and # is needed");
  const payload = ask.freeText("payload");
  const everyMs = ask.duration("every", 60_000);
  if (everyMs < 1000) ask.fault("every", "at least 1s is needed: sensors are asked, not flooded");
  ask.refuseUnknown();
  return { topic, payload, everyMs };
}

function parseControl(fields: Fields, faults: string[]): Control | null {
  const value = fields.take("control");
  if (value === undefined) return null;
  const control = new Fields(value, fields.at("control"), faults);
  const { link, sources } = parseSources(control);
  const path = control.freeText("path");
  const format = parseFormat(control, { link, sources, path, alerts: false });
  control.refuseUnknown();
  return { link, sources, format, path };
}

function parseHosts(fields: Fields): readonly HostName[] {
  const hosts: HostName[] = [];
  for (const name of fields.list("carriedBy", 1000)) {
    try {
      hosts.push(parseHostName(String(name)));
    } catch (error) {
      fields.fault("carriedBy", (error as Error).message);
    }
  }
  return hosts;
}

function checkDemand(fields: Fields, row: GateRow): void {
  const { is, limit, quorum, sources, allowedIncrease, allowedDecrease } = row;
  const looksAtChange = allowedIncrease !== null || allowedDecrease !== null;
  if (LIMITED.includes(is) !== (limit !== null)) {
    fields.fault("limit", LIMITED.includes(is) ? `${is} needs a limit` : `${is} has no limit`);
  }
  if (is === "steady" && !looksAtChange) {
    fields.fault("is", "steady needs allowedIncrease or allowedDecrease");
  }
  if (looksAtChange && ![...LIMITED, "steady"].includes(is)) {
    fields.fault("allowedIncrease", `${is} is not about a number, so it cannot rise or fall`);
  }
  if (row.control !== null && !looksAtChange) {
    fields.fault("control", "a control sensor needs allowedIncrease or allowedDecrease");
  }
  if ((is === "no-new-alert") !== (row.format === "alerts")) {
    fields.fault("format", "no-new-alert and the format alerts belong together");
  }
  if (quorum > sources.length) {
    fields.fault("quorum", `${quorum} of ${sources.length} sources cannot be met`);
  }
}
