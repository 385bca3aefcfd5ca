import { readFile } from "node:fs/promises";
import { get, readStart } from "./http-probe.ts";
import { failed, type ProbedCache, passed, type Seen, unseen } from "./probe-ports.ts";
import { whyNot } from "./tcp-probe.ts";

const FILE = "nix-cache-info";

/** Whether the first binary cache says that it is one of this store. */
export async function probeCache(cache: ProbedCache | null, stop: AbortSignal): Promise<Seen> {
  if (cache === null) return unseen("no binary cache is configured");
  try {
    const url = infoUrl(cache.url);
    const found =
      url.protocol === "file:"
        ? await readFile(url, { encoding: "utf8", signal: stop })
        : await fetchInfo(url, cache, stop);
    if (typeof found !== "string") return found;
    return /^StoreDir: *\/nix\/store\/?$/m.test(found)
      ? passed("reachable")
      : failed(`its ${FILE} is not that of a binary cache for /nix/store`);
  } catch (error) {
    return failed(whyNot(error));
  }
}

/** Nix's own settings of a cache, such as `?priority=30`, are nothing that its server is asked for. */
function infoUrl(cache: string): URL {
  const url = new URL(cache);
  url.search = "";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${FILE}`;
  return url;
}

async function fetchInfo(
  url: URL,
  { authorization }: ProbedCache,
  stop: AbortSignal,
): Promise<string | Seen> {
  const headers = authorization === null ? {} : { authorization };
  const answer = await get(url.href, headers, stop);
  if (answer.statusCode === 200) return await readStart(answer);
  answer.destroy();
  return failed(`status ${answer.statusCode} for ${FILE}`);
}
