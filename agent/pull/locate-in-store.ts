import { lstatSync, readlinkSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";

const MOST_LINKS = 40;
const STORE = "/nix/store/";

/**
 * Follows the links of a store path as the host itself would see them: links inside a store always say
 * /nix/store, also where a folder stands for the host.
 * @param path a file of the store, such as /nix/store/HASH-name/nixwave/host.json
 * @returns where it really lies; null when it is not there or leads out of the store
 */
export function locateInStore(root: string, path: string): string | null {
  let parts = path.split("/").filter((part) => part !== "");
  let at = "";
  for (let links = 0; parts.length > 0; ) {
    const next = `${at}/${parts.shift()}`;
    const target = linkAt(join(root, next));
    if (target === undefined) return null;
    if (target === null) {
      at = next;
      continue;
    }
    links++;
    const resolved = normalize(isAbsolute(target) ? target : `${at}/${target}`);
    if (links > MOST_LINKS || !resolved.startsWith(STORE)) return null;
    parts = [...resolved.split("/").filter((part) => part !== ""), ...parts];
    at = "";
  }
  return join(root, at);
}

/** The link's target, null for what is no link, undefined for what is not there. */
function linkAt(path: string): string | null | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
