import { Writable } from "node:stream";

/** Takes everything and shows nothing. */
export const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
