import { envelope } from "./dsse.ts";
import { list, object, oneOf, type Parsed } from "./schema.ts";

/** What CI publishes: one signed statement per host. The container is not signed; each statement is. */
export const release = object({ v: oneOf(1), statements: list(envelope, 1, 512) });
export type Release = Parsed<typeof release>;
