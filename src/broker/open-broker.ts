import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { Aedes } from "aedes";
import {
  type Address,
  DEFAULT_BASE,
  encodePayload,
  NixwaveError,
  type Topic,
  type TopicBase,
  topicOf,
  WIRE,
  type WireKind,
  type WirePayloads,
} from "../contract/index.ts";
import { type Account, parseDeviceTopic } from "./access.ts";
import { type Accounts, anonymousAccount } from "./accounts.ts";
import { CONNECTION_LIMITS, type ConnectionLimits, openAdmission } from "./admission.ts";
import type { BrokerEvent } from "./broker-event.ts";
import { type Connections, openConnections } from "./connections.ts";
import { hooksFor } from "./hooks.ts";
import { MAX_PACKET_BYTES } from "./limits.ts";
import {
  type Listener,
  type ListenerAddress,
  type ListenerOptions,
  openListener,
} from "./listeners.ts";
import { openRetainedCache, type RetainedCache, type RetainedLimits } from "./retained-cache.ts";
import { openRetainedStore, type RetainedMessage } from "./retained-store.ts";
import { SessionPersistence } from "./session-persistence.ts";
import { openTopicOrder, type TopicOrder } from "./topic-order.ts";

export interface BrokerOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly accounts: Accounts;
  /** Where retained messages survive a restart; null keeps them in memory only. */
  readonly stateDir: string | null;
  readonly base?: TopicBase;
  /** Lets clients without a user name use these topic filters, for sensors; default: nobody. */
  readonly anonymous?: {
    readonly topics: readonly string[];
    /** Also the wire's buttons (hold, deploy); default no. */
    readonly mayPress?: boolean;
  };
  readonly connections?: Partial<ConnectionLimits>;
  readonly retained?: RetainedLimits;
  readonly maxPacketBytes?: number;
  /** How long a connection may take until its CONNECT; default 10 s. */
  readonly connectTimeoutMs?: number;
  readonly log?: (event: BrokerEvent) => void;
}

export interface Broker {
  readonly addresses: readonly ListenerAddress[];
  /**
   * Publishes as the process itself, with the wire's QoS and retain; resolves when it is durable and handed on.
   * @throws ContractError when a reader would refuse the payload
   */
  publish<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void>;
  /** Ends every connection (wills are published and kept) and frees ports and state. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** How long a client may leave its socket full before it is taken for asleep. */
const DRAIN_TIMEOUT_MS = 10_000;

/**
 * The embedded broker. Listens on every address or on none.
 * @throws NixwaveError port-in-use | listen-failed | tls-material-invalid | invalid-topic |
 * broker-state-locked | broker-state-unreadable | broker-state-failed
 */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const log = options.log ?? (() => undefined);
  const base = options.base ?? DEFAULT_BASE;
  for (const user of options.accounts.users) {
    for (const topic of options.accounts.find(user)?.topics ?? []) parseDeviceTopic(topic, base);
  }
  const anonymous = anonymousOf(options.anonymous, base);
  const store = options.stateDir === null ? null : openRetainedStore(options.stateDir);
  const retained = openRetainedCache(store, options.retained);
  const order = openTopicOrder();
  const keep = keeper(retained, log);
  const prepared = { ...options, base, log, anonymous, retained, order, keep };
  const { aedes, connections } = await startAedes(prepared);
  const listeners = await listenOnAll(options.listeners, connections).catch(async (error) => {
    await closeAedes(aedes);
    store?.close();
    throw error;
  });
  const end = async (): Promise<void> => {
    const closed = listeners.map((listener) => listener.close());
    await closeAedes(aedes);
    connections.endAll();
    await Promise.all(closed);
    await order.idle(); // wills are still being kept
    store?.close();
  };
  let ended: Promise<void> | undefined;
  return {
    addresses: listeners.map(({ address }) => address),
    publish: (address, payload) =>
      publishAs(aedes, prepared, topicOf(base, address as Address), address.kind, payload),
    close: () => {
      ended ??= end();
      return ended;
    },
  };
}

function anonymousOf(wanted: BrokerOptions["anonymous"], base: TopicBase): Account | null {
  if (!wanted) return null;
  const topics = wanted.topics.map((topic) => parseDeviceTopic(topic, base));
  return anonymousAccount(topics, wanted.mayPress ?? false);
}

type Prepared = Omit<BrokerOptions, "anonymous" | "retained"> & {
  readonly base: TopicBase;
  readonly log: (event: BrokerEvent) => void;
  readonly anonymous: Account | null;
  readonly retained: RetainedCache;
  readonly order: TopicOrder;
  readonly keep: (message: RetainedMessage) => Promise<boolean>;
};

/** Whether a message could be kept; why not is told to the log. */
function keeper(retained: RetainedCache, log: (event: BrokerEvent) => void): Prepared["keep"] {
  return async (message) => {
    try {
      const hasRoom = await retained.keep(message);
      if (!hasRoom) log({ kind: "retained-full", topic: message.topic });
      return hasRoom;
    } catch (error) {
      log({ kind: "failed", detail: (error as Error).message });
      return false;
    }
  };
}

async function startAedes(options: Prepared) {
  const { log } = options;
  turnNumberCacheOff();
  const { userOf, ...hooks } = hooksFor({
    ...options,
    peerOf: (client) => connections.peerOf(client.conn),
    nowMs: () => performance.now(),
  });
  const aedes = await Aedes.createBroker({
    ...hooks,
    // With a limit, a hundred messages that wait for one sleeping client would hold up all others.
    concurrency: 0,
    connectTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    persistence: new SessionPersistence(options.retained, ({ message }) =>
      log({ kind: "failed", detail: message }),
    ),
  });
  const connections: Connections = openConnections(
    openAdmission({ ...CONNECTION_LIMITS, ...options.connections }),
    options.maxPacketBytes ?? MAX_PACKET_BYTES,
    (stream) => void aedes.handle(stream),
    log,
  );
  aedes.on("clientReady", (client) =>
    log({ kind: "connected", client: client.id, user: userOf(client) }),
  );
  aedes.on("clientDisconnect", (client) =>
    log({ kind: "disconnected", client: client.id, user: userOf(client) }),
  );
  aedes.on("clientError", (client, error) => {
    if ("returnCode" in error) return; // a refusal, which the hook has already told
    log({ kind: "client-failed", client: client.id, detail: error.message });
  });
  // Unheard, an emitter's "error" ends the process.
  aedes.on("error" as "closed", (error?: Error) =>
    log({ kind: "failed", detail: error?.message ?? "unknown" }),
  );
  return { aedes, connections };
}

async function listenOnAll(
  wanted: readonly ListenerOptions[],
  connections: Connections,
): Promise<readonly Listener[]> {
  const open: Listener[] = [];
  try {
    for (const options of wanted) open.push(await openListener(options, connections));
  } catch (error) {
    await Promise.all(open.map((listener) => listener.close()));
    throw error;
  }
  return open;
}

function publishAs<K extends WireKind>(
  aedes: Aedes,
  { order, keep, retained }: Prepared,
  topic: Topic,
  kind: K,
  payload: WirePayloads[K],
): Promise<void> {
  const { qos, retain } = WIRE[kind];
  const bytes = encodePayload(kind, payload);
  const packet = {
    cmd: "publish",
    topic,
    payload: Buffer.from(bytes),
    qos,
    retain,
    dup: false,
  } as const;
  return new Promise((resolve, reject) => {
    const fail = (message: string, cause?: unknown): void =>
      reject(new NixwaveError("publish-failed", `${topic}: ${message}`, { cause }));
    const end = (): void => {
      const kept = retain ? retained.durable() : Promise.resolve();
      kept.then(resolve, (error: Error) => fail(error.message, error));
    };
    const hand = (): void =>
      aedes.publish(packet, (error) => (error ? fail(error.message, error) : end()));
    order.run(topic, retain, () => {
      if (!retain) {
        hand();
        return undefined;
      }
      return keep({ topic, payload: bytes, qos }).then((isKept) =>
        isKept ? hand() : fail("it could not be kept; see the broker's log"),
      );
    });
  });
}

const closeAedes = (aedes: Aedes): Promise<void> => new Promise((resolve) => aedes.close(resolve));

/** The copy that aedes itself uses; its cache of all 65,536 packet ids costs 17 MB for nothing measurable. */
function turnNumberCacheOff(): void {
  const packets = createRequire(import.meta.resolve("aedes"))("mqtt-packet") as {
    writeToStream: { cacheNumbers: boolean };
  };
  packets.writeToStream.cacheNumbers = false;
}
