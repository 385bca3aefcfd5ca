import { sessionId } from "./names.ts";
import { object, oneOf, type Parsed } from "./schema.ts";

/** Birth and will of a host or the hub; a will of another session than the current one is ignored. */
export const presence = object({ state: oneOf("online", "offline"), session: sessionId });
export type Presence = Parsed<typeof presence>;
