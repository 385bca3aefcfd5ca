import type { Action, Limits } from "../../../agent/decide/action.ts";
import type { Facts } from "../../../agent/decide/facts.ts";
import { foldWish, furtheredByPerson } from "../../../agent/decide/fold-wish.ts";
import type { Goal, Wish } from "../../../agent/decide/goal.ts";
import { nextAction } from "../../../agent/decide/next-action.ts";
import { afterPull } from "../../../agent/decide/next-stage.ts";
import { afterProbes } from "../../../agent/decide/next-trial.ts";
import type { EpochMs, Journal, OpenAttempt } from "../../../src/contract/index.ts";
import {
  EMPTY_JOURNAL,
  lasting,
  NOON,
  ROLLOUT,
  sealStatement,
  statementOf,
} from "../../support/contract-builders.ts";
import { factsOf, LEASE_MS, limits, NEW, OLD } from "./host-view.ts";
import { NOTHING, said } from "./said.ts";
import { type Ground, type SwitchEnd, WalkedReality } from "./walked-reality.ts";

/** One thing that happens to the host, beside what it does itself. */
export type Event =
  | { readonly kind: "order"; readonly goal: Goal }
  | { readonly kind: "session" | "power" | "person-back" | "person-new" | "person-other" }
  | { readonly kind: "person-profile" | "confirm" | "revert" }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "probes"; readonly pass: boolean }
  | { readonly kind: "switch"; readonly ends: SwitchEnd };

const OF_STATEMENT = statementOf("new");
const DIGEST = sealStatement(OF_STATEMENT).digest;
const OF_FACTS = factsOf();
const MOST_ACTIONS = 400;
const WAITS_ITSELF_MS = 20_000;

/** A whole host in memory: the rules act on it at once, and it changes as a host would. */
export class WalkedHost extends WalkedReality {
  roots = false;
  probesPass = true;
  journal: Journal = EMPTY_JOURNAL;
  readonly ground: Ground;
  readonly limits: Limits;
  isPersons = false;
  /** The outcomes' truth is looked at when they are written. */
  outcomes = 0;

  constructor(ground: Ground) {
    super();
    this.ground = ground;
    this.limits = { ...limits, rebootToRecover: ground.rebootToRecover };
    if (ground.isNewBooted) this.booted = NEW;
  }

  facts(): Facts {
    const { bootMs, current, booted, profile, trial, isArmed, session, roots } = this;
    const { risk, needsReboot, isLoaderRead } = this.ground;
    const { open } = this.journal;
    return {
      ...OF_FACTS,
      bootDefault: isLoaderRead ? this.bootDefault : null,
      ...{ bootId: this.bootId, bootMs, current, booted, profile, trial, session, bootRisk: risk },
      ...{ isDeadmanArmed: isArmed, isTargetHere: roots, areRootsHeld: roots },
      rebootReasons: needsReboot && this.booted !== NEW ? ["kernel"] : [],
      run: open?.run ? (this.runs.get(keyOf(open.run)) ?? { state: "none" }) : { state: "none" },
    };
  }

  /** Does what the rules say until they rest, at most `most` actions: fewer, and it was killed there. */
  act(most: number = MOST_ACTIONS): "rests" | "killed" {
    for (let count = 0; count < most; count++) {
      const action = nextAction(this.journal, this.facts(), this.limits);
      this.did.push(said(action));
      if (action.do === "rest") {
        // a short wait is the activator's own, with the lock that keeps the deadman out
        if (action.againInMs === null || action.againInMs > WAITS_ITSELF_MS) return "rests";
        this.bootMs += action.againInMs;
        continue;
      }
      this.#perform(action);
      this.#look();
    }
    if (most >= MOST_ACTIONS) this.broken.push("it goes in circles");
    return "killed";
  }

  meet(event: Event): void {
    this.did.push(`- ${JSON.stringify(event)}`);
    switch (event.kind) {
      case "order":
        this.#order(event.goal);
        return;
      case "session":
        this.session = {
          v: 1,
          session: OF_FACTS.bootId,
          bootId: this.bootId,
          openedBootMs: this.bootMs,
        };
        return;
      case "power":
        this.boot();
        return;
      case "confirm":
      case "revert":
        this.#request(event.kind);
        return;
      case "pass":
        this.bootMs += event.ms;
        this.deadman();
        return;
      case "probes":
        this.probesPass = event.pass;
        return;
      case "switch":
        this.switchEnds.push(event.ends);
        return;
      default:
        this.#person(event.kind);
        return;
    }
  }

  #order(goal: Goal): void {
    const wish: Wish = {
      ...{ goal, origin: "hub", rollout: ROLLOUT, attempt: 1, lease: lasting(LEASE_MS) },
      ...{ statement: OF_STATEMENT, digest: DIGEST, isNoOp: false, isRollback: false },
      ...{ isRetry: false, approved: goal === "boot" ? this.ground.risk : null },
    };
    const { current, profile } = this;
    const folded = foldWish(this.journal, wish, { now: NOON as EpochMs, current, profile });
    if (folded.kind === "taken") this.#keep(folded.journal);
  }

  /** As the activator takes root's own requests. */
  #request(verb: "confirm" | "revert"): void {
    const phase = this.journal.open?.phase;
    if (verb === "revert" && phase === "committing") return;
    if (verb === "confirm" && phase !== "in-trial" && phase !== "committing") return;
    this.#keep(furtheredByPerson(this.journal, verb === "confirm" ? "commit" : "revert"));
  }

  #person(kind: string): void {
    this.isPersons = true;
    if (kind === "person-profile") this.profile = this.profile === OLD ? NEW : OLD;
    if (kind === "person-back") this.current = OLD;
    if (kind === "person-new") this.current = NEW;
    if (kind === "person-other") this.current = OF_STATEMENT_OTHER;
  }

  #perform(action: Action): void {
    const { open } = this.journal;
    switch (action.do) {
      case "note":
        this.#keep(action.journal);
        return;
      case "pull":
        this.roots = true;
        this.#keep(afterPull(this.journal, { isHere: true, summary: NOTHING }, this.facts()));
        return;
      case "arm":
        this.trial = action.trial;
        this.isArmed = true;
        return;
      case "write-trial":
        this.trial = action.trial;
        return;
      case "disarm":
        this.isArmed = false;
        return;
      case "start":
        this.#start(action);
        return;
      case "await":
        return;
      case "probe":
        this.#keep(afterProbes(this.journal, { isPassed: this.probesPass, probes: [] }));
        return;
      case "set-profile":
        this.profile = action.path;
        return;
      case "commit":
        this.#isTrue(open?.storePath === this.current, "kept what does not run");
        this.#isTrue(this.bootDefault === this.current, "kept what does not boot");
        this.#keep(action.journal);
        return;
      case "tidy":
        [this.trial, this.isArmed, this.roots, this.once] = [null, false, false, null];
        return;
      case "reboot":
        this.once = action.once ?? this.once;
        this.boot();
        return;
      case "ask":
      case "rest":
      case "hand-over":
        return;
    }
  }

  #start({ order: { run, system, verb } }: Extract<Action, { do: "start" }>): void {
    if (this.runs.has(keyOf(run))) return; // the unit of that name has been
    const { isLoaderRead } = this.ground;
    const { end, isLost } = verb === "boot" ? this.written(isLoaderRead) : this.switched(system);
    this.runs.set(keyOf(run), isLost ? { state: "lost" } : { state: "ended", end, output: "" });
  }

  /** Every attempt ends once; what its outcome says is true in the moment in which it is written. */
  #keep(journal: Journal): void {
    const before = this.journal;
    this.journal = journal;
    if (journal.closed.length === before.closed.length) return;
    this.outcomes += 1;
    const { code } = journal.closed.at(-1)?.outcome ?? { code: "failed" };
    const isOld = this.current === OLD;
    if (code === "rolled-back" || code === "canceled") this.#isTrue(isOld || this.isPersons, code);
    if (code === "needs-reboot") this.#isTrue(isOld || this.isPersons, code);
    // without the reboot that would tell, a way back that failed is not said to be whole
    const isBlind = !this.ground.isLoaderRead || !this.limits.rebootToRecover;
    const isUnsure = isBlind || this.bootDefault !== OLD || this.isPersons;
    if (code === "inconsistent") this.#isTrue(!isOld || isUnsure, "it runs and boots the old one");
    if (code === "rolled-back" && this.ground.isLoaderRead && !this.isPersons) {
      this.#isTrue(this.bootDefault === OLD, "rolled back, and yet the new one boots next");
    }
    if (code === "taken-over") this.#isTrue(this.isPersons, "taken over by nobody");
  }

  /** The boot default is never what nobody confirmed, but while a one-shot is prepared or where none is possible. */
  #look(): void {
    const { open, committed } = this.journal;
    if (this.bootDefault === OLD || this.isPersons) return;
    const isKept = open?.phase === "committing" || committed.length > 0;
    const isUndone = open?.phase === "reverting" && open.step === "profile";
    const isPrepared = open?.approved === "one-shot" && open.phase === "rebooting";
    const isAsked = isPrepared || open?.approved === "no-way-back";
    // a boot loader that does not go back is said: by the attempt's reason, then by a lock
    const isSaid = this.journal.locked !== undefined || open?.cause?.code === UNSURE;
    const isAllowed = isKept || isUndone || isAsked || isSaid;
    if (!isAllowed) this.broken.push(`${this.did.at(-1)}: boots what nobody confirmed`);
  }

  #isTrue(holds: boolean, why: string): void {
    if (!holds) this.broken.push(`${this.did.at(-1)}: ${why}`);
  }
}

const UNSURE = "boot-default-unsure";
const OF_STATEMENT_OTHER = statementOf("other").storePath;
const keyOf = ({ verb, count }: NonNullable<OpenAttempt["run"]>): string => `${verb}.${count}`;
