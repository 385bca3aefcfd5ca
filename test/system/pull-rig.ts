import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OwnTrust } from "../../agent/pull/inspect-system.ts";
import type { Closure, NixSettings } from "../../agent/pull/nix-settings.ts";
import { type NixStore, openNixStore } from "../../agent/pull/nix-store.ts";
import { createDemoCache, type DemoCache, demoStorePath } from "../../src/cli/demo/demo-cache.ts";
import { file, folder, link, script, type Tree } from "../../src/cli/demo/nar.ts";
import { removeTree } from "../../src/cli/demo/remove-tree.ts";
import {
  formatPublicKey,
  NixwaveError,
  parseFleetName,
  parseHostName,
  parseNarHash,
  parseSystemType,
  type SecretKey,
  type StorePath,
  storePathHash,
} from "../../src/contract/index.ts";
import { type Compression, compressIn } from "../support/cache/compress.ts";
import { type FaultyCache, serveFaultyCache } from "../support/cache/faulty-cache.ts";
import { keyFrom } from "../support/contract-builders.ts";

export const SYSTEM = parseSystemType("x86_64-linux");
const [releaseKey, hubKey] = [keyFrom("release-1"), keyFrom("hub-1")];
export const cacheKey = keyFrom("home-cache-1");

export const TRUST: OwnTrust = {
  fleet: parseFleetName("home"),
  host: parseHostName("nuc"),
  releaseKeys: { keys: [releaseKey.publicKey], threshold: 1 },
  hubKeys: { keys: [hubKey.publicKey], threshold: 1 },
};

/** Bytes that no compression makes smaller. */
export const noise = (seed: string, bytes: number): string => {
  let text = "";
  for (let n = 0; text.length < bytes; n++) {
    text += createHash("sha512").update(`${seed}${n}`).digest("base64");
  }
  return text.slice(0, bytes);
};

export interface TestClosure extends Closure {
  readonly leaf: StorePath;
}

export interface PullHome {
  readonly directory: string;
  readonly demo: DemoCache;
  readonly server: FaultyCache;
  /** A system of two paths, its leaf of 400 kB. */
  readonly closure: TestClosure;
  close(): Promise<void>;
}

export async function openPullHome(compression: Compression = "none"): Promise<PullHome> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), "nixwave-pull-"));
  const demo = await createDemoCache(join(directory, "cache"), cacheKey);
  const server = await serveFaultyCache(demo.directory);
  const closure = await addSystem(demo, { name: "1" });
  await compressIn(demo.directory, closure.leaf, compression);
  return {
    directory,
    demo,
    server,
    closure,
    async close() {
      await server.close();
      await removeTree(directory);
    },
  };
}

export interface SystemPlan {
  readonly name: string;
  /** Changes or removes (undefined) files of the toplevel. */
  readonly files?: Readonly<Record<string, Tree | undefined>>;
  readonly marker?: Readonly<Record<string, unknown>> | null;
}

/** Puts a small NixOS system for this host into the cache. */
export async function addSystem(
  demo: DemoCache,
  { name, files = {}, marker = {} }: SystemPlan,
): Promise<TestClosure> {
  const leaf = demoStorePath(`leaf-${name}.0`, name);
  const top = demoStorePath(`nixos-system-nuc-26.05.${name}`, name);
  await demo.add(leaf, folder({ data: file(noise(name, 400_000)) }), []);
  const said =
    marker === null ? {} : { nixwave: folder({ "host.json": file(markerText(marker)) }) };
  const entries: Record<string, Tree | undefined> = {
    "nixos-version": file("26.05"),
    "init-interface-version": file("systemd 2"),
    system: file(SYSTEM),
    sw: link(leaf),
    bin: folder({ "switch-to-configuration": script("#!/bin/sh\n") }),
    ...said,
    ...files,
  };
  const present = Object.entries(entries).filter((entry): entry is [string, Tree] => !!entry[1]);
  await demo.add(top, folder(Object.fromEntries(present)), [leaf]);
  return { storePath: top, narHash: await narHashIn(demo, top), system: SYSTEM, leaf };
}

export const markerText = (changes: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    v: 1,
    fleet: "home",
    host: "nuc",
    system: SYSTEM,
    releaseKeys: [formatPublicKey(releaseKey.publicKey)],
    hubKeys: [formatPublicKey(hubKey.publicKey)],
    activator: null,
    ...changes,
  });

/** The hash that CI would sign of what lies in the cache. */
export async function narHashIn(demo: DemoCache, path: StorePath): Promise<Closure["narHash"]> {
  const nar = await readFile(join(demo.directory, `nar/${storePathHash(path)}.nar`));
  return parseNarHash(`sha256-${createHash("sha256").update(nar).digest("base64")}`);
}

export interface PullHost {
  readonly root: string;
  readonly settings: NixSettings;
  readonly store: NixStore;
}

/** A host with an empty store of its own. */
export async function openPullHost(
  { directory, server }: PullHome,
  changes: Partial<NixSettings> = {},
  keys: readonly SecretKey[] = [cacheKey],
): Promise<PullHost> {
  const root = changes.root ?? (await mkdtemp(join(directory, "host-")));
  await mkdir(root, { recursive: true });
  const settings: NixSettings = {
    root,
    substituters: [server.url],
    cacheKeys: keys.map(({ publicKey }) => publicKey),
    netrcFile: null,
    cacheDirectory: join(root, "nix/var/nixwave/nix-cache"),
    path: process.env["PATH"] ?? "",
    limits: { pullMs: 20_000, stallMs: 2000 },
    ...changes,
  };
  return { root, settings, store: openNixStore(settings) };
}

export const noProgress = (): void => {};

/** Undefined for what is no failure of ours. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof NixwaveError ? error.code : undefined;

/** The process of Nix that pulls for the host. */
export async function nixPullingFor({ root }: PullHost): Promise<number> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (words.includes("--realise") && words.split("\0").includes(root)) return Number(name);
  }
  throw new Error(`no Nix pulls for ${root}`);
}

/** Null when it did not fail. */
export const failed = (work: Promise<unknown>): Promise<Error | null> =>
  work.then(
    () => null,
    (error: Error) => error,
  );
