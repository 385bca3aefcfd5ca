import type { HostName, SessionId } from "../contract/index.ts";
import type { Verdict } from "../gate/index.ts";
import {
  type Announcement,
  type Plan,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../rollout/index.ts";
import { Asking } from "./asking.ts";
import { type Begun, firstPlan, hostsOf, recallInstance } from "./beginning.ts";
import { carryOut } from "./carry-out.ts";
import type { Answer, Asked, Decision, HubView } from "./conductor.ts";
import { ControlTopics } from "./control-topics.ts";
import { Decisions } from "./decisions.ts";
import { Failures } from "./failures.ts";
import { Happenings } from "./happenings.ts";
import { Heard } from "./heard.ts";
import { HistoryTopic } from "./history-topic.ts";
import { HomeAssistantDesk } from "./home-assistant-desk.ts";
import { HostFacts } from "./host-facts.ts";
import { Learner } from "./learner.ts";
import { Listening } from "./listening.ts";
import { Mind } from "./mind.ts";
import { Offers } from "./offers.ts";
import { OwnOrders } from "./own-orders.ts";
import { PhoneDesk } from "./phone-desk.ts";
import { Pulse } from "./pulse.ts";
import { record } from "./records.ts";
import { Renewal } from "./renewal.ts";
import type { Rooms } from "./rooms.ts";
import { Screens } from "./screens.ts";
import { Seats } from "./seats.ts";
import { Showing } from "./showing.ts";
import { Statements } from "./statements.ts";
import { Switches } from "./switches.ts";
import type { Seen } from "./view.ts";

/** The rooms put together; each duty is in a file of its own. */
export class HubShell {
  readonly #rooms: Rooms;
  readonly failures = new Failures();
  readonly #listening: Listening;
  readonly mind: Mind;
  readonly #statements: Statements;
  readonly #facts: HostFacts;
  readonly #orders: OwnOrders;
  readonly offers: Offers;
  readonly asking: Asking;
  readonly happenings: Happenings;
  readonly decisions = new Decisions(() => this.mind.state, this.failures.tell);
  readonly phone: PhoneDesk;
  readonly #screens: Screens;
  readonly #history: HistoryTopic;
  readonly switches: Switches;
  readonly #controls: ControlTopics;
  readonly #homeAssistant: HomeAssistantDesk;
  readonly seats: Seats;
  readonly #renewal: Renewal;
  readonly #learner: Learner;
  readonly #pulse: Pulse;
  readonly showing: Showing;
  #stopWatching: () => void = () => undefined;
  #session: SessionId;
  #instance: SessionId;
  /** Came while it learnt. */
  #plan: Plan | null = null;
  #verdict: Verdict | null = null;
  #isClosed: boolean = false;

  /** @param state what the journal holds, or a new one */
  constructor(rooms: Rooms, state: RolloutState) {
    this.#rooms = rooms;
    const { clock: now, session } = rooms;
    if (rooms.onFailed) this.failures.listen(rooms.onFailed);
    const failed = this.failures.tell;
    const hear = this.decisions.overhear((event) => this.mind.hear(event));
    const changed = (): void => this.#changed();
    const carryOut = (effect: RolloutEffect): void => this.#carryOut(effect);
    const shell = { ...rooms, rooms, now, hear, failed, changed, state: () => this.mind.state };
    this.#session = session;
    this.#instance = session;
    this.#listening = new Listening(failed);
    this.mind = new Mind({ ...rooms, reduce, carryOut, changed, failed }, state);
    this.#statements = new Statements(rooms.store);
    const parts = { ...shell, mind: this.mind, statements: this.#statements };
    this.#facts = new HostFacts({ ...parts, spoke: (report) => this.#orders.spoke(report) });
    this.#orders = new OwnOrders({ ...parts, facts: this.#facts, instance: () => this.#instance });
    const told = { ...parts, session: () => this.#session };
    const decided = (one: Decision): void => this.decisions.tell(one);
    this.offers = new Offers({ ...parts, heard: new Heard({ ...told, decided }) });
    this.#history = new HistoryTopic(told);
    this.happenings = this.#makeHappenings(parts);
    const announce = (one: Announcement): void => this.happenings.announce(one);
    this.asking = new Asking({ ...parts, orders: this.#orders, announce, decided });
    const isAsked = (host: HostName): boolean => this.asking.isOpenFor(host);
    this.#screens = new Screens({ ...parts, isAsked });
    const ask = (asked: Asked): Answer => this.asking.ask(asked);
    this.phone = new PhoneDesk({ ...parts, ask });
    const holds = (): RolloutState["holds"] => this.mind.state.holds;
    this.switches = new Switches({ ...parts, ask, holds, isAwake: () => this.mind.isAwake });
    const { switches } = this;
    this.#controls = new ControlTopics({ ...parts, ask, switches, screens: this.#screens });
    const { homeAssistant = null } = rooms;
    this.#homeAssistant = new HomeAssistantDesk({ ...parts, homeAssistant });
    this.seats = new Seats({ ...parts, judged: (verdict) => this.#judged(verdict) });
    this.#renewal = new Renewal({ ...parts, renewed: (...how) => this.#renewed(...how) });
    const learnt = (begun: Begun): void => this.#begin(begun);
    this.#learner = new Learner({ ...parts, plan: () => this.#plan ?? rooms.plan, learnt });
    this.#pulse = new Pulse({ ...parts, beat: () => this.#beat() });
    const show = (view: HubView): void => this.#show(view);
    this.showing = new Showing({ ...parts, look: () => this.#look(), show });
  }

  /**
   * @param isNew there is no journal: nothing is ordered before it has learnt what the broker holds
   * @throws NixwaveError hub-state-failed | hub-state-damaged
   */
  open({ isNew }: { readonly isNew: boolean }): void {
    const { state } = this.mind;
    this.#statements.load(hostsOf(this.#rooms, state));
    const instance = isNew ? null : recallInstance(this.#rooms, state);
    this.#stopWatching = this.#rooms.bus.onConnection(({ event }) => {
      this.seats.link(event === "connected" ? "link-restored" : "link-lost");
      this.#changed();
    });
    this.#listening.begin([this.#facts, this.#controls, this.offers]);
    this.#homeAssistant.open();
    if (instance === null) this.#learner.start();
    else this.#begin({ state, instance });
  }

  /** It applies from the next rollout on; while it learns it waits. */
  setPlan(plan: Plan): void {
    if (!this.mind.isAwake) this.#plan = plan;
    else if (JSON.stringify(plan) !== JSON.stringify(this.mind.state.plan)) {
      this.mind.hear({ type: "PlanChanged", at: this.#at(), plan });
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopWatching();
    this.#listening.close();
    this.#homeAssistant.close();
    this.#learner.close();
    this.seats.close();
    this.#pulse.close();
    this.#renewal.close();
    this.happenings.close();
    this.decisions.close();
    this.mind.close();
    this.showing.close();
    try {
      this.#rooms.store.close();
    } catch (error) {
      this.failures.tell(error);
    }
  }

  #at(): RolloutEvent["at"] {
    return this.#rooms.clock();
  }

  #makeHappenings(parts: Rooms & { readonly failed: (error: unknown) => void }): Happenings {
    return new Happenings({
      ...parts,
      view: () => this.showing.view,
      record: (happened) => {
        record(parts.store, happened);
        if (happened.announcement.type === "RolloutEnded") this.#history.tell();
      },
      show: (happened) => this.#screens.event(happened),
      done: (ids) => this.mind.hear({ type: "EffectsDone", at: this.#at(), ids }),
    });
  }

  #begin({ state, instance }: Begun): void {
    const { isClockSynchronised } = this.#rooms;
    const at = this.#at();
    this.#instance = instance;
    this.mind.wake(state, [
      { type: "ClockChecked", at, synchronised: isClockSynchronised() },
      { type: "ControllerStarted", at, session: this.#session },
    ]);
    // Not before: it must know its own orders when it hears them, and heed what a switch says.
    this.#listening.begin([this.#orders, this.#controls.switches]);
    const plan = this.#plan ?? firstPlan(this.#rooms, state);
    if (plan) this.setPlan(plan);
    this.offers.again();
    this.#history.tell();
    this.#pulse.start();
    this.#changed();
  }

  #beat(): void {
    const at = this.#at();
    const synchronised = this.#rooms.isClockSynchronised();
    if (synchronised !== this.mind.state.clockSynchronised) {
      this.mind.hear({ type: "ClockChecked", at, synchronised });
    }
    this.mind.hear({ type: "Tick", at });
    this.happenings.tend(this.mind.state);
    this.offers.again();
  }

  #carryOut(effect: RolloutEffect): void {
    const { decisions, seats, happenings } = this;
    const hands = { decisions, seats, happenings, orders: this.#orders, renewal: this.#renewal };
    carryOut(hands, effect);
  }

  #renewed(session: SessionId, effect: string): void {
    this.#session = session;
    const at = this.#at();
    this.mind.hear({ type: "HubConnected", at, session });
    this.mind.hear({ type: "EffectsDone", at, ids: [effect] });
  }

  #judged(verdict: Verdict | null): void {
    this.#verdict = verdict;
    this.#changed();
  }

  #changed(): void {
    this.showing.changed();
    this.seats.desk.forgetOver();
    if (this.mind.isAwake) this.#pulse.look();
  }

  #show(view: HubView): void {
    if (this.mind.isAwake) this.#screens.show(view);
  }

  #look(): Seen {
    const { bus, clock, store } = this.#rooms;
    return {
      ...{ at: clock(), isConnected: bus.connected, isLearning: !this.mind.isAwake },
      ...{ session: this.#session, state: this.mind.state, facts: this.#facts.all },
      ...{ verdict: this.#verdict, recovered: store.recovered, questions: this.asking.open },
      releaseOf: (path) => this.#statements.releaseOf(path),
    };
  }
}
