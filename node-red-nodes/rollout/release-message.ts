import { NixwaveError, parsePayload, type Release } from "../../src/contract/index.ts";
import type { FlowMessage } from "../runtime/red.ts";

/**
 * The release in a message of the release node. Wires can carry anything, so it is read like any other
 * input; its signatures are checked by the caller.
 * @throws NixwaveError invalid-field and what parsePayload throws
 */
export function releaseIn({ nixwave }: FlowMessage): Release {
  const release = (nixwave as { readonly release?: unknown } | undefined)?.release;
  if (release === undefined) {
    throw new NixwaveError("invalid-field", "the message does not come from a release node");
  }
  return parsePayload("release", Buffer.from(JSON.stringify(release)));
}
