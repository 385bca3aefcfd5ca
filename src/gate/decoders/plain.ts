import { type Decoding, type Payload, textOf, whole } from "./payload.ts";
import { numberOrWord } from "./words.ts";

/** The payload is one number or one word. */
export const plain = (payload: Payload): Decoding => whole(numberOrWord("", textOf(payload)));
