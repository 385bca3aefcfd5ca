import type { Subscription } from "../bus/index.ts";
import type { EpochMs, NixwaveError, Release, ReleaseTrust } from "../contract/index.ts";
import type { RolloutEvent } from "../rollout/index.ts";
import { type Brought, bringRelease } from "./bring-release.ts";
import type { Examined, Offered } from "./conductor.ts";
import { asFailure } from "./failures.ts";
import { fateIn, type Heard, refusedBecause } from "./heard.ts";
import type { HubBus } from "./hub-bus.ts";
import type { Mind } from "./mind.ts";
import { type CheckedRelease, checkOffer } from "./offer.ts";
import type { Statements } from "./statements.ts";

interface OfferPorts extends ReleaseTrust {
  readonly bus: HubBus;
  readonly mind: Mind;
  readonly statements: Statements;
  readonly heard: Pick<Heard, "tell">;
  readonly now: () => EpochMs;
  readonly failed: (error: unknown) => void;
}

type Listener = (release: Release) => void;

/** Releases: heard on the channel's topic, examined, and offered to the rollout when the wires say so. */
export class Offers {
  readonly #ports: OfferPorts;
  readonly #listeners = new Set<Listener>();
  #heard: Release | null = null;
  /** Came while nothing could be made durable: a retained release does not come twice. */
  #waiting: Release | null = null;

  constructor(ports: OfferPorts) {
    this.#ports = ports;
  }

  listen(): readonly Promise<Subscription>[] {
    const { bus, channel, failed } = this.#ports;
    const heard = ({ payload }: { readonly payload: Release }): void => {
      this.#heard = payload;
      for (const listener of [...this.#listeners]) this.#tell(listener, payload);
    };
    const refused = (error: NixwaveError): void => failed(error);
    return [bus.subscribe({ kind: "release", channel }, heard, refused)];
  }

  onRelease(listener: Listener): () => void {
    this.#listeners.add(listener);
    const heard = this.#heard;
    if (heard) queueMicrotask(() => this.#listeners.has(listener) && this.#tell(listener, heard));
    return () => this.#listeners.delete(listener);
  }

  examine(release: Release): Examined {
    const { mind, heard, now } = this.#ports;
    const checked = checkOffer(release, this.#ports, now());
    const { offered } = checked;
    if (offered === null) heard.tell(release, checked, null);
    else if (mind.isAwake) heard.tell(release, checked, fateIn(mind.state, offered));
    const hosts = checked.offered?.hosts ?? [];
    return {
      ...told(checked),
      hosts: hosts.map(({ host, target }) => ({ host, storePath: target })),
    };
  }

  offer(release: Release): Offered {
    const { mind, statements, heard, now, failed } = this.#ports;
    const at = now();
    const checked = checkOffer(release, this.#ports, at);
    const { offered, verified } = checked;
    if (offered === null) {
      heard.tell(release, checked, null);
      return told(checked);
    }
    if (!mind.isAwake) {
      this.#waiting = release;
      return told(checked);
    }
    try {
      statements.add(verified, mind.state); // before: an order must never lack its statement
      const event: RolloutEvent = { type: "ReleaseVerified", at, release: offered };
      const ignored = mind.ask(event);
      this.#waiting = null;
      const fate = fateIn(mind.state, offered);
      heard.tell(release, checked, fate ?? (ignored === null ? null : refusedBecause(ignored)));
      return told(checked);
    } catch (error) {
      this.#waiting = release;
      failed(error);
      const { code, message } = asFailure(error);
      const { refused, ...rest } = told(checked);
      return { ...rest, accepted: [], refused: [...refused, { code, message }] };
    }
  }

  bring(release: Release): Promise<Brought> {
    return bringRelease(this.#ports.bus, this.#ports, release, this.#ports.now());
  }

  /** What could not be made durable is offered again. */
  again(): void {
    if (this.#waiting) this.offer(this.#waiting);
  }

  #tell(listener: Listener, release: Release): void {
    try {
      listener(release);
    } catch (error) {
      this.#ports.failed(error);
    }
  }
}

function told({ offered, refused }: CheckedRelease): Offered {
  return {
    serial: offered?.serial ?? null,
    title: offered?.title ?? null,
    accepted: offered?.hosts.map(({ host }) => host) ?? [],
    refused,
  };
}
