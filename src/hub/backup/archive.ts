import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { NixwaveError } from "../../contract/index.ts";
import { type ArchivedFile, packTar, unpackTar } from "./tar.ts";

/** What one backup may hold, unpacked; the folder of a home has a few megabytes. */
const MOST_BYTES = 1024 * 1024 * 1024;
/** The first file: what the others are. */
const MANIFEST = "nixwave-backup.json";
const VERSION = 1;

/** @throws NixwaveError too-large */
export function packBackup(files: readonly ArchivedFile[], atMs: number): Uint8Array {
  const sum = files.reduce((total, { content }) => total + content.length, 0);
  if (sum > MOST_BYTES) throw new NixwaveError("too-large", `more than ${MOST_BYTES} bytes`);
  const manifest = {
    v: VERSION,
    madeAt: new Date(atMs).toISOString(),
    files: Object.fromEntries(files.map(({ path, content }) => [path, sha256(content)])),
  };
  const first = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  return gzipSync(packTar([{ path: MANIFEST, mode: 0o600, content: first }, ...files], atMs));
}

export interface UnpackedBackup {
  readonly madeAt: string;
  readonly files: readonly ArchivedFile[];
}

/** Every file is there and is what was written. @throws NixwaveError backup-damaged */
export function unpackBackup(bytes: Uint8Array): UnpackedBackup {
  const [first, ...files] = unpackTar(unzipped(bytes));
  if (first?.path !== MANIFEST) throw damaged("it is no backup of a hub");
  const { madeAt, sums } = parseManifest(first.content);
  for (const { path, content } of files) {
    if (sums.get(path) !== sha256(content)) throw damaged(`${path} is not what was written`);
  }
  const found = new Set(files.map(({ path }) => path));
  const missing = [...sums.keys()].find((path) => !found.has(path));
  if (missing !== undefined) throw damaged(`${missing} is missing`);
  if (found.size !== files.length) throw damaged("it holds a file twice");
  return { madeAt, files };
}

function unzipped(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: 2 * MOST_BYTES });
  } catch (cause) {
    throw new NixwaveError("backup-damaged", (cause as Error).message, { cause });
  }
}

function parseManifest(content: Uint8Array) {
  let manifest: Partial<Record<"v" | "madeAt" | "files", unknown>> | null;
  try {
    manifest = JSON.parse(Buffer.from(content).toString("utf8")) as typeof manifest;
  } catch (cause) {
    throw new NixwaveError("backup-damaged", `${MANIFEST} is not JSON`, { cause });
  }
  const { v, madeAt, files } = manifest ?? {};
  if (typeof v === "number" && v > VERSION) {
    throw damaged(`a newer nixwave made it (form ${v}; this one knows ${VERSION})`);
  }
  if (v !== VERSION || typeof madeAt !== "string" || typeof files !== "object" || files === null) {
    throw damaged(`${MANIFEST} cannot be understood`);
  }
  return { madeAt, sums: new Map(Object.entries(files as Record<string, unknown>)) };
}

const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
const damaged = (why: string): NixwaveError => new NixwaveError("backup-damaged", why);
