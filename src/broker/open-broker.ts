import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { Aedes } from "aedes";
import {
  type Address,
  DEFAULT_BASE,
  encodePayload,
  NixwaveError,
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
import { openRetainedStore } from "./retained-store.ts";
import { SessionPersistence } from "./session-persistence.ts";

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
  const { aedes, connections } = await startAedes({ ...options, base, log, anonymous }, retained);
  const listeners = await listenOnAll(options.listeners, connections).catch(async (error) => {
    await closeAedes(aedes);
    store?.close();
    throw error;
  });
  return {
    addresses: listeners.map(({ address }) => address),
    publish: (address, payload) => publishAs(aedes, base, address, payload),
    close: async () => {
      const closed = listeners.map((listener) => listener.close());
      await closeAedes(aedes);
      connections.endAll();
      await Promise.all(closed);
      retained.flush();
      store?.close();
    },
  };
}

function anonymousOf(wanted: BrokerOptions["anonymous"], base: TopicBase): Account | null {
  if (!wanted) return null;
  const topics = wanted.topics.map((topic) => parseDeviceTopic(topic, base));
  return anonymousAccount(topics, wanted.mayPress ?? false);
}

type Prepared = Omit<BrokerOptions, "anonymous"> & {
  readonly base: TopicBase;
  readonly log: (event: BrokerEvent) => void;
  readonly anonymous: Account | null;
};

async function startAedes(options: Prepared, retained: RetainedCache) {
  const { log, base, accounts, anonymous } = options;
  turnNumberCacheOff();
  const { userOf, ...hooks } = hooksFor({
    accounts,
    anonymous,
    base,
    log,
    peerOf: (client) => connections.peerOf(client.conn),
    afterEarlier: retained.afterEarlier,
    nowMs: () => performance.now(),
  });
  const aedes = await Aedes.createBroker({
    ...hooks,
    // With a limit, a hundred messages that wait for one sleeping client would hold up all others.
    concurrency: 0,
    connectTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    persistence: new SessionPersistence(retained, (topic) => log({ kind: "retained-full", topic })),
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
  base: TopicBase,
  address: Address<K>,
  payload: WirePayloads[K],
): Promise<void> {
  const { qos, retain } = WIRE[address.kind];
  const bytes = Buffer.from(encodePayload(address.kind, payload));
  const topic = topicOf(base, address as Address);
  return new Promise((resolve, reject) => {
    aedes.publish({ cmd: "publish", topic, payload: bytes, qos, retain, dup: false }, (error) => {
      if (error)
        reject(new NixwaveError("publish-failed", `${topic}: ${error.message}`, { cause: error }));
      else resolve();
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
