import { entriesOf, entryAt, findFirst } from "./host-tree.ts";
import type { HostEntry, HostStep, RolloutState } from "./rollout-state.ts";
import type { Counted } from "./tally.ts";

const MAX_CHARACTERS = 20; // Node-RED, "Node status": longer texts run into the next node

/** The rollout in at most 20 characters, for the status below a node. */
export function describe(state: RolloutState): string {
  const { rollout } = state;
  if (!rollout) return state.next ? "release is settling" : "waiting for release";
  if (rollout.phase === "Completed") return describeEnd(state);
  const trial = first(state, "trial");
  if (trial?.step) return shorten(VERBS[trial.step.state] ?? "trying ", trial.host);
  if (rollout.phase === "Aborting") return "stopping";
  const [pause] = rollout.paused;
  if (pause) return PAUSED[pause.condition];
  if (rollout.phase === "Finalising") return "last check";
  const { fetching, open, well, partial } = state.hosts.root.tally;
  const total = open + well + partial;
  return `staging ${total - fetching}/${total}`;
}

const VERBS: Partial<Record<HostStep["state"], string>> = {
  Rebooting: "rebooting ",
  Committing: "keeping ",
  Soaking: "watching ",
  RollingBack: "undoing ",
};

const PAUSED = {
  Hold: "on hold",
  ApprovalRequired: "waits for approval",
  OutsideWindow: "outside its window",
  PreflightFailed: "house not healthy",
  InconclusiveAnalysis: "gate is undecided",
  AnalysisError: "gate cannot measure",
  HostFailure: "a host failed",
  HostSilent: "a host is silent",
  Draining: "newer release waits",
  Reconciling: "finding its place",
  ClockUnsynced: "clock not set",
  Fenced: "a second hub is here",
} as const;

function describeEnd(state: RolloutState): string {
  const { well, partial, open } = state.hosts.root.tally;
  switch (state.rollout?.completion) {
    case "Promoted":
    case "PartiallyPromoted":
      return `done ${well}/${well + partial + open}`;
    case "Superseded":
      return "newer release came";
    case "RolledBack":
      return "rolled back";
    case "RollbackFailed":
      return "roll back failed";
    default: // Aborted, Rejected
      return shorten("stopped at ", first(state, "failed")?.host ?? "request");
  }
}

function first({ hosts }: RolloutState, counted: Counted): HostEntry | null {
  const position = findFirst(hosts, counted, { from: 0, to: hosts.size });
  return position < 0 ? null : entryAt(hosts, position);
}

function shorten(before: string, host: string): string {
  const room = MAX_CHARACTERS - before.length;
  return before + (host.length > room ? `${host.slice(0, room - 1)}…` : host);
}

/** One host's turn, for screens. */
export interface ShownStep extends HostStep {
  readonly host: HostEntry["host"];
}

/** The steps of the current or last rollout, in the order in which they activate; walks over all hosts. */
export const stepsOf = ({ hosts }: RolloutState): readonly ShownStep[] =>
  entriesOf(hosts).flatMap(({ host, step }) => (step ? [{ ...step, host }] : []));
