import type { NixSettings } from "../../agent/pull/nix-settings.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { cacheKey } from "./pull-rig.ts";

/** Exit codes of `nix store verify`. */
const UNREADABLE = 4;
export const [GOOD, FAILED, UNTRUSTED] = [0, 1, 2];
const STRANGE = `a-1:${Buffer.alloc(64).toString("base64")}`;
/** Another key under the name of the one that signed. */
const NAMESAKE = { ...keyFrom("stranger-1").publicKey, name: cacheKey.publicKey.name };

interface Case {
  readonly sql?: string;
  readonly keys?: NixSettings["cacheKeys"];
  /** Of this program: null for a yes, else words of its doubt or code. */
  readonly ours: RegExp | null;
  /** Exit code of `nix store verify`. */
  readonly nix: number;
}

export const NO_KEY = /is signed by no key/;
const LEAF = "path LIKE '%-leaf-%'";
const TOP = "path LIKE '%-nixos-system-%'";
export const set = (what: string, which = LEAF): string =>
  `UPDATE ValidPaths SET ${what} WHERE ${which}`;
const idOf = (which: string): string => `(SELECT id FROM ValidPaths WHERE ${which})`;
/** The first letter after the key's name. */
const AT = `${cacheKey.name}:`.length + 1;
const FLIPPED = `substr(sigs, 1, ${AT - 1}) || CASE substr(sigs, ${AT}, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(sigs, ${AT + 1})`;
const ALL = "1 = 1";

/** Changes of a sound closure of two paths, `leaf` and the `nixos-system` that needs it. */
export const CASES: Readonly<Record<string, Case>> = {
  "as it was pulled": { ours: null, nix: GOOD },
  "an unsigned path": { sql: set("sigs = NULL"), ours: NO_KEY, nix: UNTRUSTED },
  "an unsigned top": { sql: set("sigs = ''", TOP), ours: NO_KEY, nix: UNTRUSTED },
  "signed by another key": { keys: [keyFrom("b-1").publicKey], ours: NO_KEY, nix: UNTRUSTED },
  "another key of that name": { keys: [NAMESAKE], ours: NO_KEY, nix: UNTRUSTED },
  "no key at all": { keys: [], ours: NO_KEY, nix: UNTRUSTED },
  "the right key as the second of its name": {
    ...{ keys: [NAMESAKE, cacheKey.publicKey], ours: NO_KEY, nix: UNTRUSTED },
  },
  "the right key as the second of two": {
    ...{ keys: [keyFrom("b-1").publicKey, cacheKey.publicKey], ours: null, nix: GOOD },
  },
  "a stranger's signature before the right one": {
    ...{ sql: set(`sigs = '${STRANGE} ' || sigs`), ours: null, nix: GOOD },
  },
  "a wrong hash": {
    ...{ sql: set(`hash = 'sha256:${"0".repeat(64)}'`), ours: NO_KEY, nix: UNTRUSTED },
  },
  "a hash of another kind": {
    sql: set(`hash = 'md5:${"0".repeat(32)}'`),
    ours: /hash/,
    nix: UNTRUSTED,
  },
  "a wrong size": { sql: set("narSize = narSize + 1"), ours: NO_KEY, nix: UNTRUSTED },
  "no size": { sql: set("narSize = NULL"), ours: /narSize/, nix: UNREADABLE },
  "a deriver that is no path": { sql: set("deriver = 'x'"), ours: /deriver/, nix: FAILED },
  "a content address in no form of Nix's": { sql: set("ca = 'x'"), ours: /ca cannot/, nix: FAILED },
  "a path with a zero byte behind it": {
    ...{ sql: set("path = path || char(0)"), ours: /path cannot/, nix: FAILED },
  },
  "a reference less": { sql: "DELETE FROM Refs", ours: NO_KEY, nix: UNTRUSTED },
  "a reference more": {
    ...{ sql: `INSERT INTO Refs SELECT id, id FROM ValidPaths WHERE ${LEAF}` },
    ...{ ours: NO_KEY, nix: UNTRUSTED },
  },
  "a reference to a path that is gone": {
    ...{ sql: `PRAGMA foreign_keys = OFF; DELETE FROM ValidPaths WHERE ${LEAF}` },
    ...{ ours: /path cannot be read/, nix: UNTRUSTED },
  },
  "two paths that need each other": {
    sql: `${set("ultimate = 1", ALL)}; INSERT INTO Refs VALUES (${idOf(LEAF)}, ${idOf(TOP)})`,
    ...{ ours: /need each other/, nix: FAILED },
  },
  "a path that needs itself, built here": {
    sql: `${set("ultimate = 1")}; INSERT INTO Refs SELECT id, id FROM ValidPaths WHERE ${LEAF}`,
    ...{ ours: null, nix: GOOD },
  },
  "a flipped letter in the signature": {
    sql: set(`sigs = ${FLIPPED}`),
    ours: NO_KEY,
    nix: UNTRUSTED,
  },
  "the other path's signature": {
    ...{ sql: set(`sigs = (SELECT sigs FROM ValidPaths WHERE ${TOP})`) },
    ...{ ours: NO_KEY, nix: UNTRUSTED },
  },
  "built here and unsigned": { sql: set("sigs = NULL, ultimate = 1", ALL), ours: null, nix: GOOD },
  "built elsewhere, and so it says": {
    sql: set("sigs = NULL, ultimate = 0"),
    ours: NO_KEY,
    nix: UNTRUSTED,
  },
  "a signature that is too short, before the right one": {
    ...{ sql: set("sigs = 'home-cache-1:AAAA ' || sigs"), ours: /64 bytes/, nix: UNREADABLE },
  },
  "a signature in no base64, before the right one": {
    ...{ sql: set("sigs = 'home-cache-1:?? ' || sigs"), ours: /base64/, nix: UNREADABLE },
  },
  "a word that is no signature, before the right one": {
    ...{ sql: set("sigs = 'a-1 ' || sigs"), ours: /name:base64/, nix: GOOD },
  },
  "a content address of other content": {
    sql: set(`sigs = NULL, ca = 'fixed:r:sha256:1${"0".repeat(51)}'`),
    ...{ ours: NO_KEY, nix: UNTRUSTED },
  },
  "a content address that its name does not follow from": {
    sql: set(
      `sigs = NULL, hash = 'sha256:${"0".repeat(64)}', ca = 'fixed:r:sha256:${"0".repeat(52)}'`,
    ),
    ...{ ours: NO_KEY, nix: UNTRUSTED },
  },
  "a path that is not there": {
    sql: `DELETE FROM Refs; DELETE FROM ValidPaths WHERE ${TOP}`,
    ...{ ours: /is not there/, nix: FAILED },
  },
};
