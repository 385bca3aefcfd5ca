import type { Trial } from "../../src/contract/index.ts";
import { trialCodec } from "../../src/contract/index.ts";
import { type DeadmanFacts, type DeadmanVerdict, decideDeadman } from "../decide/decide-deadman.ts";
import { type FilePort, replaceDurably } from "../durable/file-port.ts";
import type { Machine } from "../machine/machine.ts";
import { isDiskFault } from "./disk-fault.ts";
import { readTrial } from "./host-memory.ts";
import type { Places } from "./places.ts";

export interface DeadmanParts {
  readonly files: FilePort;
  readonly places: Pick<Places, "trial" | "reserve">;
  readonly machine: Pick<
    Machine,
    | "bootId"
    | "bootMs"
    | "current"
    | "booted"
    | "profile"
    | "start"
    | "ended"
    | "stateOf"
    | "reboot"
    | "disarmDeadman"
  >;
  readonly switchLimitMs: number;
  readonly say: (line: string) => void;
}

/** What a look without the lock says: `overdue` asks for the lock, then for `actAsDeadman`. */
export async function lookAsDeadman(parts: DeadmanParts): Promise<"done" | "overdue"> {
  const { verdict } = await look(parts);
  if (verdict.do === "wait") return "done";
  if (verdict.do !== "stop") return "overdue";
  await parts.machine.disarmDeadman();
  return "done";
}

interface Look {
  readonly trial: Trial | null;
  readonly verdict: DeadmanVerdict;
}

async function look({ files, places, machine }: DeadmanParts): Promise<Look> {
  const [trial, bootId, bootMs, current, booted, profile] = await Promise.all([
    readTrial(files, places.trial),
    machine.bootId(),
    machine.bootMs(),
    machine.current(),
    machine.booted(),
    machine.profile(),
  ]);
  const facts: DeadmanFacts = { bootId, bootMs, current, booted, profile };
  return { trial, verdict: decideDeadman(trial, facts) };
}

/**
 * Returns the host. The caller holds the lock; everything is read again, because whoever held it may have ended
 * the trial. Each phase is durable before what follows from it, so a killed deadman is repeated by the next tick.
 */
export async function actAsDeadman(parts: DeadmanParts): Promise<void> {
  const { trial, verdict } = await look(parts);
  if (trial === null) return;
  switch (verdict.do) {
    case "wait":
      return;
    case "stop":
      return parts.machine.disarmDeadman();
    case "leave-to-person":
      parts.say(`${trial.attempt}: a person acted; nothing is touched`);
      await keep(parts, { ...trial, phase: "taken-over" });
      return parts.machine.disarmDeadman();
    case "return":
      return verdict.by === "switch" ? switchBack(parts, trial) : reboot(parts, trial);
  }
}

/**
 * Writes the phase down before what follows from it. A disk that takes nothing, after the host's reserve was given back,
 * keeps no house in a system that nobody confirmed: it is said, and what follows is done all the same. A deadman
 * that is killed then does it again, and a reboot ends the trial by its boot id.
 */
async function keep({ files, places, say }: DeadmanParts, trial: Trial): Promise<void> {
  const write = (): Promise<void> => replaceDurably(files, places.trial, trialCodec.encode(trial));
  try {
    await write();
  } catch (error) {
    if (!isDiskFault(error)) throw error;
    try {
      await files.remove(places.reserve);
      await write();
    } catch (again) {
      if (!isDiskFault(again)) throw again;
      say(`${trial.attempt}: ${trial.phase} cannot be written down: ${(again as Error).message}`);
    }
  }
}

async function switchBack(parts: DeadmanParts, trial: Trial): Promise<void> {
  const { machine, say } = parts;
  say(`${trial.attempt}: nobody confirmed it in time; back to ${trial.prev}`);
  await keep(parts, { ...trial, phase: "reverting" });
  const key = `${trial.attempt.replace("/", ".")}.deadman.1`;
  const run = { verb: "back", count: 1 } as const;
  const order = { run, key, system: trial.prev, verb: "test" } as const;
  await machine.start({ ...order, limitMs: parts.switchLimitMs });
  await machine.ended(key);
  const state = await machine.stateOf(key);
  const status = state.state === "ended" && state.end.kind === "exited" ? state.end.status : null;
  const isBack = (await machine.current()) === trial.prev;
  if (isBack && (status === 0 || status === 4)) {
    await keep(parts, { ...trial, phase: "reverted" });
    say(`${trial.attempt}: ${trial.prev} runs again`);
    return machine.disarmDeadman();
  }
  say(`${trial.attempt}: the way back failed: ${JSON.stringify(state).slice(0, 400)}`);
  if (trial.rebootToRecover) await reboot(parts, trial);
}

/**
 * Once: in the next boot this trial is nobody's, and the boot default is the old system. Until then it is this boot's, which
 * a reboot's own lease was not yet: whoever is killed before the host goes down is repeated.
 */
async function reboot(parts: DeadmanParts, trial: Trial): Promise<void> {
  parts.say(`${trial.attempt}: reboots into the old system`);
  await keep(parts, { ...trial, bootId: await parts.machine.bootId(), phase: "recovering" });
  await parts.machine.reboot();
}
