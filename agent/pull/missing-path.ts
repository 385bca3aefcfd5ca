import type { NixwaveError } from "../../src/contract/index.ts";
import { missing } from "./find-in-caches.ts";
import type { NixSettings } from "./nix-settings.ts";

const UNKNOWN = /don't know how to build these paths/;
const PATH_LINE = /^ {2}(\/nix\/store\/\S+)$/m;

/** Whether Nix says that it can get a path nowhere; which one, it says on the line after. */
export const isUnknownIn = (text: string): boolean => UNKNOWN.test(text);

/** @returns `failure`, of the path that is in no cache: the closure itself was found, so it is one that it refers to */
export function namedMissing(
  failure: NixwaveError,
  settings: NixSettings,
  text: string,
): NixwaveError {
  if (failure.code !== "closure-missing") return failure;
  const path = PATH_LINE.exec(text.slice(text.search(UNKNOWN)))?.[1];
  return path === undefined ? failure : missing(settings, path);
}
