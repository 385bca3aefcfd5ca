import { existsSync } from "node:fs";
import type { BrokerUrl, Message } from "../../bus/index.ts";
import {
  ERRORS,
  NixwaveError,
  type TrustedKeys,
  WIRE,
  type WireKind,
} from "../../contract/index.ts";
import { type BrokerFlags, type BrokerSession, withBroker } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { EXIT, exitStatusOf } from "../exit-status.ts";
import {
  type Facts,
  type Known,
  known,
  type ReportSeen,
  type RolloutSeen,
  unknown,
} from "./facts.ts";
import { type Heard, hearHome } from "./hear-home.ts";
import { lookAtWeb } from "./look-at-web.ts";
import type { FlowRead } from "./read-flow.ts";
import { ordersIn, statementsIn } from "./signed-seen.ts";
import { lookAsStranger } from "./stranger.ts";

/** What the command line and the files of this machine say. */
export interface Local {
  readonly io: CommandIo;
  readonly flags: BrokerFlags;
  readonly broker: string;
  /** Where devices connect without a user name, when that is another address. */
  readonly openBroker: BrokerUrl | undefined;
  readonly version: string;
  readonly base: Facts["base"];
  readonly channel: Facts["channel"];
  readonly listenMs: number;
  readonly releaseKeys: Known<TrustedKeys>;
  readonly hubKeys: Known<TrustedKeys>;
  readonly flow: Facts["flow"];
  readonly sensors: Known<FlowRead["sensors"]>;
  readonly webs: Known<FlowRead["webs"]>;
}

/** What is asked of nobody but the home's broker. */
type OfTheBroker = Omit<Facts, "webs">;

/**
 * Looks once at everything, and changes nothing.
 * @throws NixwaveError as withBroker, but for what the broker itself says
 */
export async function gather(local: Local): Promise<Facts> {
  const { webs } = local;
  const looking = webs.isKnown ? Promise.all(webs.value.map(lookAtWeb)).then(known) : webs;
  return { ...(await gatherOfTheBroker(local)), webs: await looking };
}

async function gatherOfTheBroker(local: Local): Promise<OfTheBroker> {
  const { io, flags } = local;
  try {
    return await withBroker(io, flags, "doctor", (session) => gatherFrom(local, session));
  } catch (error) {
    if (!(error instanceof NixwaveError) || exitStatusOf(error.code) !== EXIT.broker) throw error;
    return withoutBroker(local, error);
  }
}

function withoutBroker(local: Local, { code, message }: NixwaveError): OfTheBroker {
  const blind = unknown("the broker was not reached");
  const failure = { code, message, wayOut: ERRORS[code].remedy };
  return {
    ...basics(local),
    connection: { broker: local.broker, failure },
    ...{ stranger: blind, refusedKinds: [], statements: blind, orders: blind, reports: blind },
    ...{ presences: blind, hub: blind, rollout: blind, holds: blind, foreign: [], unreadable: [] },
    sensors: blind,
  };
}

const basics = ({ io, version, base, channel, listenMs, flow }: Local) => ({
  ...{ now: io.now(), version, base, channel, listenedMs: listenMs, flow },
  isClockSynchronised: isClockSynchronised(),
});

async function gatherFrom(local: Local, session: BrokerSession): Promise<OfTheBroker> {
  const { io, base, listenMs, openBroker } = local;
  const { bus: own } = session;
  const sensors = local.sensors.isKnown ? local.sensors.value : [];
  const hearing = hearHome({ bus: own, base, listenMs, sensors });
  const retained = await readRetained(session);
  const orders = also(retained.desired, (all) => ordersIn(all, local.hubKeys));
  const readsOrders = orders.isKnown && orders.value.length > 0;
  const flags = { ...local.flags, base };
  const stranger = await lookAsStranger({ io, flags, openBroker, own, readsOrders });
  const heard = await hearing;
  return {
    ...basics(local),
    connection: { broker: local.broker, failure: null },
    ...{ stranger, orders, refusedKinds: retained.refused },
    ...stateIn(local, retained, heard),
    foreign: heard.foreign,
    unreadable: [...session.refusals].map(([topic, error]) => ({ topic, why: error.message })),
    sensors: also(local.sensors, () =>
      heard.sensors.map((one) =>
        session.unheard.has(one.topic) ? { ...one, heard: "refused" as const } : one,
      ),
    ),
  };
}

type Retained = Awaited<ReturnType<typeof readRetained>>;

/** One after the other: each kind is read over a connection of its own. */
async function readRetained(session: BrokerSession) {
  const read = retainedReader(session);
  return {
    release: await read("release"),
    desired: await read("desired"),
    reported: await read("reported"),
    availability: await read("availability"),
    hubStatus: await read("hubStatus"),
    rolloutStatus: await read("rolloutStatus"),
    holdState: await read("holdState"),
    refused: read.refused,
  };
}

function stateIn({ channel, releaseKeys }: Local, retained: Retained, heard: Heard) {
  const { births } = heard;
  return {
    statements: also(retained.release, (all) => {
      const release = all.find(({ address }) => address.channel === channel)?.payload;
      return release ? statementsIn(release, releaseKeys) : null;
    }),
    reports: also(retained.reported, (all) => reportsSeen(all, heard)),
    presences: also(retained.availability, (all) =>
      all.map(({ address: { host }, payload }) => ({ host, isOnline: payload.state === "online" })),
    ),
    hub: also(retained.hubStatus, ([last]) =>
      last ? { isOnline: last.payload.state === "online", births } : null,
    ),
    rollout: also(retained.rolloutStatus, ([last]) => rolloutSeen(heard.rollouts.at(-1) ?? last)),
    holds: also(retained.holdState, (all) =>
      all.flatMap(({ address, payload }) => (payload === "ON" ? [address.source] : [])),
    ),
  };
}

const also = <T, U>(fact: Known<T>, make: (value: T) => U): Known<U> =>
  fact.isKnown ? known(make(fact.value)) : fact;

/** Reads a kind's retained messages; what the broker refuses is noted. */
function retainedReader({ bus, timeoutMs }: BrokerSession) {
  const refused: string[] = [];
  const read = async <K extends WireKind>(kind: K): Promise<Known<readonly Message<K>[]>> => {
    try {
      return known(await bus.snapshot(kind, { timeoutMs }));
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      if (error.code === "subscription-refused") refused.push(WIRE[kind].topic);
      return unknown(`${WIRE[kind].topic} could not be read: ${error.message}`);
    }
  };
  return Object.assign(read, { refused });
}

function reportsSeen(
  retained: readonly Message<"reported">[],
  heard: Heard,
): readonly ReportSeen[] {
  const byHost = new Map<string, ReportSeen>();
  for (const { payload: report, receivedAt, retained: isCopy } of [...retained, ...heard.reports]) {
    byHost.set(report.host, { report, isLive: !isCopy, heardAt: receivedAt });
  }
  return [...byHost.values()];
}

const rolloutSeen = (message: Message<"rolloutStatus"> | undefined): RolloutSeen | null =>
  message
    ? { status: message.payload, isLive: !message.retained, heardAt: message.receivedAt }
    : null;

const TIMESYNC = "/run/systemd/timesync";

/** systemd-timesyncd's own mark. */
const isClockSynchronised = (): boolean | null =>
  existsSync(TIMESYNC) ? existsSync(`${TIMESYNC}/synchronized`) : null;
