import { randomUUID } from "node:crypto";
import type { AedesOptions, Client, PublishPacket } from "aedes";
import { parseTopic, type TopicBase, WIRE } from "../contract/index.ts";
import { type DoorContext, identify, type Peer, refusalOf, type Session } from "./identify.ts";
import type { RetainedMessage } from "./retained-store.ts";
import { sayOnce } from "./say-once.ts";
import type { TopicOrder } from "./topic-order.ts";

type Hooks = Required<
  Pick<
    AedesOptions,
    "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward"
  >
>;

export interface HookContext extends DoorContext {
  readonly peerOf: (client: Client) => Peer | undefined;
  readonly order: TopicOrder;
  /** Makes a retained message durable; false when it cannot be kept, which has been told. */
  readonly keep: (message: RetainedMessage) => Promise<boolean>;
  readonly nowMs: () => number;
}

type Sessions = WeakMap<Client, Session>;
type Report = (
  kind: "publish-dropped" | "subscribe-refused",
  client: Client | null,
  topic: string,
) => void;

/** Nobody may subscribe here; see `dropQuietly`. */
const SINK = "$nixwave/dropped";
/** How much may wait in memory for a client that does not read. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/** Every hook of aedes, each asking the same `Access` of the connection's account. */
export function hooksFor(context: HookContext): Hooks & { userOf(client: Client): string | null } {
  const sessions: Sessions = new WeakMap();
  const report = reporter(context, sessions);
  return {
    userOf: (client) => sessions.get(client)?.user ?? null,
    preConnect: (client, packet, done) => {
      // Sessions are always clean (DESIGN 5). aedes stores a whole SUBSCRIBE, refused filters included.
      packet.clean = true;
      const name = context.peerOf(client)?.certificateName ?? packet.username ?? "anonymous";
      packet.clientId ||= `${name}-${randomUUID()}`;
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      const peer = context.peerOf(client);
      identify(context, peer, { clientId: client.id, username, password }).then(
        (session) => {
          sessions.set(client, session);
          peer?.welcome();
          done(null, true);
        },
        (error: unknown) => done(refusalOf(context, peer, error), null),
      );
    },
    authorizePublish: publishHook(context, sessions, report),
    // `null` is SUBACK 128; an error would leave a session that can never connect again.
    authorizeSubscribe: (client, subscription, done) => {
      const isGranted = sessions.get(client)?.access.maySubscribe(subscription.topic) ?? false;
      if (!isGranted) report("subscribe-refused", client, subscription.topic);
      done(null, isGranted ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      if (client.conn.writableLength > MAX_UNREAD_BYTES) {
        client.conn.destroy(new Error("the client does not read what it subscribed to"));
        return null;
      }
      return sessions.get(client)?.access.mayRead(packet.topic) ? packet : null;
    },
  };
}

/**
 * A retained message is kept before aedes sees it: aedes numbers messages when it takes them and
 * drops, as a duplicate, one that comes out after a later number. What cannot be kept is not delivered
 * either, so that a publisher who reads back notices.
 */
function publishHook(
  context: HookContext,
  sessions: Sessions,
  report: Report,
): Hooks["authorizePublish"] {
  return (client, packet, done) => {
    const access = client && sessions.get(client)?.access;
    if (!access?.mayWrite(packet.topic) || !fitsTheWire(context.base, packet)) {
      report("publish-dropped", client, packet.topic);
      dropQuietly(packet);
      done(null);
      return;
    }
    context.order.run(packet.topic, packet.retain, () => {
      if (packet.retain) {
        return context.keep(messageOf(packet)).then((isKept) => {
          if (!isKept) dropQuietly(packet);
          done(null);
        });
      }
      done(null);
      return undefined;
    });
  };
}

/** Copied: the payload is a slice of the socket's buffer, which it would keep alive. */
const messageOf = ({ topic, payload, qos }: PublishPacket): RetainedMessage => ({
  topic,
  payload: Uint8Array.from(Buffer.from(payload)),
  qos,
});

function reporter(context: HookContext, sessions: Sessions): Report {
  const isNews = sayOnce();
  return (kind, client, topic) => {
    const id = client?.id ?? "";
    const user = (client && sessions.get(client)?.user) ?? null;
    if (isNews(`${kind} ${id} ${topic}`, context.nowMs())) {
      context.log({ kind, client: id, user, topic: topic.slice(0, 200) });
    }
  };
}

/** The wire's size limits; plain topics are bounded by the packet limit alone. */
function fitsTheWire(
  base: TopicBase,
  packet: { topic: string; payload: string | Buffer },
): boolean {
  if (!packet.topic.startsWith(`${base}/`)) return true;
  return Buffer.byteLength(packet.payload) <= WIRE[parseTopic(base, packet.topic).kind].maxBytes;
}

/**
 * The client gets its PUBACK and nobody the message, as with mosquitto. An error would close the
 * connection without PUBACK, and MQTT.js would connect and send the same packet again for ever.
 */
function dropQuietly(packet: { topic: string; payload: string | Buffer; retain: boolean }): void {
  packet.topic = SINK;
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
}
