/** Tally of what was looked at: a check that never looked has proved nothing. */
export interface Looked {
  steps: number;
  rollouts: number;
  trials: number;
  commits: number;
  ends: number;
  crashes: number;
  /** Trials and pulls that a rule of the host could have held back. */
  guarded: number;
  completions: Record<string, number>;
  hostEnds: Record<string, number>;
}

export const lookedAtNothing = (): Looked => ({
  ...{ steps: 0, rollouts: 0, trials: 0, commits: 0, ends: 0, crashes: 0, guarded: 0 },
  ...{ completions: {}, hostEnds: {} },
});
