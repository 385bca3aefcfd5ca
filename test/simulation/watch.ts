import type { HostName, SessionId } from "../../src/contract/index.ts";
import {
  entriesOf,
  type HostEntry,
  type Reduction,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";
import type { House } from "./house.ts";
import type { HubWatcher, WatchedHub } from "./hub-world.ts";
import type { Looked } from "./looked.ts";
import type { SimulatedHost } from "./simulated-host.ts";
import { Violation } from "./violation.ts";
import { abortKey, isOfAnotherGroup } from "./watch-keys.ts";
import { NoticeWatch } from "./watch-notices.ts";
import { lookAtSlots } from "./watch-slots.ts";

type Order = Extract<RolloutEffect, { type: "Order" }>;

/**
 * Looks at every step of every hub. Each method is one invariant of DESIGN 8 ("Invariants, as property
 * tests"); those about the hosts themselves, the slots and the
 * notices are in the files named watch-*.ts.
 */
export class HubWatch implements HubWatcher {
  readonly looked: Looked;
  readonly #notices: NoticeWatch;
  readonly #tried = new Set<string>();
  readonly #passed = new Set<string>();
  readonly #aborted = new Set<string>();
  /** The hub that ordered it first. */
  readonly #orderedBy = new Map<string, SessionId>();
  readonly #activatedAt = new Map<string, number>();
  readonly #hosts: ReadonlyMap<HostName, SimulatedHost>;
  readonly #house: House;
  readonly #lastReports = new Map<string, RolloutEvent>();

  constructor(hosts: ReadonlyMap<HostName, SimulatedHost>, house: House, looked: Looked) {
    this.looked = looked;
    this.#notices = new NoticeWatch(looked);
    this.#hosts = hosts;
    this.#house = house;
  }

  reduced(hub: WatchedHub, before: RolloutState, event: RolloutEvent, after: Reduction): void {
    this.looked.steps += 1;
    if (after.state === before) return;
    this.#serialsAndCountersRise(before, after.state);
    const isTheirs = (key: string): boolean =>
      (this.#orderedBy.get(key) ?? hub.instance) !== hub.instance;
    lookAtSlots(after.state, this.#hosts, isTheirs);
    this.#repeats(hub, event, after);
    this.#remember(hub, before, event, after);
    for (const effect of after.effects) {
      if (effect.type === "Order") this.#order(hub, effect, event, after.state);
    }
  }

  carriedOut(hub: WatchedHub, effect: RolloutEffect): void {
    if (effect.type === "Order") {
      const key = `${effect.rollout}/${effect.host}/${effect.attempt}`;
      const begins = effect.goal === "trial" || effect.goal === "boot";
      if (begins && !this.#orderedBy.has(key)) this.#orderedBy.set(key, hub.instance);
      return;
    }
    this.#notices.look(hub, effect);
    if (effect.type === "HostEnded") this.#truthfulEnd(hub, effect);
    if (effect.type === "RolloutEnded") this.#abortDominates(hub, effect);
  }

  /** Crash between any two steps changes nothing: what is read back is what was known, or one durable event further. */
  restarted(hub: WatchedHub, before: RolloutState, after: RolloutState): void {
    this.looked.crashes += 1;
    this.#inheritAbort(hub, after);
    const read = JSON.stringify(after);
    if (read === JSON.stringify(before)) return;
    const { lastAppended } = hub;
    const further = lastAppended ? reduce(before, lastAppended) : null;
    if (lastAppended === null || further === null || read !== JSON.stringify(further.state)) {
      throw new Violation("crash changes nothing", "the journal read back gives another state");
    }
    // Decided at the instant of that event; what follows is sent again, and is no new decision.
    this.reduced(hub, before, lastAppended, further);
  }

  /** A hub copied in the middle of an abort knows of it. */
  #inheritAbort({ instance }: WatchedHub, { rollout }: RolloutState): void {
    if (rollout?.phase !== "Aborting" && rollout?.phase !== "RollingBack") return;
    this.#aborted.add(abortKey(instance, rollout));
  }

  #serialsAndCountersRise(before: RolloutState, after: RolloutState): void {
    if (after.newestSerial < before.newestSerial || after.lastCounter < before.lastCounter) {
      throw new Violation("serial never falls", `${before.newestSerial} to ${after.newestSerial}`);
    }
  }

  /** Duplicated, late and retained reports change nothing. */
  #repeats({ instance }: WatchedHub, event: RolloutEvent, after: Reduction): void {
    if (event.type !== "HostReported") return;
    // A copied hub may hear again what the first had heard: it has a life of its own.
    const key = `${instance} ${event.report.host}`;
    const late = this.#lastReports.get(key);
    for (const again of [event, { ...event, live: false }, ...(late ? [late] : [])]) {
      const { state, effects } = reduce(after.state, { ...again, at: event.at });
      if (state !== after.state || effects.length > 0) {
        throw new Violation("repeated reports change nothing", JSON.stringify(again).slice(0, 300));
      }
    }
    this.#lastReports.set(key, event);
  }

  #remember(
    { instance }: WatchedHub,
    before: RolloutState,
    event: RolloutEvent,
    after: Reduction,
  ): void {
    const { rollout } = after.state;
    if (!rollout) return;
    if (event.type === "GateJudged" && event.verdict === "Successful") {
      const { place, host, attempt } = event;
      this.#passed.add(`${place}/${event.rollout}/${host}/${attempt}`);
      if (place === "soak") this.#freshEvidence(`${event.rollout}/${host}/${attempt}`);
    }
    if (event.type === "PromoteAsked") {
      const entry = entriesOf(after.state.hosts).find(({ host }) => host === event.host);
      this.#passed.add(`soak/${rollout.id}/${event.host}/${entry?.step?.attempt}`);
    }
    if (event.type === "AbortAsked" && after.ignored === null && before.rollout) {
      this.#aborted.add(abortKey(instance, before.rollout));
    }
  }

  /** No success without a fresh measurement: somebody was heard after the activation. */
  #freshEvidence(key: string): void {
    const since = this.#activatedAt.get(key);
    if (since === undefined || this.#house.lastHeardAt < since) {
      throw new Violation(
        "no success without a fresh measurement",
        `${key} activated at ${since}, last heard at ${this.#house.lastHeardAt}`,
      );
    }
  }

  #order(hub: WatchedHub, order: Order, event: RolloutEvent, after: RolloutState): void {
    const key = `${order.rollout}/${order.host}/${order.attempt}`;
    if (order.goal === "trial" || order.goal === "boot")
      this.#trialOrdered(hub, order, event, after);
    if (order.goal === "commit") this.#commitOrdered(key, after);
  }

  /** No trial without trusted serial, no pause condition and a passed preflight at that instant. */
  #trialOrdered(hub: WatchedHub, order: Order, event: RolloutEvent, after: RolloutState): void {
    const key = `${order.rollout}/${order.host}/${order.attempt}`;
    const { rollout } = after;
    if (!rollout || rollout.id !== order.rollout)
      throw new Violation("trial", `${key} of no rollout`);
    const isFirst = !this.#tried.has(key);
    this.#tried.add(key);
    const entry = entriesOf(after.hosts).find(({ host }) => host === order.host) as HostEntry;
    const { back, serial } = entry.step as NonNullable<HostEntry["step"]>;
    if (serial > after.newestSerial) throw new Violation("trusted serial", key);
    if (!isFirst) return;
    this.looked.trials += 1;
    // A trial may itself be what makes the group ask for the next approval, or end it for the next host.
    const own = rollout.plan.groups[entry.planned.group]?.name;
    const pauses = rollout.paused.filter(
      ({ condition, why }) => condition !== "ApprovalRequired" && !isOfAnotherGroup(why, own),
    );
    if (pauses.length > 0) {
      throw new Violation("no trial while paused", `${key}: ${JSON.stringify(pauses)}`);
    }
    if (this.#aborted.has(abortKey(hub.instance, rollout)) && !back) {
      throw new Violation("abort dominates", `${key} was ordered after the abort`);
    }
    if (back || !rollout.plan.gates.includes("preflight")) return; // a return asks for no healthy house
    const passes = event.type === "GateJudged" && event.place === "preflight";
    if (!(passes && event.verdict === "Successful" && event.host === order.host)) {
      throw new Violation("preflight at that instant", `${key} after ${event.type}`);
    }
  }

  #commitOrdered(key: string, after: RolloutState): void {
    this.looked.commits += 1;
    const rollout = after.rollout as NonNullable<RolloutState["rollout"]>;
    const gated = rollout.plan.gates.includes("soak") && !rollout.skipSoak;
    if (gated && !this.#passed.has(`soak/${key}`)) {
      throw new Violation(
        "no success without a fresh measurement",
        `${key} is kept without a verdict`,
      );
    }
  }

  activated(key: string, at: number): void {
    this.#activatedAt.set(key, at);
  }

  /** Each trial ends in exactly one way, which is the host's own report: nothing is presumed. */
  #truthfulEnd(
    { instance }: WatchedHub,
    { rollout, host, attempt, state }: Extract<RolloutEffect, { type: "HostEnded" }>,
  ): void {
    const real = this.#hosts.get(host);
    if (!real) return;
    const { open, closed } = real.disk.journal;
    const key = `${rollout}/${host}/${attempt}`;
    const isOpen = open?.rollout === rollout && open.attempt === attempt;
    // What a copied hub has ordered, the other may not have heard of: this instant, or over a cut line.
    const isUnheard = state === "Canceled" || state === "Deferred";
    const isTheirs = isUnheard && this.#orderedBy.get(key) !== instance;
    if (isOpen && !isTheirs && this.#activatedAt.has(key)) {
      throw new Violation("nothing is presumed", `${key} is ${open.phase}, the hub says ${state}`);
    }
    const end = closed.find((one) => one.rollout === rollout && one.attempt === attempt);
    const isKept = state === "Succeeded";
    if (isKept && end?.outcome.code !== "succeeded") {
      throw new Violation("success is the host's own report", `${key}: ${end?.outcome.code}`);
    }
    if (
      end?.outcome.code === "succeeded" &&
      !["Succeeded", "RolledBack", "TakenOver"].includes(state)
    ) {
      throw new Violation("one truthful outcome", `${key} succeeded, the hub says ${state}`);
    }
  }

  /** Abort beats promote, in whatever order they arrive. */
  #abortDominates(
    { instance }: WatchedHub,
    { rollout }: Extract<RolloutEffect, { type: "RolloutEnded" }>,
  ): void {
    if (!this.#aborted.has(abortKey(instance, rollout))) return;
    if (rollout.completion === "Promoted" || rollout.completion === "PartiallyPromoted") {
      throw new Violation(
        "abort dominates",
        `${rollout.id} was aborted and ended ${rollout.completion}`,
      );
    }
  }
}
