import type { PayloadType } from "./dsse.ts";
import { epochMs, serial } from "./instants.ts";
import { channel, fleetName, hostName, narHash, systemType } from "./names.ts";
import { extension, object, oneOf, type Parsed, type Schema, text } from "./schema.ts";
import { storePath } from "./store-path.ts";

export const STATEMENT_TYPE: PayloadType = "application/vnd.nixwave.statement.v1+json";

/** No control characters, no half of a surrogate pair and no turning of the writing direction, so that a title cannot redraw a terminal or forge a log line. */
export const title: Schema<string> = text(
  /^[^\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]{1,200}$/u,
  "1 to 200 characters without control characters",
);
export const revision: Schema<string> = text(
  /^[0-9A-Za-z][0-9A-Za-z._/+-]{0,127}$/,
  "a revision of 1 to 128 characters",
);
export const runUrl: Schema<string> = text(
  /^https?:\/\/[\x21-\x7e]{1,500}$/,
  "an http(s) address of at most 500 characters",
);

/** What CI says of one host: this closure may run there (DESIGN 5). Signed; unknown fields are refused outside `ext`. */
export const statement = object(
  {
    v: oneOf(1),
    fleet: fleetName,
    host: hostName,
    channel,
    system: systemType,
    storePath,
    narHash,
    serial,
    issued: epochMs,
    expires: epochMs,
  },
  { minSerial: serial, title, rev: revision, run: runUrl, ext: extension },
);
export type Statement = Parsed<typeof statement>;
