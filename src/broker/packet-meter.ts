/**
 * Follows the packets of one MQTT byte stream by their fixed headers alone (MQTT 3.1.1 section 2.2),
 * so that a packet that is too large is known before anything of it is kept: aedes takes and fans out
 * whatever fits into MQTT's own limit of 256 MiB.
 */
export interface PacketMeter {
  /** Bytes of the current packet's body still to come. */
  readonly bodyLeft: number;
  /** Position in the fixed header: 0 before it, 1 to 4 inside the remaining length. */
  readonly headerAt: number;
  readonly length: number;
}

export const START: PacketMeter = { bodyLeft: 0, headerAt: 0, length: 0 };

/** The meter after `chunk`, or what is wrong with the stream. `maxBytes` bounds a packet's remaining length. */
export function measure(
  meter: PacketMeter,
  chunk: Uint8Array,
  maxBytes: number,
): PacketMeter | "too-large" | "malformed" {
  let { bodyLeft, headerAt, length } = meter;
  let at = 0;
  while (at < chunk.byteLength) {
    if (bodyLeft > 0) {
      const skipped = Math.min(bodyLeft, chunk.byteLength - at);
      bodyLeft -= skipped;
      at += skipped;
      continue;
    }
    const byte = chunk[at] ?? 0;
    at += 1;
    if (headerAt === 0) {
      headerAt = 1;
      length = 0;
      continue;
    }
    if (headerAt > 4) return "malformed";
    length += (byte & 0x7f) * 128 ** (headerAt - 1);
    headerAt += 1;
    if (length > maxBytes) return "too-large";
    if (byte < 0x80) {
      bodyLeft = length;
      headerAt = 0;
    }
  }
  return { bodyLeft, headerAt, length };
}
