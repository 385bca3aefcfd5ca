import { type Home, hostWords, whyText } from "../../people/index.ts";
import { readReason, type Standing } from "../../rollout/index.ts";
import type { SeenHost, Sight } from "./sight.ts";

/** One host as a person reads it. */
export interface HostRow {
  readonly host: string;
  readonly online: boolean | null;
  readonly runs: string;
  readonly state: string;
  readonly standing: Standing;
  /** Why, and what else one should know. */
  readonly note: string;
}

/** Pure. */
export const hostRows = (sight: Sight, home: Home): readonly HostRow[] =>
  sight.hosts.map((one) => rowOf(one, sight, home));

function rowOf(seen: SeenHost, { at }: Sight, home: Home): HostRow {
  const { host, online, reported, step, running, progress } = seen;
  const why = step === null ? null : readReason(step.why);
  const words = hostWords(
    {
      ...{ online: online ?? true, current: reported?.current ?? null, running, why },
      ...{ stepState: step?.state ?? null, isLocked: reported?.phase === "locked" },
      rebootNeeded: reported?.rebootRequired === true || step?.state === "NeedsReboot",
      wire: reported?.wire ?? null,
      drift: (reported?.drift ?? []).length > 0 ? "drifted" : "none",
    },
    at,
    home,
  );
  const percent = progress?.percent ?? null;
  const waits = reported?.waiting && step !== null ? reported.waiting.message : "";
  const notes = [whyText(why, home.language), waits, ...words.marks.map(({ text }) => text)];
  return {
    ...{ host, online, runs: words.running, standing: words.standing },
    state: percent === null ? words.state : `${words.state} ${percent} %`,
    note: [...new Set(notes.filter((one) => one !== ""))].join("; ").replace(/\s+/g, " "),
  };
}
