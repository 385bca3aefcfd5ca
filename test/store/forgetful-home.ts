import type { HoldSource, HostName, Order } from "../../src/contract/index.ts";
import {
  type OfferedRelease,
  parseState,
  type RolloutEvent,
  statusOf,
} from "../../src/rollout/index.ts";
import { type Relearned, type Retained, relearn } from "../../src/store/index.ts";
import { Home, sessionOf } from "../rollout/scenes.ts";
import { HUB, orderOf } from "../support/contract-builders.ts";

/** A home with a broker that keeps the last word on each topic, and a hub that may lose its journal. */
export class ForgetfulHome extends Home {
  readonly orders_: Map<HostName, Order> = new Map();
  offered: OfferedRelease | null = null;
  holds: readonly HoldSource[] = [];

  override play(event: RolloutEvent): this {
    super.play(event);
    if (event.type === "ReleaseVerified") this.offered = event.release;
    for (const effect of this.last.effects) {
      if (effect.type !== "Order") continue;
      const { host, rollout, attempt, goal, counter, statement } = effect;
      this.orders_.set(
        host,
        orderOf(statement, { host, rollout, attempt, goal, counter, hub: HUB }),
      );
    }
    return this;
  }

  get retained(): Retained {
    return {
      orders: [...this.orders_.values()],
      release: this.offered,
      status: statusOf(this.state, HUB, this.at),
      holds: this.holds,
    };
  }

  /** The journal is gone, and the hub starts with what the broker retains. */
  forget(retained: Partial<Retained> = {}): Relearned {
    const { plan } = this.state;
    const { state, rollout } = relearn(plan, { ...this.retained, ...retained }, this.at);
    this.state = parseState(JSON.parse(JSON.stringify(state)));
    this.play({ type: "ControllerStarted", at: this.at, session: sessionOf(99) });
    this.ordered.splice(0);
    return rollout;
  }
}

export const trials = (home: Home): readonly string[] =>
  home.orders.filter((order) => order.includes(" trial"));
