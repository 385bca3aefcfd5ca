import {
  type EpochMs,
  type ErrorCode,
  type Journal,
  NixwaveError,
  type Order,
  type Outcome,
  ratchetAfterCommit,
  type Statement,
  type StorePath,
} from "../src/contract/index.ts";
import type { HostFacts } from "./host-facts.ts";
import type { HostMemory } from "./host-memory.ts";
import type { NixStore } from "./nix-store.ts";

type OpenAttempt = NonNullable<Journal["open"]>;

export interface HostParts {
  readonly memory: HostMemory;
  readonly store: NixStore;
  readonly system: string;
  readonly switchTo: (system: StorePath, verb: "test" | "boot") => Promise<void>;
  readonly facts: () => Promise<HostFacts>;
  readonly now: () => EpochMs;
  /** Called whenever what the host reports has changed. */
  readonly changed: () => Promise<void>;
}

/** What an accepted order asks for. */
export interface Wish {
  readonly order: Order;
  readonly statement: Statement;
  /** The path is the one the host has committed to. */
  readonly noOp: boolean;
}

/**
 * Makes the goal of an accepted order true, step by step, each step durable before it is taken
 * (DESIGN 7). One call at a time: the caller queues. A failure is the attempt's outcome, not an exception.
 * @throws NixwaveError attempt-open
 */
export async function reconcile(parts: HostParts, wish: Wish): Promise<void> {
  const { order } = wish;
  if (hasEnded(parts.memory.journal, order)) return;
  const open = await letGoOfOthers(parts, order);
  if (order.goal === "revert") return open ? revert(parts, open, "revert-ordered") : undefined;
  if (order.goal === "commit") {
    return open ? commit(parts, open, wish.statement) : undefined;
  }
  const staged = open ?? (await begin(parts, wish));
  if (!staged || (staged.phase !== "staging" && staged.phase !== "staged")) return;
  const ready = staged.phase === "staged" ? staged : await stage(parts, staged);
  if (ready && order.goal === "trial") await activate(parts, ready);
}

const isSame = (
  a: { readonly rollout: string; readonly attempt: number },
  b: { readonly rollout: string; readonly attempt: number },
): boolean => a.rollout === b.rollout && a.attempt === b.attempt;

const hasEnded = (journal: Journal, order: Order): boolean =>
  journal.closed.some((one) => isSame(one, order));

/** The newest order wins over one that has changed nothing yet; a running trial is never pushed aside. */
async function letGoOfOthers(parts: HostParts, order: Order): Promise<OpenAttempt | null> {
  const { open } = parts.memory.journal;
  if (!open || isSame(open, order)) return open;
  if (open.phase !== "staging" && open.phase !== "staged") {
    const name = `attempt ${open.attempt} of rollout ${open.rollout}`;
    throw new NixwaveError("attempt-open", `${name} is ${open.phase}`);
  }
  await end(parts, open, "canceled", "superseded", "a newer rollout took its place");
  return null;
}

async function begin(parts: HostParts, wish: Wish): Promise<OpenAttempt | null> {
  const { order, statement } = wish;
  const { current, profile } = await parts.facts();
  const { storePath, narHash, serial } = statement;
  const { rollout, attempt } = order;
  const open: OpenAttempt = {
    ...{ rollout, attempt, statement: order.statement },
    ...{ storePath, narHash, serial },
    phase: "staging",
    previous: current,
  };
  if (wish.noOp || (current === storePath && profile === storePath)) {
    await end(parts, open, "already-installed", null, "");
    return null;
  }
  await parts.memory.keepOpen(open);
  await parts.changed();
  return open;
}

async function stage(parts: HostParts, open: OpenAttempt): Promise<OpenAttempt | null> {
  try {
    const { storePath, narHash } = open;
    await parts.store.pull({ storePath, narHash, system: parts.system });
  } catch (error) {
    await endFailed(parts, open, error);
    return null;
  }
  return move(parts, open, "staged");
}

async function activate(parts: HostParts, open: OpenAttempt): Promise<void> {
  const activating = await move(parts, open, "activating");
  try {
    await parts.switchTo(open.storePath, "test");
    const { current } = await parts.facts();
    if (current !== open.storePath) {
      throw new NixwaveError("activation-failed", `${current} runs after the switch`);
    }
  } catch (error) {
    return revert(parts, activating, codeOf(error), messageOf(error));
  }
  await move(parts, activating, "in-trial");
}

/** Killed anywhere in between, the same boot repeats it: each step is the same when taken twice. */
export async function commit(
  parts: HostParts,
  open: OpenAttempt,
  statement: Statement,
): Promise<void> {
  const { memory, store } = parts;
  const committing = await move(parts, open, "committing");
  try {
    await store.setProfile(open.storePath);
    await parts.switchTo(open.storePath, "boot");
  } catch (error) {
    return revert(parts, committing, codeOf(error), messageOf(error));
  }
  const committed = { statement, digest: open.statement };
  await memory.keepRatchet(ratchetAfterCommit(memory.ratchet, committed));
  await memory.commit(open, parts.now());
  await store.release();
  await parts.changed();
}

/** Back to what ran before: the remembered path, never "the generation before" (it may be another). */
export async function revert(
  parts: HostParts,
  open: OpenAttempt,
  reason: ErrorCode,
  message = "",
): Promise<void> {
  if (open.phase === "staging" || open.phase === "staged") {
    return end(parts, open, "canceled", reason, message);
  }
  const reverting = await move(parts, open, "reverting");
  try {
    await goBack(parts, reverting);
  } catch (error) {
    const why = `${reason}: ${message}; then: ${messageOf(error)}`;
    return end(parts, reverting, "inconsistent", "revert-failed", why);
  }
  await end(parts, reverting, "rolled-back", reason, message);
}

async function goBack(parts: HostParts, { previous, storePath }: OpenAttempt): Promise<void> {
  if (!previous) throw new NixwaveError("revert-failed", "no system ran before");
  const { profile } = await parts.facts();
  if (profile === storePath) {
    await parts.store.setProfile(previous);
    await parts.switchTo(previous, "boot");
  }
  await parts.switchTo(previous, "test");
  const { current } = await parts.facts();
  if (current !== previous) throw new NixwaveError("revert-failed", `${current} runs instead`);
}

async function move(
  parts: HostParts,
  open: OpenAttempt,
  phase: OpenAttempt["phase"],
): Promise<OpenAttempt> {
  const moved = { ...open, phase };
  await parts.memory.keepOpen(moved);
  await parts.changed();
  return moved;
}

/** Before the activation: nothing on the host has changed, so there is nothing to return to. */
const endFailed = (parts: HostParts, open: OpenAttempt, error: unknown): Promise<void> =>
  end(parts, open, "failed", codeOf(error), messageOf(error));

async function end(
  parts: HostParts,
  open: OpenAttempt,
  code: Outcome["code"],
  reason: ErrorCode | null,
  message: string,
): Promise<void> {
  await parts.memory.close(open, { code, reason, message: reportable(message) });
  await parts.store.release();
  await parts.changed();
}

const codeOf = (error: unknown): ErrorCode =>
  error instanceof NixwaveError ? error.code : "internal-error";

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const REPORTED_CHARACTERS = 1000;

/** What a program printed, in the form that `reported` takes (contract, "message"). */
export const reportable = (message: string): string =>
  message
    .replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, " ")
    .slice(0, REPORTED_CHARACTERS)
    .toWellFormed();
