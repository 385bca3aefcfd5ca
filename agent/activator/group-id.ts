import { readFile } from "node:fs/promises";

/** @param groups the content of /etc/group @returns the id of a group, null when there is none */
export function groupIn(groups: string, name: string): number | null {
  for (const line of groups.split("\n")) {
    const [found, , id = ""] = line.split(":");
    if (found === name && /^\d{1,10}$/.test(id)) return Number(id);
  }
  return null;
}

/** From /etc/group: NixOS writes declared groups there, and Node has no getgrnam. */
export const groupIdOf = async (name: string): Promise<number | null> =>
  groupIn(await readFile("/etc/group", "utf8").catch(() => ""), name);
