import type { Conductor } from "../../src/conductor/index.ts";
import type { EpochMs } from "../../src/contract/index.ts";
import {
  formatDuration,
  formatWhen,
  type Home,
  releaseTitle,
  whyText,
  wordFor,
} from "../../src/people/index.ts";
import { readReason, type Standing, standing } from "../../src/rollout/index.ts";

const MOST = 20;

/** Rollouts that have ended, newest first, in words. */
export const toldHistory = (conductor: Pick<Conductor, "history">, now: EpochMs, home: Home) =>
  conductor.history(MOST).map(({ rollout, endedAt, past: { status, startedAt } }) => ({
    rollout,
    release: releaseTitle(status, now, home),
    ended: formatWhen(endedAt, now, home),
    took: formatDuration(endedAt - startedAt, home.language),
    outcome: wordFor("completion", status.completion ?? "", home.language),
    standing: standingOf(status.completion),
    why: whyText(readReason(status.why), home.language),
    hosts: status.hosts.map(({ host, state, why }) => ({
      host,
      state: wordFor("host", state, home.language),
      standing: standing(state),
      why: whyText(readReason(why), home.language),
    })),
  }));

function standingOf(completion: string | null): Standing {
  if (completion === "Promoted") return "done";
  if (completion === "Superseded") return "out";
  return completion === "PartiallyPromoted" ? "waiting" : "wrong";
}
