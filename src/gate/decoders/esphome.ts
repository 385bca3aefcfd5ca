import { type Decoding, type Payload, textOf, whole } from "./payload.ts";
import { numberOrWord } from "./words.ts";

/** `PREFIX/status` and `PREFIX/<type>/<object>/state`: one number or one word; a sensor without a value says `nan`. */
export const esphome = (payload: Payload): Decoding => whole(numberOrWord("", textOf(payload)));
