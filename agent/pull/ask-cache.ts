import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { NixwaveError, type StorePath, storePathHash } from "../../src/contract/index.ts";
import { whyNot } from "../probe/tcp-probe.ts";
import { getOverHttp } from "./get-over-http.ts";
import { type Narinfo, parseNarinfo } from "./narinfo.ts";
import { basicLogin, type Login } from "./netrc.ts";
import { withoutLogin } from "./nix-failure.ts";

/** How caches are asked. */
export interface Asking {
  readonly logins: readonly Login[];
  /** For each answer as a whole. */
  readonly limitMs: number;
  readonly stop: AbortSignal | undefined;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const STORE_DIRECTORY = "/nix/store";
const PAGE = /^\s*<(?:!doctype|html)/i;

/** Caches that Node can ask; s3 and ssh are left to Nix alone. */
export const canBeAsked = (cache: string): boolean => /^(?:https?|file):\/\//.test(cache);

/**
 * What `cache` says of `path`, asked anew: Nix itself remembers answers for up to 30 days.
 * @returns null when it does not have the path
 * @throws NixwaveError cache-unreachable | cache-login-refused | cache-unusable | cache-wrong-store | closure-corrupt
 */
export async function askCache(
  cache: string,
  path: StorePath,
  asking: Asking,
): Promise<Narinfo | null> {
  const shown = withoutLogin(cache);
  // Both at once: what is wrong with the cache as a whole is told first all the same.
  const asked = get(cache, `${storePathHash(path)}.narinfo`, asking);
  asked.catch(() => undefined);
  checkInfo(shown, await get(cache, "nix-cache-info", asking));
  const { status, text } = await asked;
  // Nix takes 403 for absent as well: a bucket that may not be listed says so of what it does not have.
  if (status === 404 || status === 403 || status === 410) return null;
  refuseStatus(shown, status);
  const info = narinfoOf(shown, path, text);
  if (info.storePath !== path) {
    const message = `${shown} was asked for ${path} and answered for ${info.storePath}`;
    throw new NixwaveError("cache-unusable", message);
  }
  return info;
}

function checkInfo(shown: string, { status, text }: Answer): void {
  if (status === 403) throw loginRefused(shown, status);
  if (status === 404 || status === 410) {
    throw new NixwaveError(
      "cache-unusable",
      `${shown} is no binary cache: no nix-cache-info there`,
    );
  }
  refuseStatus(shown, status);
  if (PAGE.test(text)) {
    const message = `${shown} answers with a web page: a login page of the network lies between, or the address is wrong`;
    throw new NixwaveError("cache-unreachable", message);
  }
  const directory = /^StoreDir: *(\S+)\s*$/m.exec(text)?.[1];
  if (directory === undefined) {
    const message = `${shown} is no binary cache: its nix-cache-info has no StoreDir`;
    throw new NixwaveError("cache-unusable", message);
  }
  if (directory !== STORE_DIRECTORY) {
    const message = `${shown} serves stores in ${directory.slice(0, 80)}, this host's is ${STORE_DIRECTORY}`;
    throw new NixwaveError("cache-wrong-store", message);
  }
}

function refuseStatus(shown: string, status: number): void {
  if (status === 200) return;
  if (status === 401 || status === 407) throw loginRefused(shown, status);
  const isPassing = status >= 500 || status === 408 || status === 429;
  const code = isPassing ? "cache-unreachable" : "cache-unusable";
  throw new NixwaveError(code, `${shown} answered with HTTP status ${status}`);
}

const loginRefused = (shown: string, status: number): NixwaveError =>
  new NixwaveError(
    "cache-login-refused",
    `${shown} refuses the login it got, or got none (HTTP status ${status}): check the host's netrc file`,
  );

function narinfoOf(shown: string, path: StorePath, text: string): Narinfo {
  try {
    return parseNarinfo(text);
  } catch (error) {
    const why = PAGE.test(text) ? "it is a web page" : (error as Error).message;
    const message = `${shown} sent no usable narinfo for ${path}: ${why}`;
    throw new NixwaveError("closure-corrupt", message, { cause: error });
  }
}

async function get(cache: string, name: string, asking: Asking): Promise<Answer> {
  const url = new URL(cache);
  url.search = "";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${name}`;
  try {
    return url.protocol === "file:" ? await fromFolder(url) : await fromServer(url, asking);
  } catch (error) {
    if (asking.stop?.aborted) {
      throw new NixwaveError("pull-interrupted", "the pull was stopped: no longer wanted");
    }
    const message = `${withoutLogin(cache)} cannot be reached: ${reasonOf(error, asking)}`;
    throw new NixwaveError("cache-unreachable", message, { cause: error });
  }
}

async function fromFolder(url: URL): Promise<Answer> {
  try {
    return { status: 200, text: await readFile(fileURLToPath(url), "utf8") };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isAbsent && url.pathname.endsWith(".narinfo")) return { status: 404, text: "" };
    throw error; // no nix-cache-info: a disk that is not mounted
  }
}

async function fromServer(url: URL, asking: Asking, redirects = 0): Promise<Answer> {
  const { logins, limitMs, stop } = asking;
  const login = loginIn(url) ?? basicLogin(logins, url.hostname);
  const limit = AbortSignal.timeout(limitMs);
  const signal = stop ? AbortSignal.any([limit, stop]) : limit;
  const { status, location, text } = await getOverHttp(url, login, signal);
  if (location === undefined) return { status, text };
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const next = new URL(location, bare);
  if (redirects === MOST_REDIRECTS || !/^https?:$/.test(next.protocol)) {
    throw new Error(`it sends on to ${withoutLogin(next.href)}, and that leads nowhere`);
  }
  return fromServer(next, asking, redirects + 1);
}

const MOST_REDIRECTS = 5;

function loginIn({ username, password }: URL): string | null {
  if (username === "") return null;
  const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
  return basicLogin([{ machine: null, user, password: secret }], "");
}

function reasonOf(error: unknown, { limitMs }: Asking): string {
  // Nobody else aborts: that it was stopped has been told before.
  if ((error as Error).name === "TimeoutError") return `no answer within ${limitMs / 1000} s`;
  return whyNot(error);
}
