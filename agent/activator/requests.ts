import { join } from "node:path";
import {
  ContractError,
  type ErrorCode,
  type HostRequest,
  hostRequestCodec,
} from "../../src/contract/index.ts";
import { type FilePort, removeDurably, replaceDurably } from "../durable/file-port.ts";
import type { Places } from "./places.ts";

export type Answer =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

export interface WaitingRequest {
  readonly request: HostRequest;
  /** Written before the request goes, so that who asked always learns what became of it. */
  answer(answer: Answer): Promise<void>;
}

const REQUEST = /^\d{1,16}-[a-z]{1,16}\.json$/;

/** Root's own requests, oldest first (docs/host.md, commands). One that nobody can read is answered and goes. */
export async function readRequests(
  files: FilePort,
  places: Places,
): Promise<readonly WaitingRequest[]> {
  const waiting: WaitingRequest[] = [];
  for (const name of await files.list(places.requests)) {
    if (!REQUEST.test(name)) continue;
    const path = join(places.requests, name);
    const answer = async (said: Answer): Promise<void> => {
      const file = path.replace(/\.json$/, ".answer.json");
      await replaceDurably(files, file, Buffer.from(JSON.stringify(said)));
      await removeDurably(files, path);
    };
    const bytes = await files.read(path);
    if (!bytes) continue;
    try {
      waiting.push({ request: hostRequestCodec.parse(bytes), answer });
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      await answer({ ok: false, code: error.code, message: error.message });
    }
  }
  return waiting;
}
