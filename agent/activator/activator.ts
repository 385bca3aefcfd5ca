import type { Waiting } from "../../src/contract/index.ts";
import type { Action } from "../decide/action.ts";
import type { Facts } from "../decide/facts.ts";
import { nextAction } from "../decide/next-action.ts";
import { isDiskFault } from "./disk-fault.ts";
import { gatherFacts } from "./gather-facts.ts";
import type { HostMemory } from "./host-memory.ts";
import { type Extras, readExtras, writeReport } from "./host-report.ts";
import { MailWatch } from "./mail-watch.ts";
import { type Performed, perform } from "./perform.ts";
import type { ActivatorParts } from "./ports.ts";
import { takeMail } from "./take-mail.ts";
import { Vigil } from "./vigil.ts";

/** How an activator's run ended; `handed-over` asks to be started again, as the running system's program. */
export type RunOutcome = "at-rest" | "handed-over" | "rebooting";

/** Over in a moment, and what follows is reported; a switch is reported once it runs (perform.ts). */
const SAYS_LATER: readonly Action["do"][] = ["note", "arm", "start"];
/** Far above what the longest attempt needs; a rule that goes in circles must not keep a host busy for ever. */
const MOST_ACTIONS = 2000;

/**
 * Takes the mail, then does what `nextAction` says until nothing is left to do (DESIGN 7). The lock is held by
 * the caller; nobody else writes the host's memory.
 */
export class Activator {
  readonly #parts: ActivatorParts;
  readonly #memory: HostMemory;
  readonly #vigil: Vigil;
  #extras: Extras = { refusal: null, probes: [] };
  /** It fetched, and nothing of the host has changed since: what follows may come in a moment. */
  #hasStaged: boolean = false;

  constructor(parts: ActivatorParts, memory: HostMemory) {
    this.#parts = parts;
    this.#memory = memory;
    this.#vigil = new Vigil(parts.machine);
  }

  async run(): Promise<RunOutcome> {
    try {
      return await this.#act();
    } finally {
      this.#vigil.end();
    }
  }

  async #act(): Promise<RunOutcome> {
    const refusal = await takeMail(this.#parts, this.#memory);
    // not before the mail: Nix is at work meanwhile on what it asks for
    this.#extras = {
      ...(await readExtras(this.#parts)),
      ...(refusal === undefined ? {} : { refusal }),
    };
    for (let count = 0; count < MOST_ACTIONS; ) {
      await this.#vigil.follow(this.#memory.journal.open);
      const facts = await gatherFacts(this.#parts, this.#memory);
      const action = nextAction(this.#memory.journal, facts, this.#parts.limits);
      await this.#writeBefore(action, facts);
      if (action.do === "hand-over") return "handed-over";
      if (action.do === "rest") {
        if (!(await this.#waitOr(action))) return "at-rest";
        continue;
      }
      count += 1; // resting is no going in circles
      if (action.do !== "note") this.#hasStaged = action.do === "pull";
      const performed = await this.#perform(action, facts);
      if (performed === "rebooting") return "rebooting";
    }
    this.#parts.say(`error[internal-error]: ${MOST_ACTIONS} actions and no end`);
    return "at-rest";
  }

  /** @returns whether there is something new to decide on or to report: a refusal changes no journal */
  async #takeMail(): Promise<boolean> {
    const before = this.#memory.journal;
    const refusal = await takeMail(this.#parts, this.#memory);
    if (refusal !== undefined) this.#extras = { ...this.#extras, refusal };
    return refusal !== undefined || before !== this.#memory.journal;
  }

  /** Every change of the journal is on disk before what follows from it; a note only changes it once more. */
  async #writeBefore(action: Action, facts: Facts): Promise<void> {
    if (action.do !== "note") await this.#memory.settle();
    if (SAYS_LATER.includes(action.do)) return;
    await this.#report(facts, action.do === "rest" ? action.waiting : null);
  }

  /** A report that cannot be written must not keep the host from going back: the journal has the truth. */
  async #report(facts: Facts, waiting: Waiting | null): Promise<void> {
    const extras = { ...this.#extras, waiting };
    try {
      await writeReport(this.#parts, this.#memory, { facts, extras });
    } catch (error) {
      if (!isDiskFault(error)) throw error;
      this.#parts.say(`the report could not be written: ${(error as Error).message}`);
    }
  }

  /** @returns whether to ask again: mail came, or the time was short. */
  async #waitOr({ againInMs }: Extract<Action, { do: "rest" }>): Promise<boolean> {
    const mail = new MailWatch(this.#parts.places); // before the look, so that nothing comes between the two unseen
    try {
      if (await this.#takeMail()) return true;
      const { waitsItselfMs } = this.#parts;
      const isLong = againInMs === null || againInMs > waitsItselfMs;
      if (isLong && !this.#vigil.isHeld) return await this.#stay(mail);
      await mail.next(isLong ? waitsItselfMs : againInMs);
      await this.#takeMail();
      return true;
    } finally {
      mail.stop();
    }
  }

  /**
   * What was fetched is often tried at once: the next order finds a program that runs. Never after a switch: that the
   * new system's units start the activator again is a part of its trial (DESIGN 7).
   * @returns whether mail came
   */
  async #stay(mail: MailWatch): Promise<boolean> {
    const { machine, staysMs } = this.#parts;
    const isStaying = this.#hasStaged && this.#memory.journal.open?.phase === "staged";
    this.#hasStaged = false;
    if (!isStaying) return false;
    const untilBootMs = (await machine.bootMs()) + staysMs;
    for (let leftMs = staysMs; leftMs > 0; leftMs = untilBootMs - (await machine.bootMs())) {
      if (!(await mail.next(leftMs))) return false;
      if (await this.#takeMail()) return true;
    }
    return false;
  }

  async #perform(action: Action, facts: Facts): Promise<Performed> {
    const abort = new AbortController();
    let reading: Promise<void> = Promise.resolve();
    const { open } = this.#memory.journal;
    const mail = new MailWatch(this.#parts.places, () => {
      if (!["pull", "probe", "ask"].includes(action.do)) return; // a running switch is never pushed aside
      reading = reading.then(async () => {
        await this.#takeMail();
        const now = this.#memory.journal.open;
        const isSame = now?.rollout === open?.rollout && now?.attempt === open?.attempt;
        if (!isSame || now?.goal === "revert") abort.abort();
      });
      reading.catch(() => abort.abort()); // thrown below, once the action has ended
    });
    try {
      const performed = await perform(
        {
          ...{ parts: this.#parts, memory: this.#memory, facts, signal: abort.signal },
          report: () => this.#report(facts, null),
        },
        action,
      );
      if (performed !== null && typeof performed === "object") {
        this.#extras = { ...this.#extras, probes: performed.probes };
      }
      return performed;
    } finally {
      mail.stop();
      await reading;
    }
  }
}
