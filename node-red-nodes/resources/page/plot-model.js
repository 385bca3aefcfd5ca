// What a plot of one row shows, out of what the hub told of its gate. Pure: no DOM, no clock.
import { clockTime, number } from "./words.js";

const MINUTE_MS = 60_000;
/** What was before the activation is seen beside what came after. */
const BEFORE_MS = 20 * MINUTE_MS;
const USUALLY_MS = 60 * MINUTE_MS;
/** A plot of one moment would be a line without length. */
const SHORTEST_MS = MINUTE_MS;

const isSwitch = ({ is }) => is === "on" || is === "off" || is === "online";

/** @returns null while nothing was heard */
export function plotModel(gate, row, now) {
  const points = row.sources.flatMap((source) => source.points);
  if (points.length === 0) return null;
  const { activatedAt, verdict } = gate;
  const last = Math.max(now, ...points.map(([at]) => at));
  const first = Math.min(...points.map(([at]) => at));
  const wanted = activatedAt === null ? last - USUALLY_MS : activatedAt - BEFORE_MS;
  const from = Math.min(Math.max(first, wanted), last - SHORTEST_MS);
  const one = row.sources.length === 1 ? row.sources[0] : null; // of several each has its own
  return {
    ...{ from, to: last, activatedAt, isSwitch: isSwitch(row) },
    judged: verdict && { at: verdict.at, status: verdict.status },
    limits: [row.low, row.high].filter((limit) => limit !== null),
    ...{ low: row.low, high: row.high, usual: one?.usual ?? null, allowed: one?.allowed ?? null },
    sources: row.sources.map(({ source, points: own }) => ({
      source,
      points: own.filter(([at]) => at >= from),
    })),
  };
}

/**
 * The columns that uPlot wants: times in seconds, then two for each source: all its readings, and the failed ones.
 * @returns {number[][]}
 */
export function columnsOf({ sources }) {
  const times = [...new Set(sources.flatMap(({ points }) => points.map(([at]) => at)))].sort(
    (a, b) => a - b,
  );
  const columns = sources.flatMap(({ points }) => {
    const values = new Map(points.map(([at, value, failed]) => [at, { value, failed }]));
    return [
      times.map((at) => values.get(at)?.value),
      times.map((at) => (values.get(at)?.failed ? values.get(at).value : null)),
    ];
  });
  return [times.map((at) => at / 1000), ...columns];
}

/** From the lowest to the highest of what is drawn, with some air. */
export function rangeOf(model) {
  if (model.isSwitch) return [-0.15, 1.15];
  const { limits, usual, allowed, sources } = model;
  const values = [
    ...sources.flatMap(({ points }) => points.map(([, value]) => value)),
    ...limits,
    ...[usual?.from, usual?.to, allowed?.from, allowed?.to].filter((value) => value != null),
  ];
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = Math.max((high - low) * 0.12, Math.abs(high) * 0.005, 0.05);
  return [low - air, high + air];
}

const measure = (value, { unit = "" }, language) => {
  const shown = number(value, language);
  if (unit === "" || (unit === "%" && language === "en")) return `${shown}${unit}`;
  return `${shown} ${unit}`;
};

export function demandOf(row, { gate }, language) {
  const { is, limit } = row;
  return gate[is]?.(limit === null ? "" : measure(limit, row, language)) ?? "";
}

export function latestOf({ points, usual }, row, { words, language, zone }) {
  const last = points.at(-1);
  if (!last) return words.gate.nothing;
  const [at, value] = last;
  const shown = isSwitch(row) ? words.gate.switched[value] : measure(value, row, language);
  const told = words.gate.now(shown, clockTime(at, zone, language));
  return usual ? `${told}, ${words.gate.usualValue(measure(usual.median, row, language))}` : told;
}
