import { WIRE, WIRE_KINDS } from "../contract/index.ts";

/** Room for a topic and headers beside the largest payload on the wire. */
export const MAX_PACKET_BYTES = Math.max(...WIRE_KINDS.map((kind) => WIRE[kind].maxBytes)) + 4096;
