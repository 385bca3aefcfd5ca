import { type Envelope, type EpochMs, instant, NixwaveError } from "../../src/contract/index.ts";
import {
  type Announcement,
  describe,
  newRolloutState,
  nextWakeAt,
  type Plan,
  parsePlan,
  plainReason,
  type Rollout,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  reduce,
  statusOf,
  stepsOf,
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
    const plan = fleet && readPlan(this, fleet, config["lease"]);
    if (!plan) return;
    const controller = new RolloutController(this, fleet, plan);
    const leave = fleet.join(controller.member);
    controller.start();
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
      controller.close();
      done();
    });
  }
  red.nodes.registerType("nixwave-rollout", RolloutNode);
}

/** One host after the other in the fleet's order; the wires have no say yet, so a failure stops it. */
function readPlan(node: RedNode, fleet: Fleet, lease: unknown): Plan | null {
  try {
    const { hosts } = fleet.config;
    return parsePlan({ hosts, lease, soak: "0s", settle: "0s", onFailure: "stop" });
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
  /** CI's statements of the releases offered, by digest: they travel verbatim. */
  #envelopes: ReadonlyMap<string, Envelope> = new Map();
  #state: RolloutState;
  #wake: NodeJS.Timeout | undefined;

  constructor(node: RedNode, fleet: Fleet, plan: Plan) {
    this.#node = node;
    this.#fleet = fleet;
    this.#state = newRolloutState(plan, now());
    this.#show();
  }

  start(): void {
    this.#reduce({ type: "ControllerStarted", at: now(), session: this.#fleet.session });
  }

  close(): void {
    clearTimeout(this.#wake);
  }

  get member(): Parameters<Fleet["join"]>[0] {
    return {
      counter: (counter) => this.#reduce({ type: "CounterLearned", at: now(), counter }),
      reported: ({ payload, retained }) =>
        this.#reduce({ type: "HostReported", at: now(), live: !retained, report: payload }),
      availability: ({ address, payload }) => {
        const { host } = address;
        const { state, session } = payload;
        const type = state === "online" ? "HostAppeared" : "HostLost";
        this.#reduce({ type, at: now(), host, session });
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
    const ids = state.outbox.map(({ id }) => id);
    if (ids.length > 0) this.#reduce({ type: "EffectsDone", at: now(), ids });
    else this.#publish();
  }

  #publish(): void {
    this.#show();
    this.#wakeUp();
    const status = statusOf(this.#state, this.#fleet.session, now());
    if (status) this.#soon(() => this.#fleet.tellStatus(status));
  }

  /** Timers are data (DESIGN 8): the state says when the next one is due. */
  #wakeUp(): void {
    clearTimeout(this.#wake);
    const at = nextWakeAt(this.#state);
    if (at === null) return;
    const waitMs = Math.min(Math.max(at - now(), 0), LONGEST_TIMER_MS);
    this.#wake = setTimeout(() => this.#reduce({ type: "Tick", at: now() }), waitMs);
  }

  #carryOut(effect: RolloutEffect): void {
    if (effect.type === "Order") this.#order(effect);
    else this.#tell(effect);
  }

  #tell(effect: Announcement): void {
    switch (effect.type) {
      case "StepStarted": {
        const { rollout, host, target } = effect;
        this.#node.send([{ payload: { host, storePath: target }, nixwave: { rollout } }]);
        break;
      }
      case "RolloutEnded":
        this.#ended(effect.rollout);
        break;
      default: // told by the events node
    }
  }

  /** Output 2: done; output 3: it ended otherwise. */
  #ended(rollout: Rollout): void {
    const steps = stepsOf(this.#state).map(({ host, state, why }) => ({
      ...{ host, state, why: plainReason(why) },
    }));
    const why = plainReason(rollout.why);
    const message = { payload: { ...rollout, why, steps } };
    const { completion } = rollout;
    if (completion === "Promoted" || completion === "PartiallyPromoted") {
      this.#node.send([null, message]);
      return;
    }
    this.#node.log(`the rollout stopped: ${why}`);
    this.#node.send([null, null, message]);
  }

  #order(effect: Extract<RolloutEffect, { type: "Order" }>): void {
    const statement = this.#envelopes.get(effect.statement);
    if (statement) this.#soon(() => this.#fleet.order(effect, statement));
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

/** Timers of Node.js overflow at 2^31 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function colourOf({ rollout }: RolloutState): Pick<NodeStatus, "fill" | "shape"> {
  if (!rollout) return { fill: "grey", shape: "dot" };
  if (rollout.phase !== "Completed") return { fill: "blue", shape: "dot" };
  return { fill: rollout.completion === "Promoted" ? "green" : "red", shape: "dot" };
}

const now = (): EpochMs => instant(Date.now());
