import type { ProbeReport } from "../../src/contract/index.ts";
import type { ProbePlan } from "./probe-config.ts";
import { failed, type ProbeTry, type Seen, unseen } from "./probe-ports.ts";

/** Between two tries; shorter where there is little time for all of them. */
const PAUSE_MS = 1000;
const PAUSES_WITHIN = 10;
const MESSAGE_CHARACTERS = 120;

type Patience = Pick<ProbePlan, "name" | "timeoutMs" | "retries" | "withinMs">;

/**
 * Tries until one passes, the retries are used up or the time is over, and never longer: a try that does
 * not end by itself, such as a peer that trickles, is given up at its limit, whether it heeds it or not.
 * @param attempt a new connection each time it is called
 * @param stop ends it early, as `unknown`
 */
export async function keepTrying(
  plan: Patience,
  attempt: ProbeTry,
  stop: AbortSignal,
): Promise<ProbeReport> {
  const endsAt = performance.now() + plan.withinMs;
  const leftMs = () => endsAt - performance.now();
  let last = unseen("was not tried");
  let tries = 0;
  // A last try with hardly any time would only hide what the one before it saw.
  const worthwhileMs = Math.min(plan.timeoutMs, plan.withinMs / PAUSES_WITHIN);
  while (!stop.aborted && (tries === 0 || leftMs() >= worthwhileMs)) {
    tries += 1;
    last = await oneTry(attempt, Math.min(plan.timeoutMs, leftMs()), stop);
    if (last.state === "passed") break;
    if (plan.retries !== null && tries > plan.retries) break;
    await pause(Math.max(0, Math.min(PAUSE_MS, plan.withinMs / PAUSES_WITHIN, leftMs())), stop);
  }
  if (stop.aborted && last.state !== "passed") last = unseen("was stopped before it passed");
  const message = tries > 1 ? `${shown(last.message)} (${tries} tries)` : shown(last.message);
  return { name: plan.name, state: last.state, message };
}

async function oneTry(attempt: ProbeTry, limitMs: number, stop: AbortSignal): Promise<Seen> {
  const ends = new AbortController();
  const given = AbortSignal.any([ends.signal, stop]);
  const tooSlow = failed(`no answer within ${seconds(limitMs)}`);
  const { promise: over, resolve: giveUp } = Promise.withResolvers<Seen>();
  const limit = setTimeout(() => giveUp(tooSlow), limitMs);
  const stopped = (): void => giveUp(unseen("was stopped"));
  stop.addEventListener("abort", stopped, { once: true });
  try {
    return await Promise.race([over, attempt(given).catch(asSeen)]);
  } finally {
    clearTimeout(limit);
    stop.removeEventListener("abort", stopped);
    ends.abort();
  }
}

/** A probe that breaks has seen nothing. */
const asSeen = (error: unknown): Seen =>
  unseen(error instanceof Error ? error.message : String(error));

function pause(ms: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const over = (): void => resolve();
  stop.addEventListener("abort", over, { once: true });
  if (stop.aborted) over();
  return promise.finally(() => {
    clearTimeout(timer);
    stop.removeEventListener("abort", over);
  });
}

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;

/** Bytes of strangers, made to fit into a report. */
function shown(message: string): string {
  const line = message.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}\s]+/gu, " ").trim();
  // A cut may not leave half of a surrogate pair: the report's form refuses it.
  return line.length <= MESSAGE_CHARACTERS
    ? line
    : `${line.slice(0, MESSAGE_CHARACTERS - 3).replace(/\p{Cs}$/u, "")}...`;
}
