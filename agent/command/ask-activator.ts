import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  ERRORS,
  type ErrorCode,
  type HostRequest,
  hostRequestCodec,
  NixwaveError,
  parseJson,
} from "../../src/contract/index.ts";
import type { Places } from "../activator/places.ts";
import { nodeFiles, replaceDurably } from "../durable/file-port.ts";
import { FolderWatch } from "../talk/folder-watch.ts";

const ANSWER_MAX_BYTES = 8 * 1024;

/**
 * Leaves root's request for the activator, starts it, and waits for its word.
 * @throws NixwaveError with the code of its refusal, or agent-not-answering
 */
export async function askActivator(
  places: Pick<Places, "requests">,
  request: HostRequest,
  start: () => Promise<void>,
  limitMs: number,
): Promise<void> {
  await mkdir(places.requests, { recursive: true, mode: 0o700 });
  const name = `${request.at}-${request.verb}`;
  const answer = join(places.requests, `${name}.answer.json`);
  const file = join(places.requests, `${name}.json`);
  await replaceDurably(nodeFiles, file, hostRequestCodec.encode(request));
  await start();
  const said = await firstOf(places.requests, () => readAnswer(answer), limitMs);
  if (said === null) {
    throw new NixwaveError("agent-not-answering", `no answer within ${limitMs / 1000} s`);
  }
  await rm(answer, { force: true });
  if (!said.isTaken) throw new NixwaveError(said.code, said.message);
}

type Said =
  | { readonly isTaken: true }
  | { readonly isTaken: false; readonly code: ErrorCode; readonly message: string };

/** Written by root's own activator, and parsed like anything else that is read. */
async function readAnswer(path: string): Promise<Said | null> {
  const bytes = await readFile(path).catch(() => null);
  if (!bytes) return null;
  const value = parseJson(bytes, ANSWER_MAX_BYTES) as Partial<Record<string, unknown>> | null;
  if (value?.["ok"] === true) return { isTaken: true };
  const code = String(value?.["code"]);
  const isKnown = Object.hasOwn(ERRORS, code);
  const known = isKnown ? (code as ErrorCode) : "internal-error";
  return { isTaken: false, code: known, message: String(value?.["message"]).slice(0, 1000) };
}

/** Looks whenever something in the folder changes. @returns null when the time is over */
export async function firstOf<T>(
  folder: string,
  look: () => Promise<T | null>,
  limitMs: number,
): Promise<T | null> {
  let wake: () => void = () => undefined;
  let isOver: boolean = false;
  const timer = setTimeout(() => {
    isOver = true;
    wake();
  }, limitMs);
  const watch = new FolderWatch(folder, () => wake());
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const found = await look();
      if (found !== null) return found;
      if (isOver) return null;
      await changed;
    }
  } finally {
    clearTimeout(timer);
    watch.close();
  }
}
