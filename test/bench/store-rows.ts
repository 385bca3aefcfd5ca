import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { instant, parseRolloutId } from "../../src/contract/index.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { measurePair, quantile, ratios, spread } from "./measure.ts";
import { type Comparisons, type Measured, spreadMs, spreadUs, type Tell } from "./row.ts";

const FLEETS = [10, 1000, 10_000] as const;
const ROUNDS = 41;
/** Nothing is warm between two decisions of a home: back to back everything would be faster than it is. */
const PAUSE_MS = 120;
const SAME_AT_EVERY_SIZE = 1.25;

type Json = Readonly<Record<string, unknown>>;
type BenchStore = Store<Json, Json, Json>;
const START_MS = Date.UTC(2026, 0, 1);
const asJson = (json: unknown): Json => json as Json;
const openBenchStore = (folder: string): BenchStore =>
  openStore(folder, {
    parseState: asJson,
    parseEvent: asJson,
    parsePast: asJson,
    at: instant(START_MS),
  });
const newFolder = (): string => mkdtempSync(join(tmpdir(), "nixwave-bench-store-"));

const pathOf = (n: number): string =>
  `/nix/store/${String(n).padStart(32, "0")}-nixos-system-host-26.05`;
const hostOf = (n: number): Json => ({
  host: `host-${n}`,
  online: true,
  sessions: [`0b9f21de-7c1b-4b5e-9d55-${String(n).padStart(12, "0")}`],
  seq: n,
  current: pathOf(n),
  good: [{ target: pathOf(n), statement: "a".repeat(64), serial: START_MS }],
  step: { state: "Staged", why: "", since: START_MS, attempt: 1, target: pathOf(n + 1) },
});
const stateOf = (hosts: number): Json => ({
  v: 1,
  hosts: Array.from({ length: hosts }, (_, n) => hostOf(n)),
});
const eventOf = (n: number): Json => ({
  type: "HostReported",
  at: START_MS + n,
  live: true,
  report: { ...hostOf(n % 10), phase: "trial", outcome: null, refusal: null },
});

/** A line at the end of a file and a sync: what any journal has to do. */
function openLines(): { append(event: Json): void; close(): void } {
  const descriptor = openSync(join(newFolder(), "events.jsonl"), "a");
  return {
    append: (event) => {
      writeSync(descriptor, `${JSON.stringify(event)}\n`);
      fdatasyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
}

function usOf(step: () => void): number {
  const startMs = performance.now();
  step();
  return (performance.now() - startMs) * 1000;
}

async function durableStep(tell: Tell): Promise<Measured> {
  const lines = openLines();
  const stores = FLEETS.map((hosts) => {
    const store = openBenchStore(newFolder());
    store.snapshot(stateOf(hosts));
    return store;
  });
  const ways = [
    (n: number) => lines.append(eventOf(n)),
    ...stores.map((store) => (n: number) => store.append([eventOf(n)])),
  ];
  const us: number[][] = ways.map(() => []);
  for (let round = -1; round < ROUNDS; round++) {
    tell(`step ${round + 1} of ${ROUNDS}`);
    for (let turn = 0; turn < ways.length; turn++) {
      const way = (round + 1 + turn) % ways.length; // whoever comes first would always pay for it
      await pause(PAUSE_MS);
      const took = usOf(() => ways[way]?.(round + 1));
      if (round >= 0) us[way]?.push(took); // the first round warms up
    }
  }
  lines.close();
  for (const store of stores) store.close();
  return compare(us);
}

function compare([line = [], ...sizes]: readonly number[][]): Measured {
  const against = sizes.map((size) => spread(ratios(size, line)));
  const worst = [...against].sort((a, b) => b.median - a.median)[0] ?? spread([]);
  const growth = quantile(ratios(sizes.at(-1) ?? [], sizes[0] ?? []), 0.5);
  return {
    ours: FLEETS.map(
      (hosts, index) => `${hosts} hosts ${spreadUs(spread(sizes[index] ?? []))}`,
    ).join("; "),
    peer: `append + fdatasync ${spreadUs(spread(line))}`,
    ratio: worst,
    also: {
      text: `a step at ${FLEETS.at(-1)} hosts / at ${FLEETS[0]}: ${growth.toFixed(2)}`,
      met: growth <= SAME_AT_EVERY_SIZE,
    },
  };
}

/** Three rollouts a day for a year, and the most events that wait for a snapshot. */
const ROLLOUTS = 1000;
const TAIL = 1000;
const HOSTS = 4;

function fillYear(folder: string): string {
  const store = openBenchStore(folder);
  const lines: string[] = [];
  const past = { ...stateOf(HOSTS), title: "nixpkgs bump", completion: "Promoted" };
  store.atomically(() => {
    for (let n = 0; n < ROLLOUTS; n++) {
      const endedAt = instant(START_MS + n * 8 * 3_600_000);
      store.recordEnd({ rollout: parseRolloutId(`main-${n}`), endedAt, past });
      lines.push(JSON.stringify(past));
    }
    store.snapshot(stateOf(HOSTS));
    store.append(Array.from({ length: TAIL }, (_, n) => eventOf(n)));
    for (let n = 0; n < TAIL; n++) lines.push(JSON.stringify(eventOf(n)));
  });
  store.close();
  return lines.join("\n");
}

async function restart(): Promise<Measured> {
  const folder = newFolder();
  const file = join(folder, "year.jsonl");
  const descriptor = openSync(file, "w");
  writeSync(descriptor, fillYear(folder));
  closeSync(descriptor);
  const { oursUs, peerUs, ratio } = await measurePair({
    ours: () => {
      const store = openBenchStore(folder);
      if (store.recovered !== null || store.load().tail.length !== TAIL) throw new Error("lost");
      store.close();
    },
    peer: () => {
      const lines = readFileSync(file, "utf8").split("\n").map(asParsed);
      if (lines.length !== ROLLOUTS + TAIL) throw new Error("lost");
    },
    callsPerWindow: 1,
    windows: 15,
  });
  const ms = ({ median, min, max }: typeof oursUs) =>
    spreadMs({ median: median / 1000, min: min / 1000, max: max / 1000 });
  return {
    ours: `open, check, load, close ${ms(oursUs)}`,
    peer: `read and parse ${ms(peerUs)}`,
    ratio,
  };
}

const asParsed = (line: string): unknown => JSON.parse(line);

export const storeRows: Comparisons = {
  "durable-step": {
    about:
      "durable-step: an event into the hub's journal / a line appended to a file with fdatasync; paced; the slowest fleet size counts",
    goal: 1.6,
    alsoGoal: `the same at every fleet size (at most ${SAME_AT_EVERY_SIZE})`,
    measure: durableStep,
  },
  restart: {
    about: `restart: the hub's journal with a year of history (${ROLLOUTS} rollouts of ${HOSTS} hosts, ${TAIL} events) / the same as lines of JSON, read and parsed without any check`,
    measure: restart,
  },
};
