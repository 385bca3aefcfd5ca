import { crc32 } from "node:zlib";

/**
 * Flipped bytes inside a text are invisible to SQLite's own check, which looks at the structure only. The seal
 * covers the row's place too, so that a row cannot stand in for another.
 */
export const sealOf = (place: string, step: number, body: string): number =>
  crc32(`${place}\n${step}\n${body}`);
