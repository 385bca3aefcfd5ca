import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { NtfyDoor, type Rights } from "./ntfy-door.ts";
import { type DoubledMessage, messageFrom, Refusal } from "./ntfy-messages.ts";

export interface NtfyDoubleOptions {
  /** 2.15 knows no sequence ids and cannot take back. */
  readonly version?: "2.15" | "2.17";
  /** Without a token; "open" is a server without access control. */
  readonly everyone?: Rights | "open";
  /** By access token. */
  readonly tokens?: Readonly<Record<string, Rights>>;
  /** docs.ntfy.sh, "Rate limiting": 60 requests at once, then one in 5 s. */
  readonly burst?: number;
}

const PATH = /^\/([-_A-Za-z0-9]{1,64})(?:\/([-_A-Za-z0-9]{1,64}))?(?:\/(clear))?$/;

/**
 * A double of an ntfy server, NOT the real one, which can be had neither from npm nor from Debian: its documented
 * HTTP API as far as a publisher with buttons meets it (docs.ntfy.sh: publish, subscribe/api, config "Access
 * control" and "Rate limiting"; ntfy's server/errors.go), with its limits.
 */
export class NtfyDouble {
  readonly #options: Required<NtfyDoubleOptions>;
  readonly #server: Server;
  readonly #streams = new Set<{ readonly topic: string; readonly response: ServerResponse }>();
  #messages: DoubledMessage[] = [];
  #scheduled: DoubledMessage[] = [];
  #nextId = 1;
  readonly #door: NtfyDoor;
  #port = 0;
  /** "POST /" and the like, in order. */
  readonly requests: string[] = [];

  constructor(options: NtfyDoubleOptions = {}) {
    this.#options = { version: "2.17", everyone: "open", tokens: {}, burst: 60, ...options };
    this.#door = new NtfyDoor(this.#options);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Again on the same port, with everything it had (ntfy's cache is a file). */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }

  /** The next answers, whatever is asked. */
  refuse(status: number, times: number, retryAfter: string | null = null): void {
    this.#door.refuse(status, times, retryAfter);
  }

  /** What subscribers of the topic have got, oldest first. */
  sent(topic: string): readonly DoubledMessage[] {
    return this.#messages.filter((one) => one.topic === topic && one.event === "message");
  }

  /** What a phone shows of it: a newer one under the same sequence id takes the place of the older. */
  shown(topic: string): readonly DoubledMessage[] {
    const shown = new Map<string, DoubledMessage>();
    for (const one of this.#messages.filter(({ topic: of }) => of === topic)) {
      const key = one.sequence_id ?? one.id;
      shown.delete(key);
      if (one.event === "message") shown.set(key, one);
    }
    return [...shown.values()];
  }

  /** Not delivered yet. */
  scheduled(topic: string): readonly DoubledMessage[] {
    return this.#scheduled.filter((one) => one.topic === topic);
  }

  /** What a phone does when somebody taps. @returns the server's status */
  async tap(message: DoubledMessage | undefined, label: string): Promise<number> {
    const action = message?.actions?.find((one) => one.label === label);
    if (!action) throw new Error(`there is no button ${label}`);
    const { url, method = "POST", headers = {}, body = "" } = action;
    const go = () => fetch(url, { method, headers, body });
    // A connection of before a stop may still be in the pool; a phone has one of its own.
    const response = await go().catch(go);
    await response.text();
    return response.status;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    this.requests.push(`${request.method} ${request.url}`);
    try {
      this.#door.restrain(response);
      const value = this.#route(request, response, body);
      if (value === null) return; // a stream
      response.writeHead(200, { "content-type": "application/json" });
      response.end(`${JSON.stringify(value)}\n`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message } = error;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ code, http: status, error: message }));
    }
  }

  /** @returns what is answered; null where the answer goes on */
  #route(request: IncomingMessage, response: ServerResponse, body: string): object | null {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const method = request.method ?? "GET";
    if (pathname === "/v1/health") return { healthy: true };
    if (pathname === "/" && method === "POST") return this.#publishJson(request, body);
    const [, topic, second, third] = PATH.exec(pathname) ?? [];
    if (topic === undefined) throw new Refusal(404, 40401, "page not found");
    if (method === "GET" && second === "auth") {
      this.#door.allow(request, topic, "read");
      return { success: true };
    }
    if (method === "GET" && second === "json") {
      this.#door.allow(request, topic, "read");
      return this.#subscribe(topic, searchParams, response);
    }
    return this.#write(request, body, { method, topic, second, third });
  }

  #write(
    request: IncomingMessage,
    body: string,
    {
      method,
      topic,
      second,
      third,
    }: Record<"method" | "topic", string> & {
      second: string | undefined;
      third: string | undefined;
    },
  ): object {
    const change = this.#changeOf(method, second, third);
    if (change !== null && second !== undefined) {
      this.#door.allow(request, topic, "write");
      return this.#change(topic, second, change);
    }
    if ((method === "POST" || method === "PUT") && second === undefined) {
      this.#door.allow(request, topic, "write");
      const priority = request.headers["x-priority"];
      return this.#publish(topic, { message: body, ...(priority ? { priority } : {}) });
    }
    throw new Refusal(404, 40401, "page not found");
  }

  #changeOf(method: string, second?: string, third?: string) {
    if (this.#options.version === "2.15" || second === undefined) return null;
    if (method === "DELETE") return "message_delete" as const;
    return method === "PUT" && third === "clear" ? ("message_clear" as const) : null;
  }

  #publishJson(request: IncomingMessage, body: string): DoubledMessage {
    const fields = JSON.parse(body) as Record<string, unknown>;
    const topic = String(fields["topic"]);
    if (!PATH.test(`/${topic}`)) throw new Refusal(400, 40009, "invalid request: topic invalid");
    this.#door.allow(request, topic, "write");
    return this.#publish(topic, fields);
  }

  #publish(topic: string, fields: Readonly<Record<string, unknown>>): DoubledMessage {
    const id = `m${String(this.#nextId++).padStart(9, "0")}`;
    const supportsSequences = this.#options.version !== "2.15";
    const nowS = Math.floor(Date.now() / 1000);
    const message = messageFrom(topic, fields, { id, nowS, supportsSequences });
    this.#unschedule(topic, message.sequence_id);
    if (message.time > nowS) this.#scheduled.push(message);
    else this.#deliver(message);
    return message;
  }

  #change(
    topic: string,
    sequence: string,
    event: "message_delete" | "message_clear",
  ): DoubledMessage {
    if (event === "message_delete") this.#unschedule(topic, sequence);
    const id = `m${String(this.#nextId++).padStart(9, "0")}`;
    const time = Math.floor(Date.now() / 1000);
    const change: DoubledMessage = { id, time, event, topic, sequence_id: sequence };
    this.#deliver(change);
    return change;
  }

  #unschedule(topic: string, sequence: string | undefined): void {
    if (sequence === undefined) return;
    this.#scheduled = this.#scheduled.filter(
      (one) => one.topic !== topic || one.sequence_id !== sequence,
    );
  }

  /** Time passes until everything scheduled is due. */
  deliverScheduled(): void {
    for (const one of this.#scheduled.toSorted((a, b) => a.time - b.time)) this.#deliver(one);
    this.#scheduled = [];
  }

  #deliver(message: DoubledMessage): void {
    this.#messages.push(message);
    for (const { topic, response } of this.#streams) {
      if (topic === message.topic) response.write(`${JSON.stringify(message)}\n`);
    }
  }

  #subscribe(topic: string, query: URLSearchParams, response: ServerResponse): null {
    response.writeHead(200, { "content-type": "application/x-ndjson; charset=utf-8" });
    const isPoll = query.get("poll") === "1";
    const open = { id: "o000000000", time: Math.floor(Date.now() / 1000), event: "open", topic };
    if (!isPoll) response.write(`${JSON.stringify(open)}\n`);
    for (const one of this.#since(topic, query.get("since") ?? (isPoll ? "all" : "none"))) {
      response.write(`${JSON.stringify(one)}\n`);
    }
    if (isPoll) {
      response.end();
      return null;
    }
    const stream = { topic, response };
    this.#streams.add(stream);
    response.on("close", () => this.#streams.delete(stream));
    return null;
  }

  /** "all", "none", a Unix time or the id of a message; one that the cache has lost means all (ntfy's SQL). */
  #since(topic: string, since: string): readonly DoubledMessage[] {
    const ofTopic = this.#messages.filter((one) => one.topic === topic);
    if (since === "none") return [];
    if (/^\d{10}$/.test(since)) return ofTopic.filter(({ time }) => time >= Number(since));
    return ofTopic.slice(ofTopic.findIndex(({ id }) => id === since) + 1);
  }
}
