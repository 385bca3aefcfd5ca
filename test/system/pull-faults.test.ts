import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NixSettings } from "../../agent/pull/nix-settings.ts";
import { type NixwaveError, storePathHash } from "../../src/contract/index.ts";
import type { Compression } from "../support/cache/compress.ts";
import { type Fault, type FaultKind, PORTAL } from "../support/cache/fault.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { openPullHome, openPullHost, type PullHome } from "./pull-rig.ts";

const STRANGER = keyFrom("stranger-1");
const INFO = /^\/nix-cache-info$/;
const NARINFO = /\.narinfo$/;
const NAR = /^\/nar\//;

interface Row {
  readonly name: string;
  readonly at: "preflight" | "pull";
  readonly code: string;
  readonly says: RegExp;
  readonly faults?: (home: PullHome) => readonly Fault[];
  readonly settings?: (home: PullHome) => Partial<NixSettings>;
  readonly compression?: Compression;
}

const always = (on: RegExp, how: FaultKind) => (): readonly Fault[] => [{ on, how }];
const edited = (edit: (text: string) => string) => always(NARINFO, { kind: "edit", edit });
const ofLeaf =
  (how: FaultKind) =>
  (home: PullHome): readonly Fault[] => [
    { on: new RegExp(`${storePathHash(home.closure.leaf)}\\.narinfo$`), how },
  ];
const SHORT =
  (stallMs: number, pullMs = 20_000) =>
  () => ({ limits: { stallMs, pullMs } });
const tampered = (text: string): string => text.replace(/^(Sig: [^:]*:)..../m, "$1AAAA");
const renamedKey = (text: string): string => text.replace(/^Sig: [^:]*:/m, "Sig: other-1:");

const PREFLIGHT: readonly Row[] = [
  {
    name: "the cache does not have the closure",
    at: "preflight",
    code: "closure-missing",
    says: /nixos-system-nuc.* is in none of this host's caches \(http/,
    faults: always(NARINFO, { kind: "status", status: 404 }),
  },
  {
    name: "a bucket that says 403 for what it has not",
    at: "preflight",
    code: "closure-missing",
    says: /push it/,
    faults: always(NARINFO, { kind: "status", status: 403 }),
  },
  {
    name: "only the public cache is configured",
    at: "preflight",
    code: "cache-not-configured",
    says: /only the public http.*add the private cache/,
    faults: always(NARINFO, { kind: "status", status: 404 }),
    settings: ({ server }) => ({ publicCaches: [`127.0.0.1:${server.port}`] }),
  },
  {
    name: "no cache is configured",
    at: "preflight",
    code: "cache-not-configured",
    says: /no cache at all/,
    settings: () => ({ substituters: [] }),
  },
  {
    name: "a dependency is in no cache",
    at: "preflight",
    code: "closure-missing",
    says: /leaf-1\.0 is in none/,
    faults: ofLeaf({ kind: "status", status: 404 }),
  },
  {
    name: "signed by a key that the host does not trust",
    at: "preflight",
    code: "closure-untrusted",
    says: /signed by home-cache-1 .* trusts stranger-1$/,
    settings: () => ({ cacheKeys: [STRANGER.publicKey] }),
  },
  {
    name: "not signed",
    at: "preflight",
    code: "closure-untrusted",
    says: /is not signed on http/,
    faults: edited((text) => text.replace(/^Sig: .*\n/m, "")),
  },
  {
    name: "a false signature in a trusted name",
    at: "preflight",
    code: "closure-untrusted",
    says: /named home-cache-1 is false/,
    faults: edited(tampered),
  },
  {
    name: "the signature under another name",
    at: "preflight",
    code: "closure-untrusted",
    says: /signed by other-1/,
    faults: edited(renamedKey),
  },
  {
    name: "another hash in the narinfo",
    at: "preflight",
    code: "closure-untrusted",
    says: /is false/,
    faults: edited((text) => text.replace(/^NarHash: .*$/m, `NarHash: sha256:${"0".repeat(52)}`)),
  },
  {
    name: "a narinfo for another path",
    at: "preflight",
    code: "cache-unusable",
    says: /asked for .* and answered for/,
    faults: edited((text) => text.replace(/^(StorePath: \S*-).*$/m, "$1other")),
  },
  {
    name: "a web page for the narinfo",
    at: "preflight",
    code: "closure-corrupt",
    says: /it is a web page/,
    faults: always(NARINFO, { kind: "body", text: PORTAL }),
  },
  {
    name: "an empty narinfo",
    at: "preflight",
    code: "closure-corrupt",
    says: /0 lines/,
    faults: always(NARINFO, { kind: "body", text: "" }),
  },
  {
    name: "a web page for everything",
    at: "preflight",
    code: "cache-unreachable",
    says: /login page of the network/,
    faults: always(/./, { kind: "body", text: PORTAL }),
  },
  {
    name: "no nix-cache-info",
    at: "preflight",
    code: "cache-unusable",
    says: /no binary cache/,
    faults: always(INFO, { kind: "status", status: 404 }),
  },
  {
    name: "an empty nix-cache-info",
    at: "preflight",
    code: "cache-unusable",
    says: /no StoreDir/,
    faults: always(INFO, { kind: "body", text: "" }),
  },
  {
    name: "stores with another prefix",
    at: "preflight",
    code: "cache-wrong-store",
    says: /\/other\/store/,
    faults: always(INFO, { kind: "body", text: "StoreDir: /other/store\n" }),
  },
  {
    name: "401 for everything",
    at: "preflight",
    code: "cache-login-refused",
    says: /netrc/,
    faults: always(/./, { kind: "status", status: 401 }),
  },
  {
    name: "500 for everything",
    at: "preflight",
    code: "cache-unreachable",
    says: /HTTP status 500/,
    faults: always(/./, { kind: "status", status: 500 }),
  },
  {
    name: "429 for the narinfo",
    at: "preflight",
    code: "cache-unreachable",
    says: /429/,
    faults: always(NARINFO, { kind: "status", status: 429 }),
  },
  {
    name: "a cache that hangs",
    at: "preflight",
    code: "cache-unreachable",
    says: /no answer within 0\.5 s/,
    faults: always(/./, { kind: "hang" }),
    settings: SHORT(500),
  },
  {
    name: "a narinfo that hangs",
    at: "preflight",
    code: "cache-unreachable",
    says: /no answer within/,
    faults: always(NARINFO, { kind: "hang" }),
    settings: SHORT(500),
  },
  {
    name: "a connection that is reset",
    at: "preflight",
    code: "cache-unreachable",
    says: /cannot be reached/,
    faults: always(/./, { kind: "reset" }),
  },
  {
    name: "a name that is not known",
    at: "preflight",
    code: "cache-unreachable",
    says: /no-such-host\.invalid cannot be reached/,
    settings: () => ({ substituters: ["http://no-such-host.invalid"] }),
  },
  {
    name: "a port where nobody listens",
    at: "preflight",
    code: "cache-unreachable",
    says: /ECONNREFUSED|cannot be reached/,
    settings: () => ({ substituters: ["http://127.0.0.1:1"] }),
  },
  {
    name: "a folder that is not there",
    at: "preflight",
    code: "cache-unreachable",
    says: /cannot be reached/,
    settings: ({ directory }) => ({ substituters: [`file://${directory}/nowhere`] }),
  },
];

const PULL: readonly Row[] = [
  {
    name: "the path is absent",
    at: "pull",
    code: "closure-missing",
    says: /nixos-system-nuc.*push the whole closure/,
    faults: always(NARINFO, { kind: "status", status: 404 }),
  },
  {
    name: "the path is absent from the public cache",
    at: "pull",
    code: "cache-not-configured",
    says: /add the private cache/,
    faults: always(NARINFO, { kind: "status", status: 404 }),
    settings: ({ server }) => ({ publicCaches: [`127.0.0.1:${server.port}`] }),
  },
  {
    name: "a dependency is absent",
    at: "pull",
    code: "closure-missing",
    says: /leaf-1\.0/,
    faults: ofLeaf({ kind: "status", status: 404 }),
  },
  {
    name: "signed by another key",
    at: "pull",
    code: "closure-untrusted",
    says: /this host trusts stranger-1/,
    settings: () => ({ cacheKeys: [STRANGER.publicKey] }),
  },
  {
    name: "a dependency that is not signed",
    at: "pull",
    code: "closure-untrusted",
    says: /leaf-1\.0.*is not signed/,
    faults: ofLeaf({ kind: "edit", edit: (text) => text.replace(/^Sig: .*\n/m, "") }),
  },
  {
    name: "a flipped byte, none",
    at: "pull",
    code: "closure-corrupt",
    says: /leaf-1\.0.*asked: http/,
    faults: always(NAR, { kind: "flip" }),
  },
  {
    name: "a flipped byte, zstd",
    at: "pull",
    code: "closure-corrupt",
    says: /asked: http/,
    faults: always(/zstd$/, { kind: "flip" }),
    compression: "zstd",
  },
  {
    name: "a flipped byte, xz",
    at: "pull",
    code: "closure-corrupt",
    says: /asked: http/,
    faults: always(/xz$/, { kind: "flip" }),
    compression: "xz",
  },
  {
    name: "a flipped byte, gzip",
    at: "pull",
    code: "closure-corrupt",
    says: /asked: http/,
    faults: always(/gzip$/, { kind: "flip" }),
    compression: "gzip",
  },
  {
    name: "an empty archive",
    at: "pull",
    code: "closure-corrupt",
    says: /damaged/,
    faults: always(NAR, { kind: "body", text: "" }),
  },
  {
    name: "a web page for an archive",
    at: "pull",
    code: "closure-corrupt",
    says: /damaged/,
    faults: always(NAR, { kind: "body", text: PORTAL }),
  },
  {
    name: "a web page for an archive, xz",
    at: "pull",
    code: "closure-corrupt",
    says: /damaged/,
    faults: always(/xz$/, { kind: "body", text: PORTAL }),
    compression: "xz",
  },
  {
    name: "a web page for the narinfo",
    at: "pull",
    code: "closure-corrupt",
    says: /NAR info file/,
    faults: always(NARINFO, { kind: "body", text: PORTAL }),
  },
  {
    name: "the archive is not there",
    at: "pull",
    code: "closure-missing",
    says: /lost its content/,
    faults: always(NAR, { kind: "status", status: 404 }),
  },
  {
    name: "401 for the archive",
    at: "pull",
    code: "closure-missing",
    says: /netrc/,
    faults: always(NAR, { kind: "status", status: 401 }),
  },
  {
    name: "401 for everything",
    at: "pull",
    code: "cache-unusable",
    says: /binary cache/,
    faults: always(/./, { kind: "status", status: 401 }),
  },
  {
    name: "another prefix",
    at: "pull",
    code: "cache-wrong-store",
    says: /\/other\/store/,
    faults: always(INFO, { kind: "body", text: "StoreDir: /other/store\n" }),
  },
  {
    name: "a narinfo for another path",
    at: "pull",
    code: "cache-unusable",
    says: /asked/,
    faults: edited((text) => text.replace(/^(StorePath: \S*-).*$/m, "$1other")),
  },
  {
    name: "500 for the archive",
    at: "pull",
    code: "cache-unreachable",
    says: /500/,
    faults: always(NAR, { kind: "status", status: 500 }),
  },
  {
    name: "a connection cut in every archive",
    at: "pull",
    code: "cache-unreachable",
    says: /leaf|nar|http/,
    faults: always(NAR, { kind: "reset" }),
  },
  {
    name: "an archive that stands still",
    at: "pull",
    code: "pull-stalled",
    says: /waited for http.*nar/,
    faults: always(NAR, { kind: "stall" }),
    settings: SHORT(1000),
  },
  {
    name: "a trickle that never ends",
    at: "pull",
    code: "pull-too-slow",
    says: /what came is kept/,
    faults: always(NAR, { kind: "trickle", bytes: 20 }),
    settings: SHORT(60_000, 1000),
  },
  {
    name: "a port where nobody listens",
    at: "pull",
    code: "cache-unreachable",
    says: /connect/i,
    settings: () => ({ substituters: ["http://127.0.0.1:1"] }),
  },
  {
    name: "a name that is not known",
    at: "pull",
    code: "cache-unreachable",
    says: /resolve/,
    settings: () => ({ substituters: ["http://no-such-host.invalid"] }),
  },
];

describe.skipIf(needs("nix").skip)("a cache at fault", () => {
  const homes = new Map<Compression, PullHome>();
  beforeAll(async () => {
    for (const compression of ["none", "zstd", "xz", "gzip"] as const) {
      homes.set(compression, await openPullHome(compression));
    }
  });
  afterAll(() => Promise.all([...homes.values()].map((home) => home.close())));

  it.each([...PREFLIGHT, ...PULL])("$at: $name is $code", async (row) => {
    const home = homes.get(row.compression ?? "none");
    if (home === undefined) throw new Error("no home");
    home.server.faults = row.faults?.(home) ?? [];
    const { store } = await openPullHost(home, row.settings?.(home));
    const { closure } = home;
    const work = row.at === "preflight" ? store.preflight(closure) : store.pull(closure, () => {});
    const failure = await work.then(
      () => null,
      (error: NixwaveError) => error,
    );
    expect({ code: failure?.code, message: failure?.message }).toEqual({
      code: row.code,
      message: expect.stringMatching(row.says),
    });
    expect(failure?.message.length).toBeLessThanOrEqual(1000);
  });
});
