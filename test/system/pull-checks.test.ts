import { access, appendFile, chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Closure } from "../../agent/pull/nix-settings.ts";
import { file, folder, link, script, type Tree } from "../../src/cli/demo/nar.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { editNarinfo } from "../support/cache/compress.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import {
  addSystem,
  codeOf,
  failed,
  markerText,
  noProgress,
  openPullHome,
  openPullHost,
  type PullHome,
  type PullHost,
  type SystemPlan,
  TRUST,
} from "./pull-rig.ts";

/** As an installer does that asks for no signature. */
async function copyUnsigned(
  { root, settings }: PullHost,
  { storePath }: Closure,
  cache: string,
): Promise<void> {
  const home = settings.cacheDirectory;
  const env = { HOME: home, XDG_CACHE_HOME: home, NIX_STATE_DIR: join(home, "var") };
  const options = ["--option", "substituters", cache, "--option", "require-sigs", "false"];
  await execa("nix-store", ["--store", root, "--realise", storePath, ...options], { env });
}

const ALONE = { running: null, deadman: null };
const without =
  (pattern: RegExp) =>
  (text: string): string =>
    text.replace(pattern, "");
const SIGNATURE = /^Sig: .*\n/m;

describe.skipIf(needs("nix").skip)("what a pull looks at before it calls a closure good", () => {
  let home: PullHome;
  beforeAll(async () => {
    home = await openPullHome();
  });
  afterAll(() => home.close());

  it("finds the path without a signature that was in the store before, though nothing is to fetch", async () => {
    const closure = await addSystem(home.demo, { name: "unsigned" });
    await editNarinfo(home.demo.directory, closure.leaf, without(SIGNATURE));
    const host = await openPullHost(home);
    await copyUnsigned(host, closure, home.server.url);
    const failure = await failed(host.store.pull(closure, noProgress));
    expect(codeOf(failure)).toBe("closure-unsigned-here");
    expect(failure?.message).toContain(closure.leaf);
    expect(failure?.message).toContain("home-cache-1");
    expect(failure?.message).not.toContain(closure.storePath);
  });

  it("takes a cache's signature for a path that an installer copied without one", async () => {
    const closure = await addSystem(home.demo, { name: "late" });
    await editNarinfo(home.demo.directory, closure.leaf, (text) => text.replace("Sig:", "Unread:"));
    const host = await openPullHost(home);
    await copyUnsigned(host, closure, home.server.url);
    await expect(host.store.pull(closure, noProgress)).rejects.toThrow(/signed by none/);
    await editNarinfo(home.demo.directory, closure.leaf, (text) => text.replace("Unread:", "Sig:"));
    await rm(host.settings.cacheDirectory, { recursive: true });
    await host.store.pull(closure, noProgress);
  });

  it("counts what Nix was asked ahead once, and for that closure only", async () => {
    const bad = await addSystem(home.demo, { name: "ahead" });
    await editNarinfo(home.demo.directory, bad.leaf, (text) => text.replace("Sig:", "Unread:"));
    const host = await openPullHost(home);
    const { store } = host;
    await copyUnsigned(host, bad, home.server.url);
    await store.pull(home.closure, noProgress);
    await store.foresee({ ...ALONE, target: home.closure.storePath });
    expect(codeOf(await failed(store.pull(bad, noProgress)))).toBe("closure-unsigned-here");
    await store.foresee({ ...ALONE, target: bad.storePath });
    expect(codeOf(await failed(store.pull(bad, noProgress)))).toBe("closure-unsigned-here");
    await editNarinfo(home.demo.directory, bad.leaf, (text) => text.replace("Unread:", "Sig:"));
    await rm(host.settings.cacheDirectory, { recursive: true });
    await store.pull(bad, noProgress);
  });

  it("is not misled by what was asked of a closure that is gone since", async () => {
    const { store, root, settings } = await openPullHost(home);
    await store.pull(home.closure, noProgress);
    await store.foresee({ ...ALONE, target: home.closure.storePath });
    const env = {
      HOME: settings.cacheDirectory,
      NIX_STATE_DIR: join(settings.cacheDirectory, "var"),
    };
    const args = ["--store", root, "--delete", "--ignore-liveness", home.closure.storePath];
    const collect = async () =>
      (await execa("nix-store", args, { env, reject: false })).exitCode === 0;
    await expect.poll(collect, { timeout: 20_000 }).toBe(true); // not while Nix still looks at it
    await store.pull(home.closure, noProgress);
    await access(store.locate(home.closure.storePath));
  });

  it("holds nothing any more for what was asked ahead of an order that came to nothing", async () => {
    const other = await addSystem(home.demo, { name: "compared" });
    const { store } = await openPullHost(home);
    await store.pull(other, noProgress);
    await store.pull(home.closure, noProgress);
    await store.foresee({ ...ALONE, target: home.closure.storePath });
    await store.dropRoots();
    await store.changes(other.storePath, home.closure.storePath); // as long as Nix took for what it was asked
    expect(await store.areRootsHeld()).toBe(false);
  });

  it("refuses a closure whose content CI did not sign, and says both hashes", async () => {
    const other = await addSystem(home.demo, { name: "other" });
    const { store } = await openPullHost(home);
    const failure = await failed(
      store.pull({ ...home.closure, narHash: other.narHash }, noProgress),
    );
    expect(codeOf(failure)).toBe("nar-hash-mismatch");
    expect(failure?.message.match(/sha256:[0-9a-z]{52}/g)).toHaveLength(2);
  });

  it("hashes the files, not what Nix wrote down of them", async () => {
    const { store, root } = await openPullHost(home);
    await store.pull(home.closure, noProgress);
    const version = join(root, home.closure.storePath, "nixos-version");
    await chmod(version, 0o644);
    await appendFile(version, "!");
    await chmod(version, 0o444);
    const failure = await failed(store.pull(home.closure, noProgress));
    expect(codeOf(failure)).toBe("nar-hash-mismatch");
  });

  const stranger = (name: string): string => formatPublicKey(keyFrom(name).publicKey);
  const marked = (text: string): Tree => folder({ "host.json": file(text) });
  const REFUSALS: readonly (readonly [string, Omit<SystemPlan, "name">, string])[] = [
    ["for another processor", { files: { system: file("aarch64-linux") } }, "wrong-system"],
    [
      "whose marker names another processor",
      { marker: { system: "aarch64-linux" } },
      "wrong-system",
    ],
    ["without nixos-version", { files: { "nixos-version": undefined } }, "not-a-nixos-system"],
    [
      "without an init version",
      { files: { "init-interface-version": undefined } },
      "not-a-nixos-system",
    ],
    ["without switch-to-configuration", { files: { bin: folder({}) } }, "not-a-nixos-system"],
    [
      "whose switch-to-configuration is no program",
      { files: { bin: folder({ "switch-to-configuration": file("x") }) } },
      "not-a-nixos-system",
    ],
    [
      "whose switch-to-configuration lies outside the store",
      { files: { bin: folder({ "switch-to-configuration": link("/bin/sh") }) } },
      "not-a-nixos-system",
    ],
    ["whose version is a folder", { files: { "nixos-version": folder({}) } }, "not-a-nixos-system"],
    ["without a marker", { marker: null }, "system-without-agent"],
    ["with a marker that is no JSON", { files: { nixwave: marked("{") } }, "system-without-agent"],
    ["with a marker of another form", { marker: { v: 2 } }, "system-without-agent"],
    [
      "whose marker leads out of the store",
      { files: { nixwave: folder({ "host.json": link("/etc/hostname") }) } },
      "system-without-agent",
    ],
    [
      "whose activator is not there",
      { marker: { activator: "/nix/store/00000000000000000000000000000000-a/bin/x" } },
      "system-without-agent",
    ],
    ["of another host", { marker: { host: "rp4" } }, "agent-of-other-fleet"],
    ["of another fleet", { marker: { fleet: "neighbour" } }, "agent-of-other-fleet"],
    [
      "with other release keys",
      { marker: { releaseKeys: [stranger("release-2")] } },
      "agent-without-common-key",
    ],
    [
      "with another key of the same name",
      { marker: { releaseKeys: [stranger("x").replace(/^x/, "release-1")] } },
      "agent-without-common-key",
    ],
    [
      "with other hub keys",
      { marker: { hubKeys: [stranger("hub-2")] } },
      "agent-without-common-key",
    ],
  ];

  it.each(REFUSALS)("refuses a system %s", async (name, plan, code) => {
    const closure = await addSystem(home.demo, { name: name.replace(/\W/g, "-"), ...plan });
    const { store } = await openPullHost(home);
    await store.pull(closure, noProgress);
    const failure = await failed(store.inspect(closure, TRUST));
    expect(codeOf(failure)).toBe(code);
    expect(failure?.message).toContain(closure.storePath);
  });

  it("takes a system that shares one key of several and knows a key of a form to come", async () => {
    const own = JSON.parse(markerText({})) as Record<"releaseKeys" | "hubKeys", string[]>;
    const marker = {
      releaseKeys: [stranger("release-2"), ...own.releaseKeys],
      hubKeys: [...own.hubKeys, stranger("hub-2")],
    };
    const program = folder({
      "switch-to-configuration": script("#!/bin/sh\n"),
      real: script("#!/bin/sh\n"),
    });
    const plan = { name: "several-keys", marker, files: { bin: program } };
    const closure = await addSystem(home.demo, plan);
    const { store } = await openPullHost(home);
    await store.pull(closure, noProgress);
    expect((await store.inspect(closure, TRUST)).host).toBe("nuc");
  });
});
