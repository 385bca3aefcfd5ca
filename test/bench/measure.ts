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
  const ours: number[] = [];
  const peer: number[] = [];
  await windowUs(pair.ours, pair.callsPerWindow);
  await windowUs(pair.peer, pair.callsPerWindow);
  for (let turn = 0; turn < pair.windows; turn++) {
    ours.push(await windowUs(pair.ours, pair.callsPerWindow));
    peer.push(await windowUs(pair.peer, pair.callsPerWindow));
  }
  return { oursUs: spread(ours), peerUs: spread(peer), ratio: spread(ratios(ours, peer)) };
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
