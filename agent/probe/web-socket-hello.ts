import { randomBytes } from "node:crypto";

/** Just enough of RFC 6455 to ask a broker behind WebSocket for one CONNACK. */
export function upgradeRequest(host: string, path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: mqtt",
    "\r\n",
  ].join("\r\n");
}

/** How many bytes the answer's head has, and its status; undefined while it is not complete. */
export function readUpgrade(bytes: Buffer): { size: number; status: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString("latin1", 0, end)) ?? [];
  return { size: end + 4, status: Number(status ?? 0) };
}

const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const LENGTH_16 = 126;

/** A client's frames are masked (RFC 6455, 5.3). */
export function frameOf(payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] as number));
  const length =
    payload.length < LENGTH_16
      ? [MASKED | payload.length]
      : [MASKED | LENGTH_16, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([FINAL_BINARY, ...length]), mask, masked]);
}

/**
 * What a server's short frames carry so far, one after the other: a broker may send one MQTT packet in
 * several. Null when there is another kind of frame among them.
 */
export function readFrames(bytes: Buffer): Buffer | null {
  const found: Buffer[] = [];
  for (let rest = bytes; rest.length >= 2; ) {
    const size = rest[1] as number;
    if (rest[0] !== FINAL_BINARY || size >= LENGTH_16) return null;
    if (rest.length < 2 + size) break;
    found.push(rest.subarray(2, 2 + size));
    rest = rest.subarray(2 + size);
  }
  return Buffer.concat(found);
}
