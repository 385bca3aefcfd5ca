import { setTimeout as rest } from "node:timers/promises";
import { NixwaveError, whyFetchFailed } from "../../contract/index.ts";
import { waitBeforeNext } from "./rate-limit.ts";

export interface GitHubAccess {
  /** `GITHUB_API_URL`, without a slash at its end. */
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Says that it waits, and why. */
  readonly onWait: (text: string) => void;
}

interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/repos/<owner>/<name>`, or a whole address that GitHub itself gave. */
  readonly path: string;
  readonly accept?: string;
  /** Bytes go as they are, all else as JSON. */
  readonly body?: Uint8Array | Readonly<Record<string, unknown>>;
  /** Statuses that the caller understands; all other failures are thrown. */
  readonly expected?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

const TRIES = 4;
const REQUEST_MS = 30_000;
/** A release has 256 KiB; GitHub adds base64 and a release's other assets to it. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = "application/vnd.github+json";

/** GitHub's REST API (docs.github.com/rest, version 2022-11-28) for one repository. The token goes into one header and into no text. */
export class GitHubApi {
  readonly #access: GitHubAccess;

  constructor(access: GitHubAccess) {
    this.#access = access;
  }

  /**
   * One request; what may pass (no connection, 5xx, a rate limit) is tried again, waiting as GitHub asks (docs.github.com/rest,
   * "Best practices", "Handle rate limit errors appropriately").
   * @throws NixwaveError upload-refused | upload-failed
   */
  async call(call: Call): Promise<Answer> {
    for (let tried = 1; ; tried++) {
      const outcome = await this.#once(call);
      if (!("again" in outcome)) return outcome;
      const waitMs = waitBeforeNext(outcome.again, tried, Date.now());
      if (tried >= TRIES || waitMs === null) throw this.#failed(outcome.why, tried);
      this.#access.onWait(
        `${outcome.why}; trying again in ${Math.ceil(waitMs / 1000)} s (${tried} of ${TRIES - 1})`,
      );
      await rest(waitMs);
    }
  }

  /** @throws NixwaveError as `call`, and upload-failed for what is no JSON object */
  async json(call: Call): Promise<{ readonly status: number; readonly said: JsonObject }> {
    const { status, bytes } = await this.call(call);
    const said = asObject(Buffer.from(bytes).toString("utf8"));
    if (said === null)
      throw this.#failed(`GitHub answered ${status} with something else than JSON`, 1);
    return { status, said };
  }

  async #once(
    call: Call,
  ): Promise<Answer | { readonly again: Headers | null; readonly why: string }> {
    const { expected = [], path, method = "GET" } = call;
    try {
      const response = await fetch(this.#urlOf(path), this.#init(call));
      const bytes = await readBounded(response);
      if (response.ok || expected.includes(response.status))
        return { status: response.status, bytes };
      const why = `GitHub answered ${response.status} to ${method} ${pathOnly(path)}${saidIn(bytes)}`;
      if (isPassing(response)) return { again: response.headers, why };
      throw new NixwaveError("upload-refused", `${why}${hintFor(response.status, this.#access)}`);
    } catch (error) {
      if (error instanceof NixwaveError) throw error;
      const where = pathOnly(this.#urlOf(path));
      return {
        again: null,
        why: `GitHub was not reached at ${where}: ${whyFetchFailed(error)}`,
      };
    }
  }

  #urlOf(path: string): string {
    const { apiUrl, repository } = this.#access;
    return path.startsWith("/") ? `${apiUrl}/repos/${repository}${path}` : path;
  }

  #init({ method = "GET", accept = JSON_TYPE, body }: Call): RequestInit {
    const isBytes = body instanceof Uint8Array;
    const headers = {
      accept,
      authorization: `Bearer ${this.#access.token}`,
      "user-agent": "nixwave",
      "x-github-api-version": "2022-11-28",
      ...(body && { "content-type": isBytes ? "application/octet-stream" : "application/json" }),
    };
    const sent = body && (isBytes ? Buffer.from(body) : JSON.stringify(body));
    const signal = AbortSignal.timeout(REQUEST_MS);
    return { method, headers, signal, ...(sent && { body: sent }) };
  }

  #failed(why: string, tried: number): NixwaveError {
    const times = tried === 1 ? "" : `, ${tried} times`;
    return new NixwaveError("upload-failed", `${why}${times}`);
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

function asObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

/** A rate limit is 403 or 429, told from a refusal by its headers. */
const isPassing = ({ status, headers }: Response): boolean =>
  status >= 500 ||
  status === 429 ||
  (status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0"));

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > ANSWER_MAX_BYTES) {
      throw new NixwaveError(
        "upload-failed",
        `GitHub's answer has more than ${ANSWER_MAX_BYTES} bytes`,
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const SAID_CHARACTERS = 200;

function saidIn(bytes: Uint8Array): string {
  const message = asObject(Buffer.from(bytes).toString("utf8"))?.["message"];
  return typeof message === "string" ? `: ${message.slice(0, SAID_CHARACTERS)}` : "";
}

/** Without query: an address of GitHub's storage carries its signature there. */
const pathOnly = (url: string): string => url.split("?")[0] ?? url;

function hintFor(status: number, { repository }: GitHubAccess): string {
  if (status === 401) return "; the token is wrong or has expired";
  if (status === 403) return "; the token may not write: `permissions: contents: write` is missing";
  if (status === 404) return `; there is no ${repository}, or the token may not write there`;
  return "";
}
