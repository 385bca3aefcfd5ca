import { EXIT, type ExitStatus } from "../exit-status.ts";

/** Every verdict of `publish --wait`: its exit status and what it means. docs/cli.md is made from these. */
export const VERDICTS = {
  promoted: {
    words: "promoted",
    status: EXIT.ok,
    meaning: "Every host of the release runs it and keeps it.",
  },
  incomplete: {
    words: "incomplete",
    status: EXIT.incomplete,
    meaning:
      "Some hosts have it, others do not. When all that miss it are asleep the exit status is 0, unless --all-hosts is given: they catch up when they wake.",
  },
  "rolled-back": {
    words: "rolled back",
    status: EXIT.undone,
    meaning: "A host failed or was undone, and the rollout stopped, asks, or took everything back.",
  },
  stopped: {
    words: "stopped",
    status: EXIT.undone,
    meaning: "Somebody stopped the rollout.",
  },
  refused: {
    words: "refused",
    status: EXIT.refused,
    meaning: "The hub or every host refused the release: a signature, a serial, a plan.",
  },
  held: {
    words: "held",
    status: EXIT.waiting,
    meaning:
      "When the time was over it waited for a person, the time of day, or the sensors. It may still go on.",
  },
  superseded: {
    words: "superseded",
    status: EXIT.superseded,
    meaning: "A newer release took its place.",
  },
  "timed-out": {
    words: "timed out",
    status: EXIT.late,
    meaning: "When the time was over the rollout was still under way, or had not begun.",
  },
  "no-hub": {
    words: "no hub",
    status: EXIT.hub,
    meaning: "When the time was over no hub was connected to the broker.",
  },
} as const satisfies Readonly<
  Record<string, { words: string; status: ExitStatus; meaning: string }>
>;

export type VerdictKind = keyof typeof VERDICTS;

export interface Verdict {
  readonly kind: VerdictKind;
  /** One line. */
  readonly why: string;
  /** What a person does next; empty when there is nothing to do. */
  readonly wayOut: string;
  /** Of `incomplete`: all that miss it are asleep. */
  readonly onlyAsleep: boolean;
}

/** What --all-hosts decides. */
export const statusOfVerdict = (
  { kind, onlyAsleep }: Verdict,
  needsAllHosts: boolean,
): ExitStatus =>
  kind === "incomplete" && onlyAsleep && !needsAllHosts ? EXIT.ok : VERDICTS[kind].status;
