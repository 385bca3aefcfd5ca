import { ratios, type Spread, spread } from "./measure.ts";

/** The event loop is looked at that often. */
export const LOOK_EVERY_MS = 1;

/** What a look came too late, in ms: the histogram counts from look to look. @param betweenNs as it counts them */
export const beyondLook = (betweenNs: number): number =>
  Math.max(0, betweenNs / 1e6 - LOOK_EVERY_MS);

/** A run over so many hosts. */
export interface Sized {
  readonly hosts: number;
}

/** What one host costs: with it a large fleet and a small one can be held against each other. */
export const aHost =
  <Run extends Sized>(of: (run: Run) => number) =>
  (run: Run): number =>
    of(run) / run.hosts;

/** Run by run, so that a slow moment of the machine falls on both fleets. */
export const growth = <Run>(
  many: readonly Run[],
  few: readonly Run[],
  of: (run: Run) => number,
): Spread => spread(ratios(many.map(of), few.map(of)));
