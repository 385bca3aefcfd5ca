import { connect as connectPlainly, isIP, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  /** Where a redirect leads to, as it was said; nothing else has one. */
  readonly location: string | undefined;
  /** Empty for a redirect. */
  readonly text: string;
}

interface Head {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  /** Where the body begins. */
  readonly size: number;
}

const MOST_BYTES = 1024 * 1024 + 64 * 1024;
/** As in `node:http`. */
const MOST_HEAD_BYTES = 16 * 1024;
const END_OF_HEAD = "\r\n\r\n";
const STATUS = /^HTTP\/1\.[01] (\d{3})(?: |$)/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/;
const CHUNK = /^0{0,12}([0-9a-f]{1,6})[ \t]*(?:;.*)?$/i;
const LENGTH = /^\d{1,15}$/;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const WITHOUT_BODY: readonly number[] = [204, 304];
const OK = 200;
const [HTTP_PORT, HTTPS_PORT] = [80, 443];

/**
 * One small file over HTTP/1.1 or HTTPS, by a connection of its own. Not by `node:http`, which takes 10.5 MB of a host's
 * memory (RFC 9112; measured with Node 24) for what are two questions a pull.
 * @param signal ends it; its reason is the failure then
 * @throws Error in words for a person, of the connection or of what came over it
 */
export async function getOverHttp(
  url: URL,
  login: string | null,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const socket = await open(url);
  const stop = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    const authorization = login === null ? [] : [`Authorization: ${login}`];
    const first = `GET ${url.pathname}${url.search} HTTP/1.1`;
    const lines = [first, `Host: ${url.host}`, ...authorization, "Connection: close", "", ""];
    socket.write(lines.join("\r\n"));
    return await answerOn(socket);
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

async function open({ protocol, hostname, port }: URL): Promise<Socket> {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:") {
    return connectPlainly({ host, port: Number(port || HTTP_PORT) });
  }
  const { connect } = await import("node:tls");
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connect({ host, port: Number(port || HTTPS_PORT), ...name });
}

async function answerOn(socket: Socket): Promise<HttpAnswer> {
  let bytes = Buffer.alloc(0);
  for await (const more of socket) {
    bytes = Buffer.concat([bytes, more as Buffer]);
    const answer = answerIn(bytes, false);
    if (answer !== null) return answer;
    if (bytes.length > MOST_BYTES) throw new Error("its answer does not end");
  }
  const answer = answerIn(bytes, true);
  if (answer !== null) return answer;
  throw new Error(bytes.length === 0 ? "it hung up without an answer" : "its answer breaks off");
}

/** @returns null for what is not whole yet */
function answerIn(bytes: Buffer, hasEnded: boolean): HttpAnswer | null {
  const head = headIn(bytes);
  if (head === null) return null;
  const { status, fields } = head;
  if (status < OK) return answerIn(bytes.subarray(head.size), hasEnded); // 103: hints
  const location = REDIRECTS.includes(status) ? fields.get("location") : undefined;
  if (location !== undefined) return { status, location, text: "" };
  const encoding = fields.get("content-encoding") ?? "identity";
  if (status === OK && encoding.toLowerCase() !== "identity") {
    throw new Error(`its answer is in ${encoding.slice(0, 40)}, which nobody asked for`);
  }
  const body = WITHOUT_BODY.includes(status)
    ? Buffer.alloc(0)
    : bodyIn(bytes.subarray(head.size), fields, hasEnded);
  return body === null ? null : { status, location, text: body.toString("utf8") };
}

function headIn(bytes: Buffer): Head | null {
  const end = bytes.indexOf(END_OF_HEAD);
  if ((end < 0 ? bytes.length : end) > MOST_HEAD_BYTES) throw new Error("its head does not end");
  const said = bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
  if (!"HTTP/1.".startsWith(said.slice(0, "HTTP/1.".length))) throw new Error("it speaks no HTTP");
  if (end < 0) return null;
  const [first = "", ...lines] = said.split("\r\n");
  const status = STATUS.exec(first)?.[1];
  if (status === undefined) throw new Error("it speaks no HTTP that is known here");
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new Error("a header of its answer is none");
    const [key, before] = [name.toLowerCase(), fields.get(name.toLowerCase())];
    fields.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
  }
  return { status: Number(status), fields, size: end + END_OF_HEAD.length };
}

/** RFC 9112, 6.3: by chunks, else by the length that was said, else up to the connection's end. */
function bodyIn(
  bytes: Buffer,
  fields: ReadonlyMap<string, string>,
  hasEnded: boolean,
): Buffer | null {
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined) {
    if (coding.toLowerCase() === "chunked") return unchunked(bytes);
    throw new Error(`its answer is in ${coding.slice(0, 40)}, which is not known here`);
  }
  const said = fields.get("content-length");
  if (said === undefined) return hasEnded ? bytes : null;
  if (!LENGTH.test(said)) throw new Error("the length of its answer is none");
  return bytes.length < Number(said) ? null : bytes.subarray(0, Number(said));
}

function unchunked(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return null;
    const hex = CHUNK.exec(bytes.toString("latin1", at, line))?.[1];
    if (hex === undefined) throw new Error("a piece of its answer has no length");
    const [first, size] = [line + 2, Number.parseInt(hex, 16)];
    if (size === 0) return Buffer.concat(parts);
    const last = first + size;
    if (bytes.length < last + 2) return null;
    if (bytes.toString("latin1", last, last + 2) !== "\r\n") {
      throw new Error("a piece of its answer is longer than it says");
    }
    parts.push(bytes.subarray(first, last));
    at = last + 2;
  }
}
