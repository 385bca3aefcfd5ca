import type { Demand, GateRow, GateState } from "../../src/gate/index.ts";
import type { Language } from "../../src/people/index.ts";
import type { NodeStatus } from "../runtime/red.ts";
import { countdown, say, shorten } from "../shared-by-nodes/status-words.ts";

const SIGNS: Partial<Record<Demand, string>> = {
  above: ">",
  "at-least": "≥",
  below: "<",
  "at-most": "≤",
};

/** What the gate counts, in under 20 characters: the reading that troubles it, or how long it still watches. */
export function gateStatus(state: GateState, language: Language): NodeStatus {
  if (state.verdict) return verdictStatus(state.verdict.status === "Successful", state, language);
  if (state.phase !== "Soaking") {
    const isReady = state.phase === "Ready";
    const text = say(language, isReady ? "healthy" : "listening");
    return { fill: isReady ? "green" : "grey", shape: "dot", text };
  }
  const trouble = troubleIn(state);
  if (trouble !== null) return { fill: "yellow", shape: "dot", text: trouble };
  const left = countdown(state.plan.soakMs - state.healthyMs);
  return { fill: "blue", shape: "dot", text: say(language, "watching", { left }) };
}

function verdictStatus(isHealthy: boolean, state: GateState, language: Language): NodeStatus {
  if (isHealthy) return { fill: "green", shape: "dot", text: say(language, "healthy") };
  const status = state.verdict?.status;
  if (status === "PreflightFailed") {
    return { fill: "yellow", shape: "ring", text: say(language, "unhealthyBefore") };
  }
  const isUndecided = status === "Inconclusive" || status === "Error";
  return isUndecided
    ? { fill: "yellow", shape: "ring", text: say(language, "noVerdict") }
    : { fill: "red", shape: "dot", text: troubleIn(state) ?? say(language, "unhealthy") };
}

/** `bedroom 17.1 < 18`: the value, and on which side of the limit it lies. */
function troubleIn({ rows, plan }: GateState): string | null {
  for (const [at, { sources }] of rows.entries()) {
    const row = plan.rows[at] as GateRow;
    for (const { latest } of sources) {
      if (latest === null || latest.measurement === "Successful") continue;
      return shorten(`${shorten(row.name, 9)} ${saidOf(row, latest.value)}`);
    }
  }
  return null;
}

function saidOf({ is, limit }: GateRow, value: unknown): string {
  const shown = typeof value === "number" ? String(Number(value.toPrecision(4))) : wordFor(value);
  if (SIGNS[is] === undefined || limit === null || typeof value !== "number") return shown;
  const sign = value < limit ? "<" : value > limit ? ">" : "=";
  return `${shown} ${sign} ${limit}`;
}

function wordFor(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? String(value[0] ?? "") : "?";
}
