import { createReadStream, watch } from "node:fs";
import { appendFile, chmod, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** More of one switch's output nobody reads on a phone; the whole stays in the host's own log file. */
const MOST_BYTES = 1024 * 1024;

/**
 * Copies what a switch prints to where the agent may read it, while it runs. For people only: whatever fails
 * here never disturbs the switch.
 * @returns stops, after the rest has been copied
 */
export function followLog(from: string, to: string): () => Promise<void> {
  let position = 0;
  let copying: Promise<void> = begin(to);
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

async function begin(to: string): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, "");
    await chmod(to, 0o640);
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
