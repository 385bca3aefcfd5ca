import {
  type Channel,
  type EpochMs,
  type FleetName,
  NixwaveError,
  type Order,
  type SecretKey,
  type TrustedKeys,
  type VerifiedStatement,
  verifyStatement,
} from "../contract/index.ts";
import type { Retained } from "../store/index.ts";
import type { HubBus } from "./hub-bus.ts";
import { checkOffer } from "./offer.ts";
import { ownOrder } from "./orders.ts";

interface LearningTerms {
  readonly fleet: FleetName;
  readonly channel: Channel;
  readonly releaseKeys: TrustedKeys;
  readonly key: SecretKey;
  readonly now: EpochMs;
}

/** What the broker holds of this home, with the statements that travelled beside it. */
export interface Learned {
  readonly retained: Retained;
  readonly statements: readonly VerifiedStatement[];
}

const SNAPSHOT = { timeoutMs: 10_000 } as const;

/**
 * Everything that a hub without a journal can know, complete or not at all: a hub that orders before it has heard
 * what is retained would begin again what has ended (DESIGN 8).
 * @throws NixwaveError as Bus.snapshot
 */
export async function learn(bus: HubBus, terms: LearningTerms): Promise<Learned> {
  const desired = await bus.snapshot("desired", SNAPSHOT);
  const releases = await bus.snapshot("release", SNAPSHOT);
  const status = await bus.snapshot("rolloutStatus", SNAPSHOT);
  const holds = await bus.snapshot("holdState", SNAPSHOT);
  const own = desired.flatMap(({ payload }) => {
    const order = ownOrder(payload, terms.key);
    return order ? [{ order, statement: payload.statement }] : [];
  });
  const release = releases.find(({ address }) => address.channel === terms.channel);
  const checked = release ? checkOffer(release.payload, terms, terms.now) : null;
  const told = status[0]?.payload ?? null;
  const orders: readonly Order[] = own.map(({ order }) => order);
  return {
    retained: {
      orders,
      // Wires decide what is offered: one that no rollout has told of begins nothing by lying there.
      release: told !== null && told.serial === checked?.offered?.serial ? checked.offered : null,
      status: told,
      holds: holds.flatMap(({ address, payload }) => (payload === "ON" ? [address.source] : [])),
    },
    statements: [
      ...(checked?.verified ?? []),
      ...own.flatMap(({ statement }) => verifiedOrNone(statement, terms.releaseKeys)),
    ],
  };
}

function verifiedOrNone(
  ...[envelope, keys]: Parameters<typeof verifyStatement>
): readonly VerifiedStatement[] {
  try {
    return [verifyStatement(envelope, keys)];
  } catch (error) {
    if (error instanceof NixwaveError) return []; // its key was rotated since: no host would take it either
    throw error;
  }
}
