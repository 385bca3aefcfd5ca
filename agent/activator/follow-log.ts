import { createReadStream, watch } from "node:fs";
import { appendFile, mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { nodeFiles } from "../durable/file-port.ts";

/** More of one switch's output nobody reads on a phone; the whole stays in the host's own log file. */
const MOST_BYTES = 1024 * 1024;

/**
 * Copies what a switch prints to where the agent may read it, while it runs. For people only: whatever fails
 * here never disturbs the switch.
 * @param groupId of the agent, who is not root
 * @returns stops, after the rest has been copied
 */
export function followLog(from: string, to: string, groupId: number | null): () => Promise<void> {
  let position = 0;
  let copying: Promise<void> = begin(to, groupId);
  const more = (): void => {
    copying = copying
      .then(async () => {
        for await (const chunk of createReadStream(from, { start: position })) {
          const bytes = chunk as Buffer;
          position += bytes.length;
          if (position <= MOST_BYTES) await appendFile(to, bytes);
        }
      })
      .catch(() => undefined);
  };
  const watcher = watchFolder(dirname(from), basename(from), more);
  return async () => {
    watcher?.close();
    more();
    await copying;
  };
}

/** A new file for each switch: in one that was emptied, its reader could not tell where this switch begins. */
async function begin(to: string, groupId: number | null): Promise<void> {
  const fresh = `${to}.new`;
  try {
    await mkdir(dirname(to), { recursive: true });
    await writeFile(fresh, "");
    await nodeFiles.permit(fresh, 0o640, groupId);
    await rename(fresh, to);
  } catch {
    // no place for the copy: the switch goes on all the same
  }
}

function watchFolder(folder: string, name: string, changed: () => void) {
  try {
    return watch(folder, (_event, file) => {
      if (file === name) changed();
    }).on("error", () => undefined);
  } catch {
    return undefined;
  }
}
