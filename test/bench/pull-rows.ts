import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { type Closure, defaultJobs, type NixSettings } from "../../agent/pull/nix-settings.ts";
import { openNixStore } from "../../agent/pull/nix-store.ts";
import { createDemoCache, demoStorePath } from "../../src/cli/demo/demo-cache.ts";
import { file, folder } from "../../src/cli/demo/nar.ts";
import { formatPublicKey, type StorePath } from "../../src/contract/index.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { narHashIn, noise, SYSTEM } from "../system/pull-rig.ts";
import { bundledProgram } from "./bundled-program.ts";
import { inTurn, ratios, spread } from "./measure.ts";
import { type Comparison, type Comparisons, type Measured, spreadMs, type Tell } from "./row.ts";

const KEY = keyFrom("bench-cache-1");
const FILES = 8;
const FILE_BYTES = 64 * 1024;
const WINDOWS = 9;
const LIMITS = { pullMs: 600_000, stallMs: 60_000 };
const JOBS = 16;
const MOST_MEMORY_MIB = 100;
const GIB = 1024 ** 3;

interface Source {
  readonly closure: Closure;
  readonly url: string;
  close(): void;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A closure whose paths refer to each other as a binary tree does, and its cache. */
async function openSource(paths: number, latencyMs: number): Promise<Source> {
  const directory = mkdtempSync(join(tmpdir(), "cache-"));
  const demo = await createDemoCache(directory, KEY);
  const all = Array.from(
    { length: paths },
    (_, n): StorePath => demoStorePath(`part-${n}`, "bench"),
  );
  const at = (n: number): StorePath[] => all.slice(n, n + 1);
  for (const [n, path] of all.entries()) {
    const files = Array.from({ length: FILES }, (_, m) => [
      `file-${m}`,
      file(noise(`${n}/${m}`, FILE_BYTES)),
    ]);
    await demo.add(path, folder(Object.fromEntries(files)), [...at(2 * n + 1), ...at(2 * n + 2)]);
  }
  const [top] = all;
  if (top === undefined) throw new Error("a closure has at least one path");
  const closure = { storePath: top, narHash: await narHashIn(demo, top), system: SYSTEM };
  const server = spawn(process.execPath, [here("cache-process.ts"), directory, String(latencyMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
  return { closure, url, close: () => void server.kill() };
}

/** A new folder for each run, and none is removed: ext4 takes seconds to give inodes out again. */
function freshSettings(url: string, jobs = JOBS): NixSettings {
  const root = mkdtempSync(join(tmpdir(), "host-"));
  return {
    ...{ root, substituters: [url], cacheKeys: [KEY.publicKey], netrcFile: null, jobs },
    cacheDirectory: join(root, "cache"),
    path: process.env["PATH"] ?? "",
    limits: LIMITS,
  };
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

interface RunMs {
  readonly total: number;
  /** Contained in `total`. */
  readonly checks?: number;
}

/** All that goal stage does with Nix: preflight, pull, signatures, narHash. */
async function pullOurs({ closure, url }: Source): Promise<RunMs> {
  const store = openNixStore(freshSettings(url));
  const total = await msOf(() => store.pull(closure, () => {}));
  const checks = await msOf(() => store.pull(closure, () => {})); // again: nothing is left but to check
  return { total, checks };
}

function plain(program: string, argsFor: (root: string) => readonly string[]) {
  return async ({ url }: Source): Promise<number> => {
    const { root, cacheDirectory } = freshSettings(url);
    const env = {
      HOME: cacheDirectory,
      XDG_CACHE_HOME: cacheDirectory,
      NIX_STATE_DIR: join(cacheDirectory, "var"),
    };
    const trust = ["--option", "trusted-public-keys", formatPublicKey(KEY.publicKey)];
    return msOf(() => execa(program, [...argsFor(root), ...trust], { env }));
  };
}

const realise = (source: Source) =>
  plain("nix-store", (root) => [
    ...["--store", root, "--realise", source.closure.storePath, "--max-jobs", String(JOBS)],
    ...["--option", "substituters", source.url, "--option", "max-substitution-jobs", String(JOBS)],
  ])(source);

const copy = (source: Source) =>
  plain("nix", (root) => [
    ...["--extra-experimental-features", "nix-command", "copy", "--to", root],
    ...["--from", source.url, source.closure.storePath],
  ])(source);

interface PullPlan {
  readonly paths: number;
  readonly latencyMs: number;
  readonly peer: (source: Source) => Promise<number>;
  readonly peerName: string;
  readonly goal: number;
}

function pullRow(plan: PullPlan): Comparison {
  const { paths, latencyMs, peerName, goal } = plan;
  return {
    about: `pull of ${paths} paths at ${latencyMs} ms an answer, preflight and checks included / plain ${peerName}`,
    goal,
    measure: (tell) => measurePull(plan, tell),
  };
}

async function measurePull(
  { paths, latencyMs, peer, peerName }: PullPlan,
  tell: Tell,
): Promise<Measured> {
  const source = await openSource(paths, latencyMs);
  try {
    const turns = await inTurn<RunMs>({
      ours: () => pullOurs(source),
      peer: async () => ({ total: await peer(source) }),
      windows: WINDOWS,
      onTurn: (turn) => tell(`turn ${turn + 1} of ${WINDOWS}`),
    });
    const totals = (runs: readonly RunMs[]): number[] => runs.map(({ total }) => total);
    const [ours, theirs] = [totals(turns.ours), totals(turns.peer)];
    const part = (name: keyof RunMs): string =>
      `${name} ${spreadMs(spread(turns.ours.map((run) => run[name] ?? Number.NaN)))}`;
    return {
      ours: `${spreadMs(spread(ours))}; again, with nothing to fetch, ${part("checks")}`,
      peer: `${peerName} ${spreadMs(spread(theirs))}`,
      ratio: spread(ratios(ours, theirs)),
    };
  } finally {
    source.close();
  }
}

/** Of the process and of those it started, in MiB: each one's own peak, added up. */
async function peakMemoryMib(
  program: string,
  { closure, url }: Source,
  jobs: number,
): Promise<number> {
  const parts = [freshSettings(url, jobs), closure, formatPublicKey(KEY.publicKey)];
  const child = spawn(process.execPath, [program, JSON.stringify(parts)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "close");
  let peak = 0;
  for (let isOver = false; !isOver; ) {
    peak = Math.max(peak, treePeakMib(child));
    isOver = await Promise.race([ended.then(() => true), pause(5).then(() => false)]);
  }
  if (child.exitCode !== 0) throw new Error("the pull failed");
  return peak;
}

function treePeakMib({ pid }: ChildProcess): number {
  const read = (name: string): string => {
    try {
      return readFileSync(`/proc/${name}`, "utf8");
    } catch {
      return ""; // it has ended
    }
  };
  const own = Number(/VmHWM:\s+(\d+) kB/.exec(read(`${pid}/status`))?.[1] ?? 0);
  const children = read(`${pid}/task/${pid}/children`).split(" ").filter(Boolean);
  const peaks = children.map((one) => /VmHWM:\s+(\d+) kB/.exec(read(`${one}/status`))?.[1] ?? 0);
  return peaks.reduce((sum: number, kb) => sum + Number(kb), own) / 1024;
}

async function measureMemory(jobs: number): Promise<Measured> {
  const source = await openSource(100, 0);
  try {
    const program = await bundledProgram("pull-process.ts");
    const peaks: number[] = [];
    for (let run = 0; run < WINDOWS; run++) peaks.push(await peakMemoryMib(program, source, jobs));
    const { median, min, max } = spread(peaks);
    return {
      ours: `process and Nix with ${jobs} jobs ${median.toFixed(0)} [${min.toFixed(0)}-${max.toFixed(0)}] MiB`,
      peer: `bound ${MOST_MEMORY_MIB} MiB`,
      ratio: spread(peaks.map((peak) => peak / MOST_MEMORY_MIB)),
    };
  } finally {
    source.close();
  }
}

/** With the number of jobs that a host of this size has by default. */
const memoryRow = (gib: number): Comparison => ({
  about: `peak of the pulling process and Nix together, 100 paths, on a host with ${gib} GiB / ${MOST_MEMORY_MIB} MiB`,
  goal: 1,
  measure: () => measureMemory(defaultJobs(gib * GIB)),
});

const nearAndFar = (paths: number): Comparisons => ({
  [`pull-${paths}`]: pullRow({
    ...{ paths, latencyMs: 0, peer: realise, peerName: "nix-store --realise", goal: 1.1 },
  }),
  [`pull-${paths}-far`]: pullRow({
    ...{ paths, latencyMs: 20, peer: realise, peerName: "nix-store --realise", goal: 1.1 },
  }),
});

export const pullRows: Comparisons = {
  ...nearAndFar(100),
  ...nearAndFar(300),
  "pull-copy": pullRow({
    ...{ paths: 100, latencyMs: 20, peer: copy, peerName: "nix copy", goal: 0.2 },
  }),
  "pull-memory": memoryRow(1),
  "pull-memory-large": memoryRow(8),
};
