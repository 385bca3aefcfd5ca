import { durationText } from "./durations.ts";
import type { GateState, RowState } from "./state.ts";
import type { VerdictStatus } from "./verdict.ts";

/** For a person who looks at a node or a log; `people` has the same in the house's language. */
export interface GateDescription {
  /** One line with the reason. */
  readonly line: string;
  /** Under 20 characters, for a node's status. */
  readonly status: string;
}

const ENDS: Readonly<Record<VerdictStatus, string>> = {
  Successful: "healthy",
  Failed: "unhealthy",
  Inconclusive: "no verdict",
  Error: "cannot read sensors",
  PreflightFailed: "unhealthy before",
};

/** What a gate is doing, with the reason. */
export function describeGate(state: GateState): GateDescription {
  const whose = state.host === null ? "" : ` for ${state.host}`;
  if (state.verdict !== null) {
    const { status, reason } = state.verdict;
    const row = reason.row === "" ? "" : `${reason.row}: `;
    return { line: `${ENDS[status]}${whose}: ${row}${reason.text}`, status: ENDS[status] };
  }
  switch (state.phase) {
    case "Listening":
      return { line: `listening${whose}: ${heardText(state)}`, status: "listening" };
    case "Ready":
      return { line: `healthy before the activation${whose}`, status: "ready" };
    case "Soaking":
      return soaking(state, whose);
    case "Closed":
      return { line: `abandoned${whose}`, status: "abandoned" };
  }
}

function soaking(state: GateState, whose: string): GateDescription {
  const { healthyMs, plan } = state;
  const percent = Math.min(99, Math.floor((100 * healthyMs) / plan.soakMs)); // 100 is a verdict
  const so = `${durationText(healthyMs)} of ${durationText(plan.soakMs)} healthy`;
  const trouble = state.rows.map(troubleOf).find((text) => text !== null);
  return {
    line: `watching${whose}: ${so}${trouble === undefined ? "" : `; ${trouble}`}`,
    status: `watching ${percent} %`,
  };
}

function troubleOf({ sources }: RowState): string | null {
  const latest = sources
    .map(({ latest: last }) => last)
    .find((last) => last !== null && last.measurement !== "Successful");
  return latest ? `${latest.reason.row}: ${latest.reason.text}` : null;
}

function heardText({ rows }: GateState): string {
  const sources = rows.flatMap((row) => row.sources);
  const heard = sources.filter(({ latest }) => latest !== null).length;
  return `${heard} of ${sources.length} sources heard`;
}
