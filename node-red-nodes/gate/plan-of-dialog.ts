import { type GatePlan, parsePlan } from "../../src/gate/index.ts";

/** Gives a typed field its value: a number as it stands, or what an environment variable holds. */
export type ReadTyped = (value: string, type: string) => unknown;

type Fields = Readonly<Record<string, unknown>>;

const DURATIONS = ["interval", "expireAfter", "noDataLimit", "stuckAfter", "baselineWindow"];
const AMOUNTS = ["margin", "quorum", "allowedIncrease", "allowedDecrease"];
const COUNTS = ["consecutiveSuccess", "failureCount", "failureWindow", "errorLimit"];
/** Its sources are queries, which a broker knows nothing of. */
const QUERIED: ReadonlySet<unknown> = new Set(["prometheus", "alerts"]);

/**
 * The gate's plan as its dialog says it; fields left empty are the plan's own defaults.
 * @throws ContractError gate-plan-invalid | gate-unsatisfiable
 */
export function planOfDialog(config: Fields, read: ReadTyped): GatePlan {
  const rows: readonly unknown[] = Array.isArray(config["rows"]) ? config["rows"] : [];
  return parsePlan({
    rows: rows.map((row) => rowInput(Object(row) as Fields, read)),
    ...texts(config, ["soak", "initialDelay", "timeout", "onInconclusive"]),
    ...numbers(config, COUNTS, read),
    ...(config["dryRun"] === true ? { dryRun: true } : {}),
  });
}

function rowInput(row: Fields, read: ReadTyped): Fields {
  const format = textOf(row, "format");
  const source = textOf(row, "topic");
  const sources = QUERIED.has(format)
    ? { query: source, format }
    : { topics: topicsIn(source), ...(format === "" || format === "auto" ? {} : { format }) };
  return {
    ...sources,
    ...texts(row, ["name", "path", "is", "unit", ...DURATIONS]),
    ...(textOf(row, "limit") === "" ? {} : { limit: limitOf(row, read) }),
    ...numbers(row, AMOUNTS, read),
    ...carriedBy(row),
    ...askInput(row),
    ...controlInput(row),
  };
}

/** Some sensors that say the same of one room stand in one row. */
const topicsIn = (text: string): readonly string[] =>
  text.split(/\s*,\s*/).filter((topic) => topic !== "");

const limitOf = (row: Fields, read: ReadTyped): unknown =>
  numberOr(read(textOf(row, "limit"), textOf(row, "limitType") || "num"));

function carriedBy(row: Fields): Fields {
  const hosts = textOf(row, "carriedBy")
    .split(/[\s,]+/)
    .filter((host) => host !== "");
  return hosts.length === 0 ? {} : { carriedBy: hosts };
}

function askInput(row: Fields): Fields {
  const topic = textOf(row, "askTopic");
  if (topic === "") return {};
  const every = textOf(row, "askEvery");
  const payload = textOf(row, "askPayload");
  return { ask: { topic, payload, ...(every === "" ? {} : { every }) } };
}

/** Where it says no path of its own, it is read as the row is. */
function controlInput(row: Fields): Fields {
  const topic = textOf(row, "controlTopic");
  if (topic === "") return {};
  const path = textOf(row, "controlPath") || textOf(row, "path");
  const format = textOf(row, "controlFormat");
  const own = format === "" || format === "auto" ? {} : { format };
  return { control: { topic, ...own, ...(path === "" ? {} : { path }) } };
}

const texts = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(
    names.map((name) => [name, textOf(fields, name)]).filter(([, text]) => text !== ""),
  );

const numbers = (fields: Fields, names: readonly string[], read: ReadTyped): Fields =>
  Object.fromEntries(
    Object.entries(texts(fields, names)).map(([name, text]) => [
      name,
      numberOr(read(String(text), "num")),
    ]),
  );

/** What is no number is left as it is, so that the plan's own parser names it. */
function numberOr(value: unknown): unknown {
  const text = String(value ?? "").trim();
  return text === "" || Number.isNaN(Number(text)) ? value : Number(text);
}

const textOf = (fields: Fields, name: string): string => String(fields[name] ?? "").trim();
