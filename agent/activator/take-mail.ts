import {
  type EpochMs,
  type HostRequest,
  instant,
  type Journal,
  judgeApply,
  NixwaveError,
  parseRolloutId,
  type Reported,
} from "../../src/contract/index.ts";
import { type Folded, foldWish, furtheredByPerson } from "../decide/fold-wish.ts";
import type { Wish } from "../decide/goal.ts";
import { reportable } from "../decide/reportable.ts";
import type { HostMemory } from "./host-memory.ts";
import { forgetOrder, takeOrder } from "./inbox.ts";
import { judge, type Refused } from "./judge.ts";
import type { ActivatorParts } from "./ports.ts";
import { type Answer, readRequests } from "./requests.ts";

/** What the mail said that the report must show. `undefined`: nothing new. */
export type MailRefusal = Reported["refusal"] | undefined;

/**
 * Takes the order that waits and root's requests into the journal. Each is durable before the file that
 * brought it goes, so that a killed activator loses none and takes none twice.
 * @returns the refusal to report: null when an order was accepted
 */
export async function takeMail(parts: ActivatorParts, memory: HostMemory): Promise<MailRefusal> {
  const refusal = await takeOneOrder(parts, memory);
  for (const { request, answer } of await readRequests(parts.files, parts.places)) {
    const said = await takeRequest(parts, memory, request);
    parts.say(`${request.verb}: ${said.ok ? "taken" : `${said.code}: ${said.message}`}`);
    await answer(said);
  }
  return refusal;
}

async function takeOneOrder(parts: ActivatorParts, memory: HostMemory): Promise<MailRefusal> {
  const at = instant(parts.now());
  let bytes: Uint8Array | null;
  try {
    bytes = takeOrder(parts.places);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    return refused(parts, { code: error.code, message: error.message, counter: null }, at);
  }
  if (!bytes) return undefined;
  const refusal = await takeBytes(parts, memory, bytes, at);
  forgetOrder(parts.places);
  return refusal;
}

async function takeBytes(
  parts: ActivatorParts,
  memory: HostMemory,
  bytes: Uint8Array,
  at: EpochMs,
): Promise<MailRefusal> {
  const judged = judge(await acceptance(parts, memory), bytes);
  if (judged.kind === "refused") return refused(parts, judged.refusal, at);
  const { wish } = judged;
  if (judged.ratchet) {
    await foresee(parts, memory, wish);
    await memory.keepAccepted(bytes, judged.ratchet);
  }
  parts.say(`order: ${wish.goal} of ${wish.statement.storePath} (${wish.rollout}/${wish.attempt})`);
  const folded = await keepFolded(parts, memory, wish);
  if (folded.kind === "taken") return null;
  return refused(parts, { ...folded, counter: memory.ratchet.counter }, at);
}

/** Only where nothing else is under way: of that one an attempt may need Nix, or all processors. */
async function foresee(
  { closures, machine }: ActivatorParts,
  { journal }: HostMemory,
  { goal, isNoOp, statement }: Wish,
): Promise<void> {
  const isFetched = goal === "stage" || goal === "trial" || goal === "boot";
  if (journal.open !== null || isNoOp || !isFetched) return;
  await closures.foresee({ storePath: statement.storePath, running: await machine.current() });
}

async function acceptance({ trust, machine, now }: ActivatorParts, memory: HostMemory) {
  const synchronised = await machine.isClockSynchronised();
  const { ratchet, journal } = memory;
  return { trust, ratchet, journal, clock: { now: instant(now()), synchronised } };
}

function refused({ say }: ActivatorParts, refusal: Refused, at: EpochMs): Reported["refusal"] {
  say(`refused: ${refusal.code}: ${refusal.message}`);
  const { code, counter } = refusal;
  return { code, message: reportable(refusal.message), counter, at };
}

async function keepFolded(
  { machine, now }: ActivatorParts,
  memory: HostMemory,
  wish: Wish,
): Promise<Folded> {
  const [current, profile] = await Promise.all([machine.current(), machine.profile()]);
  const folded = foldWish(memory.journal, wish, { now: instant(now()), current, profile });
  if (folded.kind === "taken") await keep(memory, folded.journal);
  return folded;
}

async function keep(memory: HostMemory, journal: Journal): Promise<void> {
  if (journal !== memory.journal) await memory.keepJournal(journal);
}

const no = (code: Extract<Answer, { ok: false }>["code"], message: string): Answer => ({
  ok: false,
  code,
  message,
});
const yes: Answer = { ok: true };

async function takeRequest(
  parts: ActivatorParts,
  memory: HostMemory,
  request: HostRequest,
): Promise<Answer> {
  const { journal } = memory;
  switch (request.verb) {
    case "revert":
      if (!journal.open || journal.open.phase === "committing") {
        return no("nothing-to-revert", journal.open ? "it is being kept" : "nothing is open");
      }
      await keep(memory, furtheredByPerson(journal, "revert"));
      return yes;
    case "confirm":
      if (journal.open?.phase !== "in-trial" && journal.open?.phase !== "committing") {
        return no(
          "nothing-to-confirm",
          journal.open ? `it is ${journal.open.phase}` : "nothing is open",
        );
      }
      await keep(memory, furtheredByPerson(journal, "commit"));
      return yes;
    case "pause":
      await memory.keepJournal({ ...journal, paused: await pauseFor(parts, request.forMs ?? 0) });
      return yes;
    case "resume":
      await memory.keepJournal({ ...journal, paused: null });
      return yes;
    case "unlock":
      await memory.keepJournal({ ...journal, locked: null });
      return yes;
    case "apply":
      return apply(parts, memory, request);
  }
}

async function pauseFor({ machine, now }: ActivatorParts, forMs: number) {
  const [bootId, bootMs] = await Promise.all([machine.bootId(), machine.bootMs()]);
  return { bootId, untilBootMs: Math.round(bootMs + forMs), until: instant(now() + forMs) };
}

/** Break-glass (DESIGN 6): CI's signature and the host's own rules, with neither hub nor broker. */
async function apply(
  parts: ActivatorParts,
  memory: HostMemory,
  { release = "", retry = false, forMs, at }: HostRequest,
): Promise<Answer> {
  const judged = judgeApply(await acceptance(parts, memory), Buffer.from(release, "base64"), retry);
  if (judged.kind === "refused") return no(judged.code, judged.message);
  await memory.keepRatchet(judged.ratchet);
  const wish: Wish = {
    ...{ goal: "trial", origin: "person", attempt: 1, rollout: parseRolloutId(`local-${at}`) },
    ...{ statement: judged.statement, digest: judged.digest, isNoOp: judged.noOp },
    ...{ lease: (forMs ?? parts.applyLease) as Wish["lease"], isRollback: false, isRetry: retry },
    approved: null,
  };
  const folded = await keepFolded(parts, memory, wish);
  return folded.kind === "taken" ? yes : no(folded.code, folded.message);
}
