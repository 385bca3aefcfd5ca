import type { Duplex } from "node:stream";
import { measure, START } from "./packet-meter.ts";

/**
 * Ends `stream` when a packet longer than `limitBytes()` begins, before its body is read. aedes takes
 * its bytes with `read()`, so the meter sits there: no copy and no stream in between.
 */
export function guardPackets(
  stream: Duplex,
  limitBytes: () => number,
  onBreach: (breach: "too-large" | "malformed") => void,
): void {
  const read = stream.read.bind(stream);
  let meter = START;
  stream.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array)) return chunk;
    const next = measure(meter, chunk, limitBytes());
    if (typeof next === "string") {
      onBreach(next);
      stream.destroy();
      return null;
    }
    meter = next;
    return chunk;
  };
}
