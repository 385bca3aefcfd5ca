import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { ProbePlan } from "./probe-config.ts";
import { failed, passed, type Seen } from "./probe-ports.ts";
import { whyNot } from "./tcp-probe.ts";

type HttpPlan = Pick<Extract<ProbePlan, { kind: "http" }>, "url" | "status" | "contains">;

/** Of a page in which a text is looked for. */
const READ_BYTES = 1024 * 1024;

/** One GET over a new connection. A redirect is an answer like any other, and is not followed. */
export async function probeHttp(plan: HttpPlan, stop: AbortSignal): Promise<Seen> {
  try {
    const answer = await get(plan.url, {}, stop);
    const status = answer.statusCode ?? 0;
    const { from, to } = plan.status;
    if (status < from || status > to) {
      return failed(`status ${status}, not ${from === to ? from : `${from} to ${to}`}`);
    }
    if (plan.contains === null) return passed(`status ${status}`);
    const isThere = (await readStart(answer)).includes(plan.contains);
    return isThere
      ? passed(`status ${status}, with the text`)
      : failed(`status ${status}, without the text`);
  } catch (error) {
    return failed(whyNot(error));
  }
}

/**
 * Over a connection of its own, never one that was kept: what answered the old system proves nothing. It
 * ends with `stop`, the body with it.
 */
export async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  stop: AbortSignal,
): Promise<IncomingMessage> {
  // Loaded when first needed: most hosts have no HTTP probe, and a Pi 3 has little memory.
  const { request } = url.startsWith("https:")
    ? await import("node:https")
    : await import("node:http");
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options: RequestOptions = {
    ...{ agent: false, method: "GET", signal: stop },
    headers: { ...headers, connection: "close", "user-agent": "nixwave-probe" },
  };
  const asked: ClientRequest = request(url, options);
  asked.once("response", resolve).on("error", reject).end();
  return await promise;
}

/** The body's first MiB. */
export async function readStart(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes >= READ_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
