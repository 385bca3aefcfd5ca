import { ContractError } from "./nixwave-error.ts";
import { flag, integer, nullable, object, type Parsed, type Schema, text } from "./schema.ts";

/** Home Assistant refuses a longer state; a tile shows less. */
const ONE_LINE = /^[^\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]{1,255}$/u;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Words in the home's language, as they stand on a tile: one line of 1 to 255 characters. Never empty,
 * since an empty retained payload would delete the topic.
 */
export const wordsCodec = (maxBytes: number) => {
  const parse = (bytes: Uint8Array): string => {
    if (bytes.byteLength > maxBytes) {
      throw new ContractError("too-large", `${bytes.byteLength} bytes, the limit is ${maxBytes}`);
    }
    const words = decoded(bytes);
    if (!ONE_LINE.test(words)) {
      throw new ContractError("invalid-field", "words must be 1 to 255 characters in one line");
    }
    return words;
  };
  const encode = (words: string): Uint8Array => {
    const bytes = Buffer.from(words, "utf8");
    if (parse(bytes) !== words) {
      throw new ContractError("invalid-field", "words must be whole characters");
    }
    return bytes;
  };
  return { parse, encode };
};

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new ContractError("not-utf8", "the bytes are not UTF-8", { cause });
  }
}

const line = (most: 120 | 255): Schema<string> =>
  text(
    new RegExp(`^[^\\p{Cc}\\p{Cs}\\p{Bidi_Control}\\u2028\\u2029]{1,${most}}$`, "u"),
    `1 to ${most} characters in one line`,
  );
const addressOrNone: Schema<string> = text(
  /^[^\p{Cc}\p{Cs}\s]{0,2000}$/u,
  "an address on the web, or nothing",
);

/**
 * The state of Home Assistant's update entity. It discards a message with any other key, with a key of another
 * type, and with null anywhere but in `update_percentage`.
 */
export const screenUpdate = object({
  installed_version: line(255),
  latest_version: line(255),
  title: line(255),
  release_summary: line(255),
  release_url: addressOrNone,
  in_progress: flag,
  update_percentage: nullable(integer(0, 100)),
});
export type ScreenUpdate = Parsed<typeof screenUpdate>;

/** What happened, for Home Assistant's event entity. */
export const screenEvent = object({
  event_type: text(/^[a-z][a-z-]{0,63}$/, "a type such as host-ended"),
  title: line(120),
  message: text(/^(?:[^\p{Cc}\p{Cs}\p{Bidi_Control}]|\n){1,4096}$/u, "1 to 4096 characters"),
  priority: integer(1, 5),
});
export type ScreenEvent = Parsed<typeof screenEvent>;
