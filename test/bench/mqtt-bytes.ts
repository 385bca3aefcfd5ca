// Just enough of MQTT 3.1.1 for a thousand light clients in one process: what a load generator spends on
// its own packets is missing from what it measures.

export const PUBLISH = 3;
export const PUBACK = 4;
const SUBSCRIBE = 8;
const DISCONNECT = 14;

export interface Frame {
  /** MQTT 3.1.1 table 2.1. */
  readonly kind: number;
  readonly qos: number;
  readonly body: Buffer;
}

/** Cuts a byte stream into frames; call it with every chunk. */
export function framer(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let next = frameIn(rest); next; next = frameIn(rest)) {
      rest = rest.subarray(next.length);
      onFrame(next.frame);
    }
  };
}

function frameIn(bytes: Buffer): { readonly frame: Frame; readonly length: number } | undefined {
  let bodyLength = 0;
  for (let at = 1; at < Math.min(bytes.length, 5); at++) {
    const byte = bytes[at] ?? 0;
    bodyLength += (byte & 0x7f) * 128 ** (at - 1);
    if (byte >= 0x80) continue;
    const length = at + 1 + bodyLength;
    if (bytes.length < length) return undefined;
    const first = bytes[0] ?? 0;
    const body = bytes.subarray(at + 1, length);
    return { frame: { kind: first >> 4, qos: (first >> 1) & 3, body }, length };
  }
  return undefined;
}

/** The message id of a PUBLISH at QoS 1 stands behind its topic (section 3.3.2.2). */
export const publishedId = ({ body }: Frame): number => body.readUInt16BE(2 + body.readUInt16BE(0));

export function connectFrame(clientId: string, username?: string, password?: string): Buffer {
  const named = username === undefined ? [] : [text(username)];
  const proved = password === undefined ? [] : [text(password)];
  const flags = 0x02 | (named.length > 0 ? 0x80 : 0) | (proved.length > 0 ? 0x40 : 0);
  // Protocol level 4, clean session, no keep-alive (section 3.1.2).
  return frame(0x10, text("MQTT"), Buffer.of(4, flags, 0, 0), text(clientId), ...named, ...proved);
}

export const subscribeFrame = (id: number, topic: string): Buffer =>
  frame((SUBSCRIBE << 4) | 2, uint16(id), text(topic), Buffer.of(1));

export const publishFrame = (id: number, topic: string, payload: Uint8Array): Buffer =>
  frame((PUBLISH << 4) | (1 << 1), text(topic), uint16(id), payload);

export const pubackFrame = (id: number): Buffer => frame(PUBACK << 4, uint16(id));

export const disconnectFrame = (): Buffer => frame(DISCONNECT << 4);

function frame(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.of(first, ...length), body]);
}

const uint16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([uint16(bytes.length), bytes]);
}
