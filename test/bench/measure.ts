import { performance } from "node:perf_hooks";

/** Two ways of doing one thing, timed in turn within one run: only their ratio is worth quoting. */
export interface Pair {
  readonly ours: () => void | Promise<void>;
  readonly peer: () => void | Promise<void>;
  /** Calls per window; a window is long against the clock's grain. */
  readonly callsPerWindow: number;
  readonly windows: number;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface PairResult {
  readonly oursUs: Spread;
  readonly peerUs: Spread;
  readonly ratio: Spread;
}

export async function measurePair(pair: Pair): Promise<PairResult> {
  const { ours, peer } = await inTurn({
    ours: () => windowUs(pair.ours, pair.callsPerWindow),
    peer: () => windowUs(pair.peer, pair.callsPerWindow),
    windows: pair.windows,
  });
  return { oursUs: spread(ours), peerUs: spread(peer), ratio: spread(ratios(ours, peer)) };
}

/** Two ways of doing one thing, each a window that brings its own measurement. */
export interface Turns<T> {
  readonly ours: () => Promise<T>;
  readonly peer: () => Promise<T>;
  readonly windows: number;
  readonly onTurn?: (turn: number) => void;
}

export interface TurnResult<T> {
  readonly ours: readonly T[];
  readonly peer: readonly T[];
}

/** One uncounted window of each to warm up, then one of each in turn. */
export async function inTurn<T>({ ours, peer, windows, onTurn }: Turns<T>): Promise<TurnResult<T>> {
  await ours();
  await peer();
  const result = { ours: [] as T[], peer: [] as T[] };
  for (let turn = 0; turn < windows; turn++) {
    onTurn?.(turn);
    result.ours.push(await ours());
    result.peer.push(await peer());
  }
  return result;
}

export interface Latencies extends PairResult {
  /** Every single one, in us. */
  readonly allOursUs: readonly number[];
  readonly allPeerUs: readonly number[];
}

/** The same for windows of single latencies (us): a window counts by its median. */
export async function measureLatencies(turns: Turns<readonly number[]>): Promise<Latencies> {
  const { ours, peer } = await inTurn(turns);
  const oursUs = ours.map((window) => quantile(window, 0.5));
  const peerUs = peer.map((window) => quantile(window, 0.5));
  return {
    oursUs: spread(oursUs),
    peerUs: spread(peerUs),
    ratio: spread(ratios(oursUs, peerUs)),
    allOursUs: ours.flat(),
    allPeerUs: peer.flat(),
  };
}

/** Element by element, so that a slow moment of the machine falls on both sides. */
export const ratios = (ours: readonly number[], peer: readonly number[]): number[] =>
  ours.map((value, index) => value / (peer[index] ?? Number.NaN));

export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: quantile(values, 0), max: quantile(values, 1) };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

async function windowUs(run: () => void | Promise<void>, calls: number): Promise<number> {
  const startMs = performance.now();
  for (let call = 0; call < calls; call++) {
    const pending = run();
    if (pending) await pending;
  }
  return ((performance.now() - startMs) * 1000) / calls;
}

/** `calls` latencies in us, one after another; each call says when what it waits for is there. */
export async function latenciesUs(calls: number, once: () => Promise<void>): Promise<number[]> {
  const found: number[] = [];
  for (let call = 0; call < calls; call++) {
    const startMs = performance.now();
    await once();
    found.push((performance.now() - startMs) * 1000);
  }
  return found;
}
