import type { HostName, RolloutId } from "../contract/index.ts";
import type { Verdict } from "../gate/index.ts";
import type { Reason } from "../rollout/index.ts";
import type { Home } from "./home.ts";
import { verdictBrief, whyText, withoutStop } from "./reason.ts";
import { say } from "./say.ts";
import type { Situation } from "./situation.ts";
import { wordFor } from "./words-of.ts";

interface HostThatEnded {
  readonly host: HostName;
  readonly state: string;
  readonly why: Reason | null;
}

/** A host that went wrong with its reason at once: a phone that lies on the table shows the title alone. */
export function wrongTitle(
  { host, state, why }: HostThatEnded,
  verdict: Verdict | null,
  { language }: Home,
): string {
  const word = wordFor("host", state, language);
  const brief = verdict ? verdictBrief(verdict, language) : withoutStop(whyText(why, language));
  if (brief === "") return say(language, "notice.host", { host, state: word });
  return say(language, "notice.hostBecause", { host, state: word, why: brief });
}

/**
 * The gate's verdict by which a host was undone, where it was not healthy.
 * @param attempt null: whichever was the last
 */
export function verdictOn(
  { host, state }: Pick<HostThatEnded, "host" | "state">,
  rollout: RolloutId | null,
  attempt: number | null,
  { verdict }: Situation,
): Verdict | null {
  if (verdict === null || state !== "RolledBack" || verdict.status === "Successful") return null;
  const turn = `${rollout}/${host}/`;
  const isMeant =
    attempt === null ? verdict.run.startsWith(turn) : verdict.run === `${turn}${attempt}`;
  return isMeant ? verdict : null;
}
