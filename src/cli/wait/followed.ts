import { foldPresence, type KnownPresence, type Message } from "../../bus/index.ts";
import type {
  Digest,
  HostName,
  ReleaseHeard,
  RolloutHistory,
  RolloutStatus,
  Serial,
  WireKind,
} from "../../contract/index.ts";

/** Which release is followed. */
export interface Awaited {
  readonly digest: Digest;
  readonly serial: Serial;
}

/** All that is known of the release that somebody waits for. */
export interface Followed extends Awaited {
  readonly isConnected: boolean;
  readonly hub: "online" | "offline" | "unheard";
  /** Of this release alone; what was said of another one is not here. */
  readonly heard: ReleaseHeard | null;
  /** Of whatever release the hub rolls out. */
  readonly status: RolloutStatus | null;
  /** How the rollout of this release ended, once another one has taken its place in `status`. */
  readonly past: RolloutHistory["ended"][number] | null;
  /** The hub has told of this release's rollout. */
  readonly hasBegun: boolean;
  /** The newest serial on the release topic. */
  readonly newest: Serial | null;
  readonly asleep: ReadonlySet<HostName>;
}

/** Folds what is heard into what is known. Late wills of an earlier session change nothing. */
export class Following {
  readonly #awaited: Awaited;
  readonly #hosts = new Map<HostName, KnownPresence>();
  #hub: KnownPresence;
  #heard: ReleaseHeard | null = null;
  #status: RolloutStatus | null = null;
  #past: Followed["past"] = null;
  #hasBegun = false;
  #newest: Serial | null = null;
  isConnected = true;

  constructor(awaited: Awaited) {
    this.#awaited = awaited;
  }

  hear(message: Message<WireKind>): void {
    const { address, payload } = message;
    switch (address.kind) {
      case "hubStatus":
        this.#hub = foldPresence(this.#hub, payload as never);
        break;
      case "availability":
        this.#hosts.set(
          address.host,
          foldPresence(this.#hosts.get(address.host), payload as never),
        );
        break;
      case "rolloutStatus":
        this.#status = payload as RolloutStatus;
        this.#hasBegun ||= this.#status.serial === this.#awaited.serial;
        break;
      case "rolloutHistory":
        this.#past = this.#ownIn(payload as RolloutHistory);
        break;
      case "releaseHeard":
        this.#hearAnswer(payload as ReleaseHeard);
        break;
      default:
        break;
    }
  }

  /** A release lies on the topic, perhaps a newer one. */
  see(serial: Serial): void {
    if (this.#newest === null || serial > this.#newest) this.#newest = serial;
  }

  get now(): Followed {
    const away = [...this.#hosts].filter(([, presence]) => presence?.state === "offline");
    return {
      ...this.#awaited,
      isConnected: this.isConnected,
      hub: this.#hub?.state ?? "unheard",
      heard: this.#heard,
      status: this.#status,
      past: this.#past,
      hasBegun: this.#hasBegun,
      newest: this.#newest,
      asleep: new Set(away.map(([host]) => host)),
    };
  }

  /** The first of its rollouts: those after it bring the release to hosts that were away. */
  #ownIn({ ended }: RolloutHistory): Followed["past"] {
    return ended.findLast(({ serial }) => serial === this.#awaited.serial) ?? null;
  }

  /** The same release said anew by another hub session replaces what an earlier one said. */
  #hearAnswer(answer: ReleaseHeard): void {
    if (answer.digest === this.#awaited.digest) this.#heard = answer;
    else if (answer.serial !== null) this.see(answer.serial);
  }
}
