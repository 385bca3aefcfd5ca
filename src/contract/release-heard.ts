import { digestOf } from "./dsse.ts";
import { epochMs, serial } from "./instants.ts";
import { type Digest, digest, sessionId } from "./names.ts";
import type { Release } from "./release.ts";
import { message } from "./reported.ts";
import { list, nullable, object, oneOf, type Parsed, text } from "./schema.ts";

const code = text(/^[a-z][a-z0-9-]{0,63}$/, "a code such as signature-invalid");

/**
 * What the hub makes of the newest release it has heard: without it nobody outside could tell a release that is
 * refused, or that starts nothing, from a hub that has not heard it.
 */
export const releaseHeard = object({
  v: oneOf(1),
  hub: sessionId,
  /** Which release: `releaseDigest`. A serial would not do, since a refused release has none that anybody vouches for. */
  digest,
  serial: nullable(serial),
  /**
   * refused: no rollout will come of it. verified: the flow has not passed it on yet. taken: it waits or is under way,
   * `rollout/status` tells the rest. recorded: it starts nothing, `why` says why.
   */
  state: oneOf("refused", "verified", "taken", "recorded"),
  /** Of a recorded one: all its hosts run it, or the same systems were offered before. */
  recorded: nullable(oneOf("changes-nothing", "only-statements")),
  /** Statements that were not accepted; the first ones when there are many. */
  refused: list(object({ code, message }), 0, 8),
  why: message,
  at: epochMs,
});
export type ReleaseHeard = Parsed<typeof releaseHeard>;

/** Names a release by what was signed in it, however its container was written. */
export const releaseDigest = ({ statements }: Release): Digest =>
  digestOf(new TextEncoder().encode(statements.map(({ payload }) => payload).join("\n")));
