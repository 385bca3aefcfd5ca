import { NixwaveError } from "../../src/contract/index.ts";
import {
  durationFrom,
  nestedFields,
  oneWordOf,
  type ReadValue,
  textBy,
  textLike,
} from "../nested-fields.ts";

/** Where people hear that a witnessed host stays away: an ntfy server that does not live on that host. */
export interface AwayPlan {
  /** The server's root; ntfy takes JSON nowhere else. */
  readonly server: string;
  readonly topic: string;
  /** Its access token, in a file that nobody else can read; null where the topic is open. */
  readonly tokenFile: string | null;
  /** Unreached for longer than this, in ms, it is missed. */
  readonly afterMs: number;
  readonly language: "en" | "de";
}

const AWAY_MS = 20 * 60_000;
const FILE = textLike(/^\/[^\p{Cc}\p{Cs}]{1,1000}$/u, "an absolute path");
// As the notify node's: ntfy's own rule for topics.
const TOPIC = textLike(/^[-_A-Za-z0-9]{1,64}$/, "a topic of 1 to 64 letters, digits, _ and -");
const SERVER = textBy((text) => {
  const url = URL.parse(text);
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  // Only then nothing of it is a login, a path, a query or a part of the page.
  if (url !== null && isHttp && url.href === `${url.origin}/` && text.length <= 500)
    return url.href;
  throw new NixwaveError(
    "invalid-field",
    "is not the http:// or https:// address of a server, without credentials or path",
  );
});

/** The field `away` of one witnessed host. */
export const readAway: ReadValue<AwayPlan> = (value, where, faults) => {
  const fields = nestedFields(value, where, faults);
  const plan: AwayPlan = {
    server: fields.required("server", SERVER),
    topic: fields.required("topic", TOPIC),
    tokenFile: fields.optional<string | null>("tokenFile", FILE, null),
    afterMs: fields.optional<number>("after", durationFrom("10s", "1d"), AWAY_MS),
    language: fields.optional("language", oneWordOf("en", "de"), "en"),
  };
  fields.refuseUnknown();
  return plan;
};
