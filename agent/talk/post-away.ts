import type { ClientRequest, IncomingMessage } from "node:http";
import { NixwaveError } from "../../src/contract/index.ts";
import type { AwayPlan } from "../probe/away-config.ts";
import { whyNot } from "../probe/tcp-probe.ts";
import type { AwayAnswer } from "./decide-away.ts";
import { readSecret } from "./read-secret.ts";

const REQUEST_MS = 15_000;

/**
 * One POST to the server's root (ntfy, "Publish as JSON"), over a connection of its own. The token is read anew each
 * time: it may be mended while the host is away. Throws nothing.
 */
export async function postAway(
  { server, tokenFile }: Pick<AwayPlan, "server" | "tokenFile">,
  message: object,
  stop: AbortSignal,
): Promise<{ readonly answer: AwayAnswer; readonly why: string }> {
  const sight = { isWritten: false };
  try {
    const token = tokenFile === null ? null : await readSecret(tokenFile);
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const limit = AbortSignal.any([stop, AbortSignal.timeout(REQUEST_MS)]);
    return answerOf(await post(server, headers, JSON.stringify(message), limit, sight));
  } catch (error) {
    const why = error instanceof NixwaveError ? `${error.code}: ${error.message}` : whyNot(error);
    return { answer: { kind: "later", isPerhapsTaken: sight.isWritten, afterMs: null }, why };
  }
}

/** What is wrong with the tokens is said while everything is well: on the bad day it would be too late. */
export async function checkTokens(
  plans: readonly Pick<AwayPlan, "tokenFile">[],
  say: (line: string) => void,
): Promise<void> {
  for (const { tokenFile } of plans) {
    if (tokenFile === null) continue;
    await readSecret(tokenFile).catch((error: Error) => say(`away: ${error.message}`));
  }
}

/** Not Node's own `fetch`, which costs 15 MB of memory. A redirect is not followed: the token is for this server. */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  stop: AbortSignal,
  sight: { isWritten: boolean },
): Promise<IncomingMessage> {
  const { request } = url.startsWith("https:")
    ? await import("node:https")
    : await import("node:http");
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked: ClientRequest = request(url, {
    ...{ agent: false, method: "POST", signal: stop },
    headers: { ...headers, connection: "close", "content-type": "application/json" },
  });
  asked.once("finish", () => {
    sight.isWritten = true;
  });
  asked.once("response", resolve).on("error", reject).end(body);
  return await promise;
}

function answerOf(response: IncomingMessage) {
  const { statusCode: status = 0, headers } = response;
  response.destroy(); // of its words nothing is needed
  const why = `it answered ${status}`;
  if (status >= 200 && status < 300) return { answer: { kind: "sent" }, why } as const;
  // A login may be mended, and a page of a hotel or a proxy may go away: only what ntfy itself cannot take is over.
  if (status === 400 || status === 413) return { answer: { kind: "refused" }, why } as const;
  const seconds = /^\d{1,6}$/.exec(headers["retry-after"] ?? "")?.[0];
  const afterMs = seconds === undefined ? null : Number(seconds) * 1000;
  return { answer: { kind: "later", isPerhapsTaken: false, afterMs }, why } as const;
}
