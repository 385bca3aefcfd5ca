import type { Subscription } from "../bus/index.ts";
import {
  commonForm,
  type FleetName,
  type HostName,
  NixwaveError,
  type Order,
  type OrderForm,
  ownForm,
  type Reported,
  type SecretKey,
  type SessionId,
  WIRE_SPOKEN,
} from "../contract/index.ts";
import {
  entryAt,
  type HostEntry,
  type HostTree,
  positionOf,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
} from "../rollout/index.ts";
import type { Store } from "../store/index.ts";
import type { HostFacts } from "./host-facts.ts";
import type { HubBus } from "./hub-bus.ts";
import { ownOrder, signOrder } from "./orders.ts";
import type { Statements } from "./statements.ts";

type OrderEffect = Extract<RolloutEffect, { type: "Order" }>;

interface OrderPorts {
  readonly bus: HubBus;
  readonly store: Pick<Store<never, never, never>, "keep" | "recall">;
  readonly fleet: FleetName;
  readonly key: SecretKey;
  /** Of this installation: it signs every order, and outlives restarts. */
  readonly instance: () => SessionId;
  readonly statements: Statements;
  readonly facts: Pick<HostFacts, "reportOf">;
  readonly state: () => RolloutState;
  readonly now: () => RolloutEvent["at"];
  readonly hear: (event: RolloutEvent) => void;
  readonly failed: (error: unknown) => void;
}

/** Orders as they go out and as they are heard again: they teach a hub its counter, and that it is not alone. */
export class OwnOrders {
  readonly #ports: OrderPorts;
  /** Payloads that this process has sent, by host. */
  readonly #sent = new Map<HostName, Set<string>>();
  /** The last order of hosts that had not said yet what they speak. */
  readonly #guessed = new Map<HostName, { readonly effect: OrderEffect; readonly wire: number }>();
  #cleared = new Set<string>();

  constructor(ports: OrderPorts) {
    this.#ports = ports;
    this.#cleared = new Set(ports.store.recall(CLEARED, namesIn) ?? []);
  }

  /** Repeats are the mind's: until the host's report shows it taken, it is ordered again. */
  send(effect: OrderEffect): void {
    const { bus, fleet, key, instance, statements, failed } = this.#ports;
    try {
      const form = this.#formFor(effect);
      if (form === null) return;
      const statement = statements.get(effect.statement);
      if (!statement) throw new NixwaveError("host-not-in-release", lost(effect));
      const desired = signOrder({ fleet, hub: instance(), key }, effect, statement.envelope, form);
      this.#remember(effect.host, desired.order.payload);
      bus.retain({ kind: "desired", host: effect.host }, desired).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /**
   * What it speaks now: an order written before it said so, in words that it does not know, goes out once more, if it is
   * still to be given. Under its own counter, for the host cannot have taken it; a commit would else wait for longer than
   * the lease.
   */
  spoke({ host, wire }: Reported): void {
    const guess = this.#guessed.get(host);
    this.#guessed.delete(host);
    if (!guess || wire.includes(guess.wire)) return;
    const { fenced, hosts } = this.#ports.state();
    const order = entryOf(hosts, host)?.step?.order;
    if (fenced || order?.counter !== guess.effect.counter || order.taken) return;
    this.send(guess.effect);
  }

  /**
   * The newest wire version that both know, by the host's own word; null, and said, where there is none. A word of before
   * its newest session says nothing against it: it may have been updated meanwhile.
   */
  #formFor(effect: OrderEffect): OrderForm | null {
    const { facts, hear, now, state } = this.#ports;
    const { host, rollout, attempt } = effect;
    const reported = facts.reportOf(host);
    const common = reported ? commonForm(reported.wire) : null;
    this.#guessed.delete(host);
    if (reported && reported.session === entryOf(state().hosts, host)?.sessions[0]) {
      if (common) return common;
      const failure = { error: "wire-too-far", said: wiresApart(reported) };
      hear({ type: "OrderNotSent", at: now(), rollout, host, attempt, ...failure });
      return null;
    }
    const form = common ?? ownForm();
    this.#guessed.set(host, { effect, wire: form.wire });
    return form;
  }

  listen(): readonly Promise<Subscription>[] {
    const { bus, key } = this.#ports;
    return [
      bus.subscribe({ kind: "desired" }, ({ address, payload, retained }) => {
        if (this.#sent.get(address.host)?.has(payload.order.payload)) return;
        const order = ownOrder(payload, key);
        if (order) this.#heard(order, retained);
      }),
    ];
  }

  /** A person chose this hub: what the other left behind is no news any more. @throws NixwaveError hub-state-failed */
  cleared(instance: SessionId): void {
    const cleared = new Set([...this.#cleared, instance]);
    this.#ports.store.keep(CLEARED, [...cleared].slice(-MOST_CLEARED));
    this.#cleared = cleared;
  }

  /**
   * An order under another instance, or one just now under ours that we did not send (a copied state folder),
   * is another hub's with the same key (DESIGN 5).
   */
  #heard({ counter, hub }: Order, retained: boolean): void {
    const { state, hear, now, instance } = this.#ports;
    const isAhead = counter > state().lastCounter;
    if (isAhead) hear({ type: "CounterLearned", at: now(), counter });
    const isForeign = hub !== instance() || (isAhead && !retained);
    if (!isForeign || (retained && this.#cleared.has(hub))) return;
    hear({ type: "ForeignHubSeen", at: now(), instance: hub });
  }

  #remember(host: HostName, payload: string): void {
    const sent = this.#sent.get(host) ?? new Set();
    sent.add(payload);
    const [oldest] = sent;
    if (sent.size > MOST_SENT && oldest !== undefined) sent.delete(oldest);
    this.#sent.set(host, sent);
  }
}

/** After a lost journal: CI's next release, or this one published again, brings it. */
const lost = ({ host, goal }: OrderEffect): string =>
  `${goal} on ${host}: the statement that CI signed for it is not known here any more`;

function entryOf(hosts: HostTree, host: HostName): HostEntry | null {
  const position = positionOf(hosts, host);
  return position < 0 ? null : entryAt(hosts, position);
}

const wiresApart = ({ agent, wire }: Reported): string =>
  `its agent ${agent} speaks wire version ${wire.join(" and ")}, this hub ${WIRE_SPOKEN.join(" and ")}`;

const CLEARED = "cleared-hubs";
const MOST_CLEARED = 20;
/** On their way at one time. */
const MOST_SENT = 8;

const namesIn = (json: unknown): readonly string[] =>
  Array.isArray(json) ? json.filter((one): one is string => typeof one === "string") : [];
