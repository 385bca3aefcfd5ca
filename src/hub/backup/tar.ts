import { NixwaveError } from "../../contract/index.ts";

/** A regular file in an archive. */
export interface ArchivedFile {
  /** Relative, with `/`, without `.` and `..`. */
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

// POSIX.1-1988 "ustar", which every tar reads: whoever has lost everything else can still unpack it.
const BLOCK = 512;
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  sum: [148, 8],
  type: [156, 1],
  magic: [257, 6],
  version: [263, 2],
  prefix: [345, 155],
} as const;
type Field = keyof typeof FIELDS;
const MAGIC = "ustar";
const REGULAR = "0";

/** @param atMs of all files @throws NixwaveError too-large when a path does not fit */
export function packTar(files: readonly ArchivedFile[], atMs: number): Uint8Array {
  const blocks = files.flatMap((file) => [headerOf(file, atMs), padded(file.content)]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function headerOf({ path, mode, content }: ArchivedFile, atMs: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (field: Field, text: string): void => void header.write(text, FIELDS[field][0]);
  const number = (field: Field, value: number): void =>
    put(field, value.toString(8).padStart(FIELDS[field][1] - 1, "0"));
  const [prefix, name] = splitPath(path);
  put("name", name);
  put("prefix", prefix);
  number("mode", mode);
  number("uid", 0);
  number("gid", 0);
  number("size", content.length);
  number("mtime", Math.floor(atMs / 1000));
  put("type", REGULAR);
  put("magic", MAGIC);
  put("version", "00");
  put("sum", `${sumOf(header).toString(8).padStart(6, "0")}\0 `);
  return header;
}

function splitPath(path: string): readonly [prefix: string, name: string] {
  const fits = (text: string, field: Field): boolean => Buffer.byteLength(text) <= FIELDS[field][1];
  if (fits(path, "name")) return ["", path];
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (fits(prefix, "prefix") && fits(name, "name")) return [prefix, name];
  }
  throw new NixwaveError("too-large", `the name ${path} does not fit into an archive`);
}

/** As if the field of the sum were blanks. */
function sumOf(header: Uint8Array): number {
  const [from, length] = FIELDS.sum;
  return header.reduce(
    (sum, byte, at) => sum + (at >= from && at < from + length ? 0x20 : byte),
    0,
  );
}

function padded(content: Uint8Array): Buffer {
  const whole = Buffer.alloc(Math.ceil(content.length / BLOCK) * BLOCK);
  whole.set(content);
  return whole;
}

/** Reads what `packTar` wrote, and nothing else. @throws NixwaveError backup-damaged */
export function unpackTar(bytes: Buffer): readonly ArchivedFile[] {
  const files: ArchivedFile[] = [];
  let at = 0;
  for (;;) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw damaged("it has no end");
    if (header.every((byte) => byte === 0)) return files;
    const { size, ...file } = readHeader(header);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw damaged(`${file.path} is cut off`);
    files.push({ ...file, content });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function readHeader(header: Buffer) {
  const text = (field: Field): string => {
    const [from, length] = FIELDS[field];
    return header
      .subarray(from, from + length)
      .toString("utf8")
      .replace(/\0[\s\S]*$/, "");
  };
  const number = (field: Field): number => {
    const digits = text(field).trim();
    if (!/^[0-7]+$/.test(digits)) throw damaged(`a header's ${field} is no number`);
    return Number.parseInt(digits, 8);
  };
  if (number("sum") !== sumOf(header)) throw damaged("a header's checksum is wrong");
  const prefix = text("prefix");
  const path = prefix === "" ? text("name") : `${prefix}/${text("name")}`;
  if (text("magic") !== MAGIC || text("type") !== REGULAR) throw damaged(`${path} is no file`);
  if (!isBelow(path)) throw damaged(`${path} would lie outside of the folder`);
  return { path, mode: number("mode"), size: number("size") };
}

const isBelow = (path: string): boolean =>
  path.split("/").every((part) => part !== "" && part !== "." && part !== "..");

const damaged = (why: string): NixwaveError => new NixwaveError("backup-damaged", why);
