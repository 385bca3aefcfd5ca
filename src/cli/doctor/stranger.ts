import { randomBytes } from "node:crypto";
import type { BrokerUrl, Bus } from "../../bus/index.ts";
import { NixwaveError, parseHostName, WIRE, type WireKind } from "../../contract/index.ts";
import { type BrokerFlags, brokerOf, withBroker } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { nowhere } from "../nowhere.ts";
import { type Known, known, type Stranger, unknown } from "./facts.ts";

/** What a device that is not ours has no business with. */
const PRIVATE = ["desired", "reported", "release"] as const satisfies readonly WireKind[];
/** A broker says so when it wants a name, a password or a certificate. */
const NOT_ADMITTED: ReadonlySet<string> = new Set([
  "broker-bad-credentials",
  "broker-not-authorised",
  "broker-refused",
  "tls-certificate-refused",
]);
const ARRIVES_WITHIN_MS = 1_000;

interface Place {
  readonly io: CommandIo;
  readonly flags: BrokerFlags;
  /** Where devices connect, when that is another address. */
  readonly openBroker: BrokerUrl | undefined;
  /** The connection that may read orders. */
  readonly own: Bus;
  /** Whether it was given any order, so that one that does not arrive was not sent. */
  readonly readsOrders: boolean;
}

/**
 * What somebody without a user name can do, at each address, tried without a trace: it empties the order topic of a
 * host that nobody has, where nothing was retained, and our own connection looks whether that arrives.
 */
export async function lookAsStranger(place: Place): Promise<Known<Stranger>> {
  const { flags, io, openBroker } = place;
  const addresses = new Set([brokerOf(io, flags), openBroker].filter((url) => url !== undefined));
  const seen: Stranger[] = [];
  for (const broker of addresses) {
    const stranger = await strangerAt(place, broker);
    if (!stranger.isKnown) return stranger;
    seen.push(stranger.value);
  }
  const writes = seen.map(({ writesOrders }) => writesOrders);
  return known({
    isAdmitted: seen.some(({ isAdmitted }) => isAdmitted),
    reads: [...new Set(seen.flatMap(({ reads }) => reads))],
    writesOrders: writes.includes(true) || (writes.includes(null) ? null : false),
  });
}

async function strangerAt(
  { io, flags, own, readsOrders }: Place,
  broker: BrokerUrl,
): Promise<Known<Stranger>> {
  const { ca, base, timeout } = flags;
  const nameless: BrokerFlags = {
    broker,
    ...(ca !== undefined && { ca }),
    ...(base && { base }),
    ...(timeout !== undefined && { timeout }),
  };
  try {
    return await withBroker(
      { ...io, env: {}, stderr: nowhere() },
      nameless,
      "doctor",
      async ({ bus, timeoutMs }) =>
        known({
          isAdmitted: true,
          reads: await readable(bus, timeoutMs),
          writesOrders: await arrives(bus, own, readsOrders),
        }),
    );
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    if (NOT_ADMITTED.has(error.code)) {
      return known({ isAdmitted: false, reads: [], writesOrders: false });
    }
    return unknown(`a stranger's connection failed: ${error.message}`);
  }
}

async function readable(bus: Bus, timeoutMs: number): Promise<readonly string[]> {
  const topics: string[] = [];
  for (const kind of PRIVATE) {
    try {
      const messages = await bus.snapshot(kind, { timeoutMs });
      if (messages.length > 0) topics.push(WIRE[kind].topic);
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error; // refused: as it should be
    }
  }
  return topics;
}

async function arrives(stranger: Bus, own: Bus, readsOrders: boolean): Promise<boolean | null> {
  const host = parseHostName(`doctor-${randomBytes(6).toString("hex")}`);
  const arrived = Promise.withResolvers<true>();
  const none = (): void => undefined;
  const timer = Promise.withResolvers<null>();
  try {
    const probe = await own.subscribe({ kind: "desired", host }, none, none, () =>
      arrived.resolve(true),
    );
    stranger.clear({ kind: "desired", host }).catch(none);
    const limit = setTimeout(() => timer.resolve(null), ARRIVES_WITHIN_MS);
    const isThere = await Promise.race([arrived.promise, timer.promise]);
    clearTimeout(limit);
    probe.unsubscribe();
    return isThere ?? (readsOrders ? false : null);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    return null;
  }
}
