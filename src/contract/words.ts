import { ContractError } from "./nixwave-error.ts";

/**
 * Plain words, exactly as MQTT Dash, Tasmota and Home Assistant write them. An unknown word is
 * refused, never read as OFF.
 */
export function wordCodec<const W extends string>(...words: readonly W[]) {
  return (maxBytes: number) => {
    const parse = (bytes: Uint8Array): W => {
      if (bytes.byteLength > maxBytes) {
        throw new ContractError("too-large", `${bytes.byteLength} bytes, the limit is ${maxBytes}`);
      }
      const said = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
      const word = words.find((one) => one === said);
      if (word === undefined) {
        const known = words.join(" or ");
        throw new ContractError("invalid-field", `${JSON.stringify(said)} is not ${known}`);
      }
      return word;
    };
    const encode = (word: W): Uint8Array => {
      const bytes = Buffer.from(word, "utf8");
      parse(bytes);
      return bytes;
    };
    return { parse, encode };
  };
}
