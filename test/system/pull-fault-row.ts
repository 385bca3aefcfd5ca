import type { NixSettings } from "../../agent/pull/nix-settings.ts";
import { storePathHash } from "../../src/contract/index.ts";
import type { Compression } from "../support/cache/compress.ts";
import type { Fault, FaultKind } from "../support/cache/fault.ts";
import { keyFrom } from "../support/contract-builders.ts";
import type { PullHome } from "./pull-rig.ts";

export const STRANGER = keyFrom("stranger-1");
export const INFO = /^\/nix-cache-info$/;
export const NARINFO = /\.narinfo$/;
export const NAR = /^\/nar\//;

export interface Row {
  readonly name: string;
  readonly at: "preflight" | "pull";
  readonly code: string;
  readonly says: RegExp;
  readonly faults?: (home: PullHome) => readonly Fault[];
  readonly settings?: (home: PullHome) => Partial<NixSettings>;
  readonly compression?: Compression;
}

export const always = (on: RegExp, how: FaultKind) => (): readonly Fault[] => [{ on, how }];
export const edited = (edit: (text: string) => string) => always(NARINFO, { kind: "edit", edit });
export const ofLeaf =
  (how: FaultKind) =>
  (home: PullHome): readonly Fault[] => [
    { on: new RegExp(`${storePathHash(home.closure.leaf)}\\.narinfo$`), how },
  ];
export const SHORT =
  (stallMs: number, pullMs = 20_000) =>
  () => ({ limits: { stallMs, pullMs } });
export const tampered = (text: string): string => text.replace(/^(Sig: [^:]*:)..../m, "$1AAAA");
export const renamedKey = (text: string): string => text.replace(/^Sig: [^:]*:/m, "Sig: other-1:");
