import { dirname } from "node:path";
import type { FilePort } from "../../../agent/durable/file-port.ts";

interface Inode {
  /** As a reader of the running system sees it. */
  now: Uint8Array;
  /** What is on the platter; undefined before the first sync. */
  synced: Uint8Array | undefined;
}

interface NameChange {
  readonly folder: string;
  readonly name: string;
  readonly inode: Inode | null;
}

/**
 * A disk that keeps only what was synced: after a power cut each name change that no folder sync covered may be
 * there or not, in any order, and bytes that were not synced are gone, cut off or zero. Killing a process does not
 * show a missing fsync; this does.
 */
export class ModelDisk implements FilePort {
  readonly #names = new Map<string, Inode>();
  readonly #syncedNames = new Map<string, Inode>();
  #pending: NameChange[] = [];
  /** Called before each change; may throw. */
  beforeChange: (what: string) => void = () => undefined;

  read(path: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#names.get(path)?.now);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#change(`write ${path}`);
    const inode: Inode = { now: bytes, synced: undefined };
    this.#name(path, inode);
  }

  async sync(path: string): Promise<void> {
    await this.#change(`sync ${path}`);
    const inode = this.#names.get(path);
    if (inode) inode.synced = inode.now;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#change(`rename ${to}`);
    const inode = this.#names.get(from);
    if (!inode) throw Object.assign(new Error(`no ${from}`), { code: "ENOENT" });
    this.#name(to, inode);
    this.#name(from, null);
  }

  async syncFolder(path: string): Promise<void> {
    await this.#change(`sync folder ${path}`);
    for (const change of this.#pending.filter(({ folder }) => folder === path)) this.#keep(change);
    this.#pending = this.#pending.filter(({ folder }) => folder !== path);
  }

  async remove(path: string): Promise<void> {
    await this.#change(`remove ${path}`);
    if (this.#names.has(path)) this.#name(path, null);
  }

  list(path: string): Promise<readonly string[]> {
    const names = [...this.#names.keys()].filter((name) => dirname(name) === path);
    return Promise.resolve(names.map((name) => name.slice(path.length + 1)).toSorted(compare));
  }

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  permit(): Promise<void> {
    return Promise.resolve();
  }

  /** @param chance 0 to 1, by which what was not synced survives */
  losePower(chance: () => number): void {
    for (const change of shuffled(this.#pending, chance)) if (chance() < 0.5) this.#keep(change);
    this.#pending = [];
    this.#names.clear();
    for (const [path, inode] of this.#syncedNames) {
      inode.now = inode.synced ?? damaged(inode.now, chance);
      inode.synced = inode.now;
      this.#names.set(path, inode);
    }
  }

  async #change(what: string): Promise<void> {
    await Promise.resolve();
    this.beforeChange(what);
  }

  #name(name: string, inode: Inode | null): void {
    if (inode) this.#names.set(name, inode);
    else this.#names.delete(name);
    this.#pending.push({ folder: dirname(name), name, inode });
  }

  #keep({ name, inode }: NameChange): void {
    if (inode) this.#syncedNames.set(name, inode);
    else this.#syncedNames.delete(name);
  }
}

function damaged(bytes: Uint8Array, chance: () => number): Uint8Array {
  const what = chance();
  if (what < 0.3) return new Uint8Array(0);
  if (what < 0.6) return bytes.slice(0, Math.floor(bytes.length * chance()));
  return what < 0.8 ? new Uint8Array(bytes.length) : bytes;
}

const shuffled = <T>(items: readonly T[], chance: () => number): readonly T[] =>
  items
    .map((item) => ({ item, key: chance() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);

const compare = (a: string, b: string): number => (a < b ? -1 : 1);
