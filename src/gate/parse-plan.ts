import { ContractError } from "../contract/index.ts";
import { Fields } from "./fields.ts";
import { parseRow, reportsEvery } from "./parse-row.ts";
import type { GatePlan, GateRow } from "./plan.ts";
import { whyUnsatisfiable } from "./satisfiable.ts";

const MAX_ROWS = 50;
const MINUTE_MS = 60_000;

/**
 * A gate as a person enters it, or one that was parsed before (its own output is accepted unchanged).
 * One row with a topic, a demand and a limit is enough; durations are texts such as "10m".
 * @throws ContractError gate-plan-invalid (every fault, with its place) | gate-unsatisfiable (the arithmetic)
 */
export function parsePlan(value: unknown): GatePlan {
  const faults: string[] = [];
  const fields = new Fields(value, "", faults);
  const rows = fields
    .list("rows", MAX_ROWS)
    .map((row, index) => parseRow(row, `/rows/${index}`, faults));
  if (rows.length === 0)
    fields.fault("rows", "at least one row is needed: a gate without evidence is no gate");
  const plan = parseCounts(fields, rows);
  fields.refuseUnknown();
  if (plan.failureCount > plan.failureWindow) {
    fields.fault(
      "failureCount",
      `${plan.failureCount} failures of ${plan.failureWindow} cannot be`,
    );
  }
  if (faults.length > 0) {
    throw new ContractError("gate-plan-invalid", faults.join("; "));
  }
  const why = whyUnsatisfiable(plan);
  if (why.length > 0) {
    throw new ContractError("gate-unsatisfiable", why.join("; "));
  }
  return plan;
}

function parseCounts(fields: Fields, rows: readonly GateRow[]): GatePlan {
  const soakMs = fields.duration("soak", 10 * MINUTE_MS);
  const initialDelayMs = fields.duration("initialDelay", MINUTE_MS / 2);
  const slowestMs = Math.max(0, ...rows.map(reportsEvery));
  const atMost = slowestMs > 0 ? Math.floor(soakMs / slowestMs) : 1;
  return {
    rows,
    soakMs,
    initialDelayMs,
    timeoutMs: fields.duration("timeout", initialDelayMs + 3 * soakMs + 2 * slowestMs),
    consecutiveSuccess: fields.count("consecutiveSuccess", Math.min(3, Math.max(1, atMost)), 1000),
    failureCount: fields.count("failureCount", 2, 100),
    failureWindow: fields.count("failureWindow", Math.max(3, given(fields, "failureCount")), 100),
    errorLimit: fields.count("errorLimit", 3, 100),
    onInconclusive: fields.choice("onInconclusive", "pause", ["pause", "revert"]),
    dryRun: fields.flag("dryRun"),
  };
}

/** A person who raises only the count means at least that many. */
function given(fields: Fields, name: string): number {
  const value = fields.take(name);
  return Number.isInteger(value) && Number(value) <= 100 ? Number(value) : 0;
}
