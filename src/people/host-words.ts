import { type EpochMs, type StorePath, wireGap } from "../contract/index.ts";
import { type Reason, type Standing, standing } from "../rollout/index.ts";
import type { Home } from "./home.ts";
import { MAX_VALUE, readable } from "./readable.ts";
import { whyText } from "./reason.ts";
import { type NamedRelease, releaseTitle } from "./release-title.ts";
import { say } from "./say.ts";
import { wordFor } from "./words-of.ts";

/** What is known of one host when a page shows it. */
export interface HostSeen {
  readonly online: boolean;
  /** What it runs as it said itself; null when it was never heard. */
  readonly current: StorePath | null;
  /** The release of that; null when none known here has it. */
  readonly running: NamedRelease | null;
  /** Its host state in the rollout under way or the last one; null: takes no part. */
  readonly stepState: string | null;
  readonly why: Reason | null;
  readonly drift: "none" | "drifted" | "taken-over";
  readonly rebootNeeded: boolean;
  readonly isLocked: boolean;
  /** The wire versions that it speaks, as it said itself; absent or null when it was never heard. */
  readonly wire?: readonly number[] | null;
}

type Mark = "offline" | "drifted" | "reboot" | "locked" | "older" | "newer" | "apart";

export interface HostWords {
  /** The release it runs by date and title, else the name of the system. */
  readonly running: string;
  /** Empty when it takes no part. */
  readonly state: string;
  readonly standing: Standing;
  readonly why: string;
  /** What a person should know beyond the rollout. */
  readonly marks: readonly { readonly kind: Mark; readonly text: string }[];
}

export function hostWords(seen: HostSeen, at: EpochMs, home: Home): HostWords {
  const { language } = home;
  const { stepState } = seen;
  return {
    running: runningWords(seen, at, home),
    state: stepState === null ? "" : wordFor("host", stepState, language),
    standing: stepState === null ? "out" : standing(stepState),
    why: whyText(seen.why, language),
    marks: marksOf(seen).map((kind) => ({ kind, text: say(language, `sight.${kind}`) })),
  };
}

function runningWords({ current, running }: HostSeen, at: EpochMs, home: Home): string {
  if (running) return releaseTitle(running, at, home);
  return readable(current ?? "", MAX_VALUE) || say(home.language, "sight.unheard");
}

function marksOf({ online, drift, rebootNeeded, isLocked, wire }: HostSeen): readonly Mark[] {
  const gap = wire ? wireGap(wire) : "none";
  const marks: readonly (readonly [Mark, boolean])[] = [
    ["offline", !online],
    ["locked", isLocked],
    ["drifted", drift !== "none"],
    ["reboot", rebootNeeded],
  ];
  const found = marks.filter(([, applies]) => applies).map(([mark]) => mark);
  return gap === "none" ? found : [...found, gap];
}
