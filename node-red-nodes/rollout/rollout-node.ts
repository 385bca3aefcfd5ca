import {
  type DurationMs,
  type Envelope,
  type EpochMs,
  type HostName,
  instant,
  NixwaveError,
  parseDuration,
  type SessionId,
} from "../../src/contract/index.ts";
import {
  describe,
  newRolloutState,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  reduce,
  statusOf,
} from "../../src/rollout/index.ts";
import { findFleet } from "../fleet/find-fleet.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { checkOffer } from "../release/offer.ts";
import type { FlowMessage, NodeConfig, NodeStatus, Red, RedNode } from "../runtime/red.ts";
import { releaseIn } from "./release-message.ts";

export default function registerRollout(red: Red): void {
  function RolloutNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const fleet = findFleet(red, this, config);
    const lease = readLease(this, config["lease"]);
    if (!fleet || lease === null) return;
    const controller = new RolloutController(this, fleet, lease);
    const leave = fleet.join(controller.member);
    this.on("input", (message, _send, done) => {
      try {
        controller.offer(message);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.on("close", (_removed, done) => {
      leave();
      done();
    });
  }
  red.nodes.registerType("nixwave-rollout", RolloutNode);
}

function readLease(node: RedNode, field: unknown): DurationMs | null {
  try {
    return parseDuration(String(field));
  } catch (error) {
    node.error(`lease: ${(error as Error).message}`);
    node.status({ fill: "red", shape: "ring", text: "lease not usable" });
    return null;
  }
}

/** Owns the state of the rollout; turns what is heard into events and effects into orders and messages. */
class RolloutController {
  readonly #node: RedNode;
  readonly #fleet: Fleet;
  readonly #lease: DurationMs;
  readonly #sessions = new Map<HostName, SessionId>();
  /** CI's statements of the releases offered, by digest: they travel verbatim. */
  #envelopes: ReadonlyMap<string, Envelope> = new Map();
  #state: RolloutState;

  constructor(node: RedNode, fleet: Fleet, lease: DurationMs) {
    this.#node = node;
    this.#fleet = fleet;
    this.#lease = lease;
    this.#state = newRolloutState(fleet.config.hosts);
    this.#show();
  }

  get member(): Parameters<Fleet["join"]>[0] {
    return {
      counter: (counter) => this.#reduce({ type: "CounterLearned", at: now(), counter }),
      reported: ({ payload, retained }) =>
        this.#reduce({ type: "HostReported", at: now(), live: !retained, report: payload }),
      availability: ({ address, payload, retained }) => {
        const { host } = address;
        const known = this.#sessions.get(host);
        if (payload.state !== "online") return;
        this.#sessions.set(host, payload.session);
        if (retained || known === payload.session) return;
        this.#reduce({ type: "HostAppeared", at: now(), host });
      },
    };
  }

  /** @throws NixwaveError when the message carries no release of which a statement is accepted */
  offer(message: FlowMessage): void {
    const checked = checkOffer(releaseIn(message), this.#fleet.config, now());
    if (!checked.offered) {
      const why = checked.refused.map(({ code }) => code).join(", ");
      throw new NixwaveError("signature-invalid", `no statement was accepted: ${why}`);
    }
    this.#envelopes = new Map([...this.#envelopes, ...checked.envelopes]);
    this.#reduce({ type: "ReleaseVerified", at: now(), release: checked.offered });
  }

  #reduce(event: RolloutEvent): void {
    const { state, effects, ignored } = reduce(this.#state, event);
    if (ignored !== null) return;
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    this.#show();
    const status = statusOf(state, this.#fleet.session, now());
    if (status) this.#soon(() => this.#fleet.tellStatus(status));
  }

  #carryOut(effect: RolloutEffect): void {
    switch (effect.type) {
      case "Order":
        this.#order(effect);
        break;
      case "StepStarted": {
        const { rollout, host, target } = effect;
        this.#node.send([{ payload: { host, storePath: target }, nixwave: { rollout } }]);
        break;
      }
      case "Finished":
        this.#node.send([null, { payload: effect.rollout }]);
        break;
      case "Stopped":
        this.#node.log(`the rollout stopped: ${effect.rollout.why}`);
        this.#node.send([null, null, { payload: effect.rollout }]);
        break;
    }
  }

  #order(effect: Extract<RolloutEffect, { type: "Order" }>): void {
    const statement = this.#envelopes.get(effect.statement);
    if (statement) this.#soon(() => this.#fleet.order(effect, statement, this.#lease));
    else this.#node.error(`the statement for ${effect.host} is not known`);
  }

  /** The bus keeps the order of what it is handed; a failure is said, and the next order repeats it. */
  #soon(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#node.error(String(error)));
  }

  #show(): void {
    this.#node.status({ ...colourOf(this.#state), text: describe(this.#state) });
  }
}

function colourOf({ rollout }: RolloutState): Pick<NodeStatus, "fill" | "shape"> {
  if (!rollout) return { fill: "grey", shape: "dot" };
  if (rollout.phase !== "Completed") return { fill: "blue", shape: "dot" };
  return { fill: rollout.completion === "Promoted" ? "green" : "red", shape: "dot" };
}

const now = (): EpochMs => instant(Date.now());
