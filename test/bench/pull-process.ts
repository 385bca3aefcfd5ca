// One pull as the activator does it, in a process of its own, whose memory can be looked at.
import process from "node:process";
import type { Closure, NixSettings } from "../../agent/pull/nix-settings.ts";
import { openNixStore } from "../../agent/pull/nix-store.ts";
import { parsePublicKey } from "../../src/contract/index.ts";

const [settings, closure, key] = JSON.parse(process.argv[2] ?? "") as [
  NixSettings,
  Closure,
  string,
];
const store = openNixStore({ ...settings, cacheKeys: [parsePublicKey(key)] });
await store.pull(closure, () => {});
