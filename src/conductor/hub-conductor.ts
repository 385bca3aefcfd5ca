import type { NixwaveError, Release, SessionId } from "../contract/index.ts";
import type { GatePlan, Verdict } from "../gate/index.ts";
import {
  type Announcement,
  entriesOf,
  type Plan,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  reduce,
  type StepKey,
} from "../rollout/index.ts";
import type { HistoryEntry, Store } from "../store/index.ts";
import { Asking } from "./asking.ts";
import { firstPlan, hostsOf, learnState, recallInstance } from "./beginning.ts";
import type {
  Answer,
  Asked,
  Conductor,
  Examined,
  GateSeat,
  Happened,
  HubView,
  Offered,
  PastRollout,
  Question,
  QuestionAnswer,
} from "./conductor.ts";
import { ControlTopics } from "./control-topics.ts";
import { Failures } from "./failures.ts";
import { Happenings } from "./happenings.ts";
import { HostFacts } from "./host-facts.ts";
import { Mind } from "./mind.ts";
import { Offers } from "./offers.ts";
import type { ConductorOptions } from "./options.ts";
import { OwnOrders } from "./own-orders.ts";
import { Pulse } from "./pulse.ts";
import { Renewal } from "./renewal.ts";
import { Screens } from "./screens.ts";
import { Seats } from "./seats.ts";
import { Statements } from "./statements.ts";
import { Throttle } from "./throttle.ts";
import type { Timers } from "./timers.ts";
import { LazyView } from "./view.ts";

export type HubStore = Store<RolloutState, RolloutEvent, PastRollout>;

/** The options made complete. */
export type Rooms = ConductorOptions & {
  readonly store: HubStore;
  readonly timers: Timers;
  readonly newSession: () => SessionId;
  readonly fetch: typeof globalThis.fetch;
};

const TELL_EVERY_MS = 100;
const TRY_AGAIN_MS = 5_000;

/** The rooms put together; each duty is in a file of its own. */
export class HubConductor implements Conductor {
  readonly #rooms: Rooms;
  readonly #failures = new Failures();
  readonly #mind: Mind;
  readonly #statements: Statements;
  readonly #facts: HostFacts;
  readonly #orders: OwnOrders;
  readonly #offers: Offers;
  readonly #asking: Asking;
  readonly #happenings: Happenings;
  readonly #screens: Screens;
  readonly #controls: ControlTopics;
  readonly #seats: Seats;
  readonly #renewal: Renewal;
  readonly #pulse: Pulse;
  readonly #teller: Throttle;
  readonly #watchers = new Set<(view: HubView) => void>();
  readonly #stops: (() => void)[] = [];
  #session: SessionId;
  #instance: SessionId;
  /** Came while it learnt. */
  #plan: Plan | null = null;
  #view: LazyView | null = null;
  #verdict: Verdict | null = null;
  #isClosed: boolean = false;

  constructor(rooms: Rooms, state: RolloutState) {
    this.#rooms = rooms;
    const { store, timers, clock: now, session } = rooms;
    if (rooms.onFailed) this.#failures.listen(rooms.onFailed);
    const failed = this.#failures.tell;
    const hear = (event: RolloutEvent): void => this.#mind.hear(event);
    const changed = (): void => this.#changed();
    const shell = { ...rooms, now, hear, failed, changed, state: () => this.#mind.state };
    this.#session = session;
    this.#instance = session;
    const carryOut = (effect: RolloutEffect): void => this.#carryOut(effect);
    this.#mind = new Mind({ store, reduce, timers, carryOut, changed, failed }, state);
    this.#statements = new Statements(store);
    const parts = { ...shell, mind: this.#mind, statements: this.#statements };
    this.#facts = new HostFacts(shell);
    this.#orders = new OwnOrders({ ...parts, instance: () => this.#instance });
    this.#offers = new Offers(parts);
    this.#happenings = this.#makeHappenings(parts);
    const announce = (one: Announcement): void => this.#happenings.announce(one);
    this.#asking = new Asking({ ...parts, orders: this.#orders, announce });
    this.#screens = new Screens({ ...parts });
    this.#controls = new ControlTopics({
      ...parts,
      ask: (asked) => this.ask(asked),
      answerHold: (source) => this.#screens.answerHold(source),
    });
    this.#seats = new Seats({ ...parts, judged: (verdict) => this.#judged(verdict) });
    this.#renewal = new Renewal({ ...parts, renewed: (...how) => this.#renewed(...how) });
    this.#pulse = new Pulse({ ...parts, beat: () => this.#beat() });
    this.#teller = new Throttle(timers, now, TELL_EVERY_MS, () => this.#tell());
  }

  /** @param isNew there is no journal: nothing is ordered before it has learnt what the broker holds */
  async open({ isNew }: { readonly isNew: boolean }): Promise<void> {
    const { bus } = this.#rooms;
    this.#statements.load(hostsOf(this.#rooms, this.#mind.state));
    if (!isNew) this.#begin(this.#mind.state, recallInstance(this.#rooms, this.#mind.state));
    this.#stops.push(
      bus.onConnection(({ event }) => {
        this.#seats.link(event === "connected" ? "link-restored" : "link-lost");
        this.#changed();
      }),
    );
    const listening = [this.#orders, this.#facts, this.#controls, this.#offers];
    for (const one of listening) {
      const subscriptions = await one.listen();
      this.#stops.push(...subscriptions.map((each) => () => each.unsubscribe()));
    }
    if (isNew) this.#learn();
  }

  get view(): HubView {
    const { bus, clock, store } = this.#rooms;
    this.#view ??= new LazyView({
      at: clock(),
      isConnected: bus.connected,
      isLearning: !this.#mind.isAwake,
      session: this.#session,
      state: this.#mind.state,
      facts: this.#facts.all,
      verdict: this.#verdict,
      recovered: store.recovered,
      releaseOf: (path) => this.#statements.releaseOf(path),
    });
    return this.#view;
  }

  watch(listener: (view: HubView) => void): () => void {
    this.#watchers.add(listener);
    this.#guarded(() => listener(this.view));
    return () => this.#watchers.delete(listener);
  }

  onHappened(listener: (happened: Happened) => void): () => void {
    return this.#happenings.listen(listener);
  }

  onFailed(listener: (error: NixwaveError) => void): () => void {
    return this.#failures.listen(listener);
  }

  onRelease(listener: (release: Release) => void): () => void {
    return this.#offers.onRelease(listener);
  }

  examine(release: Release): Examined {
    return this.#offers.examine(release);
  }

  offer(release: Release): Offered {
    return this.#offers.offer(release);
  }

  ask(asked: Asked): Answer {
    return this.#asking.ask(asked);
  }

  readonly step = {
    tryOn: (key: StepKey): Answer =>
      this.#asking.step({ type: "TrialAsked", at: this.#at(), ...key }),
    keep: (key: StepKey): Answer => this.#asking.step({ type: "StepKept", at: this.#at(), ...key }),
    undo: (key: StepKey, why: string): Answer =>
      this.#asking.step({ type: "StepUndone", at: this.#at(), ...key, why }),
  };

  pose(question: Question, onAnswer: (answer: QuestionAnswer) => void): () => void {
    return this.#asking.pose(question, onAnswer);
  }

  setPlan(plan: Plan): void {
    if (!this.#mind.isAwake) this.#plan = plan;
    else if (JSON.stringify(plan) !== JSON.stringify(this.#mind.state.plan)) {
      this.#mind.hear({ type: "PlanChanged", at: this.#at(), plan });
    }
  }

  openGate(name: string, plan: GatePlan, prometheus: URL | null): GateSeat {
    return this.#seats.open(name, plan, prometheus);
  }

  history(limit: number): readonly HistoryEntry<PastRollout>[] {
    return this.#rooms.store.history(limit);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#seats.close();
    this.#pulse.close();
    this.#renewal.close();
    this.#happenings.close();
    this.#mind.close();
    this.#teller.close();
    this.#rooms.store.close();
  }

  #makeHappenings(parts: Rooms & { readonly failed: (error: unknown) => void }): Happenings {
    return new Happenings({
      ...parts,
      view: () => this.view,
      record: (happened) => this.#record(happened),
      show: (happened) => this.#screens.event(happened),
      done: (ids) => this.#mind.hear({ type: "EffectsDone", at: this.#at(), ids }),
    });
  }

  #judged(verdict: Verdict | null): void {
    this.#verdict = verdict;
    this.#changed();
  }

  #at(): RolloutEvent["at"] {
    return this.#rooms.clock();
  }

  #begin(state: RolloutState, instance: SessionId): void {
    const { isClockSynchronised } = this.#rooms;
    const at = this.#at();
    this.#instance = instance;
    this.#mind.wake(state);
    const plan = this.#plan ?? firstPlan(this.#rooms, state);
    this.#mind.hear({ type: "ClockChecked", at, synchronised: isClockSynchronised() });
    this.#mind.hear({ type: "ControllerStarted", at, session: this.#session });
    if (plan) this.setPlan(plan);
    this.#offers.again();
    this.#pulse.start();
    this.#changed();
  }

  #learn(): void {
    const { plan, timers } = this.#rooms;
    learnState(this.#rooms, this.#plan ?? plan, this.#statements, () => !this.#isClosed)
      .then(({ state, instance }) => this.#begin(state, instance))
      .catch((error: unknown) => {
        if (this.#isClosed) return;
        this.#failures.tell(error);
        this.#stops.push(timers.after(TRY_AGAIN_MS, () => this.#learn()));
      });
  }

  #beat(): void {
    const { isClockSynchronised } = this.#rooms;
    const at = this.#at();
    const synchronised = isClockSynchronised();
    if (synchronised !== this.#mind.state.clockSynchronised) {
      this.#mind.hear({ type: "ClockChecked", at, synchronised });
    }
    this.#mind.hear({ type: "Tick", at });
    this.#happenings.forgetAllBut(this.#mind.state);
    this.#offers.again();
  }

  #carryOut(effect: RolloutEffect): void {
    if (effect.type === "Order") {
      if (effect.goal === "trial" || effect.goal === "boot") this.#seats.trialIsOrdered(effect);
      this.#orders.send(effect);
      return;
    }
    if (effect.type === "GateAsked") this.#seats.desk.ask(effect);
    if (effect.type === "ReconnectAsked") this.#renewal.ask(effect.id);
    if (effect.type === "HostEnded") this.#seats.ended(effect);
    this.#happenings.announce(effect);
  }

  #renewed(session: SessionId, effect: string): void {
    this.#session = session;
    const at = this.#at();
    this.#mind.hear({ type: "HubConnected", at, session });
    this.#mind.hear({ type: "EffectsDone", at, ids: [effect] });
  }

  /** What must be on disk before anybody is told. */
  #record({ announcement, view }: Happened): void {
    const { store } = this.#rooms;
    if (announcement.type === "RolloutEnded" && view.status) {
      const { id, startedAt } = announcement.rollout;
      const past: PastRollout = { status: view.status, startedAt };
      store.recordEnd({ rollout: id, endedAt: announcement.at, past });
    }
    if (announcement.type === "HostEnded" && announcement.state === "Succeeded") {
      const own = entriesOf(view.state.hosts).find(({ host }) => host === announcement.host);
      // The hub that can read the older journal is not needed any more once its own host stays as it is.
      if (own?.planned.carries.includes("hub")) store.forgetPrevious();
    }
  }

  #changed(): void {
    this.#view = null;
    this.#seats.desk.forgetOver();
    this.#pulse.look();
    this.#teller.touch();
  }

  #tell(): void {
    const { view } = this;
    if (this.#mind.isAwake) this.#guarded(() => this.#screens.show(view));
    for (const watcher of [...this.#watchers]) this.#guarded(() => watcher(view));
  }

  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#failures.tell(error);
    }
  }
}
