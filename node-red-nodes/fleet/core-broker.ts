import type { Duplex } from "node:stream";
import type { Arrival, Packet, SharedConnection, SharedEvents } from "../../src/bus/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import type { CoreBrokerNode, CoreClient, CoreMessage, CoreUser } from "./core-broker-node.ts";
import { askForGrant, greatestQos } from "./core-subscribe.ts";

/** QoS 0 is dropped rather than queued behind a broker that does not read. */
const CONGESTED_BYTES = 1024 * 1024;

/** Wills and farewells that we set: the next fleet of this process must not take them for the user's. */
const ours = new WeakSet<CoreMessage>();

type OnArrival = (arrival: Arrival) => void;

/**
 * Node-RED's own broker node as a connection for our bus: one stand-in user, one set of subscriptions. Its
 * traps are closed here, each with a test of its name in test/system/shared-broker.test.ts.
 */
export class CoreBroker implements SharedConnection {
  readonly broker: string;
  readonly #node: CoreBrokerNode;
  readonly #user: string;
  readonly #say: (text: string) => void;
  readonly #standIn: CoreUser;
  readonly #handlers = new Map<string, OnArrival>();
  /** Message ids that await PUBACK. */
  readonly #onTheWay = new Set<number>();
  #events: SharedEvents | undefined;
  /** The transport of the connection that stands. */
  #stream: Duplex | undefined;
  #endedByBroker = false;
  readonly #said = new Set<string>();
  readonly #closing = new AbortController();
  #registering: NodeJS.Immediate | undefined;

  /** @param user the id of our config node; @param say for what the user should know, once */
  constructor(node: CoreBrokerNode, user: string, say: (text: string) => void) {
    this.#node = node;
    this.#user = user;
    this.#say = say;
    this.broker = node.brokerurl;
    // Trap 1: whoever registers gets its status text overwritten, so somebody without a face does.
    const status = ({ fill }: { readonly fill?: string }): void =>
      fill === "green" ? this.#up() : this.#down();
    this.#standIn = { id: `${user}-link`, status };
  }

  open(will: Packet, events: SharedEvents): void {
    this.#events = events;
    const wasThere = this.#node.connected || this.#node.connecting;
    // A tenth of an empty Node-RED (14 MiB), made with the first packet; what is written is the same without it.
    this.#node.options.writeCache = false;
    const isOurs = this.#setWill(will);
    if (!wasThere) {
      // The client's first connection loads code for some 18 ms, and no node of the house need wait for it: whoever
      // asks for the connection before us gets it with our will.
      this.#registering = setImmediate(() => this.#register());
      return;
    }
    this.#node.register(this.#standIn);
    if (isOurs) {
      void this.end().then(() => this.begin(will)); // its CONNECT went out without our will
    } else if (this.#node.connected) this.#up(); // nobody tells a user that comes later
  }

  #register(): void {
    this.#registering = undefined;
    this.#guarded(() => this.#node.register(this.#standIn));
    if (this.#node.connected) this.#up(); // somebody else's connection stands already
  }

  /** Leaves a will of the user's alone, since a client has only one. @returns whether it is ours */
  #setWill(packet: Packet): boolean {
    const { options, client, closeMessage } = this.#node;
    const isFree = (one: CoreMessage | undefined): boolean => !one?.topic || ours.has(one);
    // QoS 0: the node waits for the PUBACK of its farewell without any limit.
    if (isFree(closeMessage)) this.#node.closeMessage = ourMessage({ ...packet, qos: 0 });
    if (!isFree(options.will)) {
      this.#sayOnce(WILL_TAKEN);
      return false;
    }
    options.will = ourMessage(packet);
    if (client) client.options.will = options.will; // for the connections that it makes by itself
    return true;
  }

  #sayOnce(text: string): void {
    if (!this.#said.has(text)) this.#say(text);
    this.#said.add(text);
  }

  #up(): void {
    const { client } = this.#node;
    if (!client || !this.#events || this.#closing.signal.aborted) return;
    const { stream } = client;
    if (stream === this.#stream) return;
    this.#down();
    this.#stream = stream;
    // Nagle and a delayed ACK hold back what follows a PUBACK by some 40 ms.
    stream.setNoDelay?.(true);
    this.#endedByBroker = false;
    stream.once("end", () => {
      if (this.#stream === stream) this.#endedByBroker = true;
    });
    this.#guarded(() => this.#events?.up());
  }

  #down(): void {
    if (!this.#stream) return;
    this.#stream = undefined;
    // The client would send them again by itself for ever, also to a broker that ends the connection for it.
    for (const id of [...this.#onTheWay]) this.#node.client?.removeOutgoingMessage(id);
    this.#onTheWay.clear();
    const error = new NixwaveError("broker-lost", `the connection to ${this.broker} ended`);
    this.#guarded(() => this.#events?.down({ error, byBroker: this.#endedByBroker }));
  }

  /** Called from inside the node's own handlers: what we throw would end Node-RED. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#say(String(error));
    }
  }

  publish({ topic, bytes, qos, retain }: Packet, acknowledged: () => void): boolean {
    const { client } = this.#node;
    // Trap 2: without a connection the node drops the message and calls nobody back.
    if (!client || !this.#stream || !this.#node.connected) return false;
    if (qos === 0 && this.#stream.writableLength > CONGESTED_BYTES) return false;
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const idBefore = client.getLastMessageId();
    let isAnswered = false;
    let id: number | undefined;
    this.#node.publish({ topic, payload, qos, retain }, (error) => {
      isAnswered = true;
      if (id !== undefined) this.#onTheWay.delete(id);
      if (error && !isRefusal(error)) return;
      if (error) this.#say(`${topic}: ${error.message}`);
      acknowledged();
    });
    if (qos === 0 || isAnswered || client.getLastMessageId() === idBefore) return true;
    id = client.getLastMessageId();
    this.#onTheWay.add(id);
    return true;
  }

  subscribe(filter: string, qos: 0 | 1, onArrival: OnArrival, ref: string): Promise<number> {
    const client = this.#node.client as CoreClient;
    const name = this.#refOf(ref);
    const isNew = !this.#handlers.has(name);
    this.#handlers.set(name, onArrival);
    const options = {
      qos: greatestQos(this.#node.subscriptions[filter], qos),
      ...{ nl: false, rh: 0 },
      rap: false, // trap 5: with it, MQTT 5 marks what is published just now as retained, too
    };
    const register = (): void =>
      this.#node.subscribe(
        filter,
        options,
        (topic, bytes, packet) =>
          this.#handlers.get(name)?.({
            ...{ topic, bytes, retained: packet.retain === true },
            repeated: packet.dup === true,
          }),
        name,
      );
    // MQTT 5: a SUBSCRIBE without the node's identifier would take it away from all who share the filter.
    const known = () => this.#node.subscriptions[filter]?.[name]?.options.properties;
    // Registered once: asked again the node takes it for a change and unsubscribes in between, which is a gap.
    return askForGrant(client, { filter, options, known }, isNew ? register : () => undefined);
  }

  /** Trap 3: of two subscriptions under one ref and topic the node forgets the first. */
  #refOf(ref: string): string {
    return `${this.#user}:${ref}`;
  }

  unsubscribe(filter: string, ref: string): void {
    const name = this.#refOf(ref);
    if (this.#handlers.delete(name)) this.#node.unsubscribe(filter, name, true);
  }

  end(): Promise<void> {
    const { closeMessage } = this.#node;
    const isOurs = closeMessage !== undefined && ours.has(closeMessage);
    if (isOurs) this.#node.closeMessage = undefined; // no farewell: we come back at once
    return new Promise((resolve) => {
      this.#node.disconnect(() => {
        if (isOurs) this.#node.closeMessage ??= closeMessage;
        this.#down();
        resolve();
      });
    });
  }

  begin(will: Packet): void {
    if (this.#closing.signal.aborted) return; // a redeploy meanwhile: the node is going away
    this.#setWill(will);
    this.#node.connect();
  }

  /** Trap 6: within 2 s, also when the broker is away. */
  close(): Promise<void> {
    const node = this.#node;
    this.#closing.abort();
    clearImmediate(this.#registering);
    for (const id of [...this.#onTheWay]) node.client?.removeOutgoingMessage(id);
    if (node.closeMessage && ours.has(node.closeMessage)) node.closeMessage = undefined;
    if (node.options.will && ours.has(node.options.will)) {
      node.options.will = undefined;
      if (node.client) node.client.options.will = undefined;
    }
    return new Promise((resolve) => node.deregister(this.#standIn, resolve, true));
  }
}

const WILL_TAKEN =
  "the broker node has a last will of its own, which is left alone: if this hub dies, hub/status goes on saying online";

function ourMessage({ topic, bytes, qos, retain }: Packet): CoreMessage {
  const message = { topic, payload: Buffer.from(bytes), qos, retain };
  ours.add(message);
  return message;
}

/** MQTT 5 says in PUBACK that it refuses; to the sender that is an answer, as PUBACK itself proves nothing. */
const isRefusal = ({ code }: { readonly code?: unknown }): boolean =>
  typeof code === "number" && code >= 128;
