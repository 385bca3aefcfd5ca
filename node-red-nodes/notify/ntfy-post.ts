import { NixwaveError, whyFetchFailed } from "../../src/contract/index.ts";
import type { NtfyMessage } from "../../src/people/index.ts";

export interface NtfyTopic {
  readonly server: URL;
  readonly topic: string;
  /** "" for none. */
  readonly token: string;
}

export type Posted =
  | { readonly kind: "sent"; readonly reply: unknown }
  /** Worth trying again. */
  | { readonly kind: "later"; readonly why: string; readonly afterMs: number | null }
  | { readonly kind: "refused"; readonly status: number; readonly why: string };

const REQUEST_MS = 15_000;
const MAX_REPLY = 16_384;

export const authorized = (token: string): Readonly<Record<string, string>> =>
  token === "" ? {} : { authorization: `Bearer ${token}` };

/**
 * One POST in ntfy's JSON form, to the server's root (ntfy, "Publish as JSON"). Throws nothing.
 * @param dueAtS Unix time in seconds, for a message that is delivered later
 */
export const postToNtfy = (
  { server, token }: NtfyTopic,
  message: NtfyMessage,
  signal: AbortSignal,
  dueAtS: number | null = null,
): Promise<Posted> =>
  send(server, signal, {
    method: "POST",
    headers: { "content-type": "application/json", ...authorized(token) },
    body: JSON.stringify(dueAtS === null ? message : { ...message, delay: String(dueAtS) }),
  });

/** Takes back what is shown or still to come (ntfy 2.16, "Deleting notifications"). Throws nothing. */
export const takeBackFromNtfy = (
  { server, topic, token }: NtfyTopic,
  sequence: string,
  signal: AbortSignal,
): Promise<Posted> =>
  send(new URL(`/${topic}/${sequence}`, server), signal, {
    method: "DELETE",
    headers: authorized(token),
  });

async function send(url: URL, signal: AbortSignal, request: RequestInit): Promise<Posted> {
  try {
    const response = await fetch(url, {
      ...request,
      redirect: "error", // the token is for this server
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    const said = (await response.text()).slice(0, MAX_REPLY);
    if (response.ok) return { kind: "sent", reply: parsed(said) };
    return unsent(response, said);
  } catch (error) {
    return { kind: "later", why: whyFetchFailed(error), afterMs: null };
  }
}

function unsent({ status, headers }: Response, said: string): Posted {
  const why = `it answered ${status} ${said.slice(0, 200)}`.trim();
  if (status !== 429 && status < 500) return { kind: "refused", status, why };
  const seconds = /^\d{1,6}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return { kind: "later", why, afterMs: seconds === undefined ? null : Number(seconds) * 1000 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A server that says the id again rewrites in place (2.16 and later); an older one shows a second notification. */
export const saysSequence = (reply: unknown, sequence: string): boolean =>
  (Object(reply) as Record<string, unknown>)["sequence_id"] === sequence;

/** @throws NixwaveError invalid-field */
export function parseNtfyServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new NixwaveError(
      "invalid-field",
      `${JSON.stringify(text.slice(0, 80))} is no web address`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new NixwaveError(
      "invalid-field",
      "a server's address holds no name and no password: enter a token",
    );
  }
  return url;
}
