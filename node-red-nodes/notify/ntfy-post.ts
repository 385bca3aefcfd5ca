import { NixwaveError } from "../../src/contract/index.ts";
import type { NtfyMessage } from "../../src/people/index.ts";

export type Posted =
  | { readonly kind: "sent"; readonly reply: unknown }
  /** Worth trying again. */
  | { readonly kind: "later"; readonly why: string; readonly afterMs: number | null }
  | { readonly kind: "refused"; readonly status: number; readonly why: string };

const REQUEST_MS = 15_000;
const MAX_REPLY = 16_384;

/** One POST in ntfy's JSON form, to the server's root (ntfy, "Publish as JSON"). Throws nothing. */
export async function postToNtfy(
  server: URL,
  token: string,
  message: NtfyMessage,
  signal: AbortSignal,
): Promise<Posted> {
  try {
    const response = await fetch(server, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(message),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    const said = (await response.text()).slice(0, MAX_REPLY);
    if (response.ok) return { kind: "sent", reply: parsed(said) };
    return unsent(response, said);
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined;
    return { kind: "later", why: cause?.message ?? (error as Error).message, afterMs: null };
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

/** @throws NixwaveError invalid-field */
export function parseNtfyServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new NixwaveError(
      "invalid-field",
      `${JSON.stringify(text.slice(0, 80))} is no web address`,
    );
  }
  return url;
}
