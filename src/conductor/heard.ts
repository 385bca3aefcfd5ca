import {
  type Channel,
  type EpochMs,
  type Release,
  type ReleaseHeard,
  releaseDigest,
  type SessionId,
} from "../contract/index.ts";
import { readable } from "../people/index.ts";
import { entriesOf, type OfferedRelease, REASONS, type RolloutState } from "../rollout/index.ts";
import type { Decision } from "./decided.ts";
import type { HubBus } from "./hub-bus.ts";
import type { CheckedRelease } from "./offer.ts";

interface HeardPorts {
  readonly bus: Pick<HubBus, "retain">;
  readonly channel: Channel;
  readonly now: () => EpochMs;
  readonly session: () => SessionId;
  readonly failed: (error: unknown) => void;
  readonly decided: (decision: Decision) => void;
}

type Fate = Pick<ReleaseHeard, "state" | "recorded" | "why">;

const REFUSED_TOLD = 8;
const WHY_CHARACTERS = 900; // of the wire's message

/** Tells CI what became of the newest release, only what is news. */
export class Heard {
  readonly #ports: HeardPorts;
  #told = "";

  constructor(ports: HeardPorts) {
    this.#ports = ports;
  }

  /** @param fate null: nothing is known beyond the check of its statements */
  tell(release: Release, { offered, refused }: CheckedRelease, fate: Fate | null): void {
    const { bus, channel, now, session, failed } = this.#ports;
    const nobody = offered === null ? refusedFate(refused) : VERIFIED;
    const told: Omit<ReleaseHeard, "at"> = {
      ...{ v: 1, hub: session(), digest: releaseDigest(release), serial: offered?.serial ?? null },
      ...(fate ?? nobody),
      refused: refused
        .slice(0, REFUSED_TOLD)
        .map(({ code, message }) => ({ code, message: readable(message, WHY_CHARACTERS) })),
    };
    const same = JSON.stringify(told);
    if (this.#told === same) return;
    this.#told = same;
    this.#decide(told, offered?.title ?? null);
    bus
      .retain({ kind: "releaseHeard", channel }, { ...told, at: now() })
      .catch((error: unknown) => {
        this.#told = ""; // the next word tells it again
        failed(error);
      });
  }

  /** A recorded one is told by the rollout itself. */
  #decide({ state, serial, refused, why }: Omit<ReleaseHeard, "at">, title: string | null): void {
    const { now, decided } = this.#ports;
    if (state === "taken" && serial !== null) {
      decided({ type: "ReleaseTaken", at: now(), serial, title });
    } else if (state === "refused") {
      const code = refused[0]?.code ?? null;
      decided({ type: "ReleaseRefused", at: now(), serial, code, said: why });
    }
  }
}

const VERIFIED: Fate = { state: "verified", recorded: null, why: "" };

const refusedFate = (refused: CheckedRelease["refused"]): Fate => ({
  ...{ state: "refused", recorded: null },
  why: readable(refused[0]?.message ?? "it names no host", WHY_CHARACTERS),
});

/**
 * What a release is to the rollout, also when it was offered before a restart; null when it is nothing to it. Pure.
 */
export function fateIn(state: RolloutState, offered: OfferedRelease): Fate | null {
  const { rollout, next, newestSerial } = state;
  if (rollout?.serial === offered.serial || next?.release.serial === offered.serial) {
    return { state: "taken", recorded: null, why: "" };
  }
  if (newestSerial !== offered.serial) return null;
  const recorded = runsEverywhere(state, offered) ? "changes-nothing" : "only-statements";
  return { state: "recorded", recorded, why: REASONS[recorded] };
}

/** What the rollout said to it is why it is refused. */
export const refusedBecause = (why: string): Fate => ({
  ...{ state: "refused", recorded: null },
  why: readable(why, WHY_CHARACTERS),
});

/** Each host of it that the plan knows runs it and keeps it. */
function runsEverywhere({ hosts }: RolloutState, { hosts: named }: OfferedRelease): boolean {
  const targets = new Map(named.map(({ host, target }) => [host, target]));
  return entriesOf(hosts).every(({ host, current, good }) => {
    const target = targets.get(host);
    return target === undefined || (current === target && good[0]?.target === target);
  });
}
