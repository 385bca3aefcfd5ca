import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { get, readStart } from "./http-probe.ts";
import { failed, type ProbedCache, passed, type Seen, unseen } from "./probe-ports.ts";
import { whyNot } from "./tcp-probe.ts";

const FILE = "nix-cache-info";

/** Whether the first binary cache says that it is one of this store. */
export async function probeCache(cache: ProbedCache | null, stop: AbortSignal): Promise<Seen> {
  if (cache === null) return unseen("no binary cache is configured");
  try {
    const found = cache.url.startsWith("file:")
      ? await readFile(join(fileURLToPath(cache.url), FILE), { encoding: "utf8", signal: stop })
      : await fetchInfo(cache, stop);
    if (typeof found !== "string") return found;
    return /^StoreDir: *\/nix\/store\/?$/m.test(found)
      ? passed("reachable")
      : failed(`its ${FILE} is not that of a binary cache for /nix/store`);
  } catch (error) {
    return failed(whyNot(error));
  }
}

async function fetchInfo(cache: ProbedCache, stop: AbortSignal): Promise<string | Seen> {
  const { authorization } = cache;
  const headers = authorization === null ? {} : { authorization };
  const answer = await get(`${cache.url.replace(/\/+$/, "")}/${FILE}`, headers, stop);
  if (answer.statusCode === 200) return await readStart(answer);
  answer.destroy();
  return failed(`status ${answer.statusCode} for ${FILE}`);
}
