import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { storePathHash } from "../../src/contract/index.ts";
import { editNarinfo } from "../support/cache/compress.ts";
import { needs } from "../support/system-parts.ts";
import {
  addSystem,
  codeOf,
  failed,
  nixPullingFor,
  noProgress,
  openPullHome,
  openPullHost,
  type PullHome,
  type PullHost,
} from "./pull-rig.ts";

const NAR = /^\/nar\//;
const BOTH_WAYS = [
  ["before Nix begins", { roomyBytes: Number.POSITIVE_INFINITY }],
  ["beside Nix", { roomyBytes: 0 }],
] as const;

describe.skipIf(needs("nix").skip)("a pull", () => {
  let home: PullHome;
  beforeAll(async () => {
    home = await openPullHome();
  });
  beforeEach(() => {
    Object.assign(home.server, { faults: [], login: null, latencyMs: 0 });
    home.server.requests.length = 0;
  });
  afterAll(() => home.close());

  const narOf = (path: Parameters<typeof storePathHash>[0]) =>
    new RegExp(`^/nar/${storePathHash(path)}`);
  const requestsFor = (on: RegExp): number =>
    home.server.requests.filter((path) => on.test(path)).length;

  it.each([["SIGTERM"], ["SIGKILL"]] as const)(
    "that Nix's end by %s cut off is interrupted, and the next fetches only what is missing",
    async (signal) => {
      const { closure, server } = home;
      const host = await openPullHost(home);
      const top = narOf(closure.storePath);
      server.faults = [{ on: top, how: { kind: "hang" } }];
      const asked = server.asked(top);
      const pull = failed(host.store.pull(closure, noProgress));
      await asked;
      process.kill(await nixPullingFor(host), signal);
      expect(codeOf(await pull)).toBe("pull-interrupted");
      expect(requestsFor(narOf(closure.leaf))).toBe(1);
      server.faults = [];
      await host.store.pull(closure, noProgress);
      expect(requestsFor(narOf(closure.leaf))).toBe(1);
      expect(requestsFor(top)).toBe(2);
    },
  );

  it("ends when it is no longer wanted, and says so", async () => {
    const { closure, server } = home;
    const { store } = await openPullHost(home);
    server.faults = [{ on: NAR, how: { kind: "hang" } }];
    const asked = server.asked(NAR);
    const stop = new AbortController();
    const pull = failed(store.pull(closure, noProgress, stop.signal));
    await asked;
    stop.abort();
    const failure = await pull;
    expect(codeOf(failure)).toBe("pull-interrupted");
    expect(failure?.message).toMatch(/no longer wanted/);
  });

  it.each(BOTH_WAYS)(
    "ends while the caches are asked when it is no longer wanted, %s",
    async (_, changes) => {
      const { store } = await openPullHost(home, changes);
      home.server.faults = [{ on: /./, how: { kind: "hang" } }];
      const asked = home.server.asked(/./);
      const stop = new AbortController();
      const pull = failed(store.pull(home.closure, noProgress, stop.signal));
      await asked;
      stop.abort();
      expect(codeOf(await pull)).toBe("pull-interrupted");
    },
  );

  it.each([
    ["is cut once", { kind: "truncate" }],
    ["is answered late", { kind: "delay", ms: 300 }],
    ["is answered never, once", { kind: "hang" }],
    ["is refused with 500 once", { kind: "status", status: 500 }],
  ] as const)("gets through when an archive %s", async (_, how) => {
    const { store } = await openPullHost(home, { limits: { stallMs: 6000, pullMs: 30_000 } });
    home.server.faults = [{ on: narOf(home.closure.leaf), how, times: 1 }];
    await store.pull(home.closure, noProgress);
    expect(requestsFor(narOf(home.closure.leaf))).toBe(how.kind === "delay" ? 1 : 2);
  });

  it("stalls, and names what it waited for, when an archive is never answered", async () => {
    const { store } = await openPullHost(home, { limits: { stallMs: 1000, pullMs: 20_000 } });
    home.server.faults = [{ on: NAR, how: { kind: "hang" } }];
    const failure = await failed(store.pull(home.closure, noProgress));
    expect(codeOf(failure)).toBe("pull-stalled");
    expect(failure?.message).toContain(`${home.server.url}/nar/`);
  });

  it("succeeds from the second cache when the first cannot be reached", async () => {
    const substituters = ["http://127.0.0.1:1", home.server.url];
    const { store } = await openPullHost(home, { substituters });
    await store.pull(home.closure, noProgress);
  });

  it("began before CI had pushed is tried again and succeeds at once after the push", async () => {
    const { store } = await openPullHost(home);
    const early = await addSystem(home.demo, { name: "early" });
    home.server.faults = [{ on: /\.narinfo$/, how: { kind: "status", status: 404 } }];
    expect(codeOf(await failed(store.pull(early, noProgress)))).toBe("closure-missing");
    home.server.faults = [];
    await store.pull(early, noProgress);
  });

  it("does not go on believing a signature that was pushed again", async () => {
    const { store } = await openPullHost(home);
    const wrong = await addSystem(home.demo, { name: "again" });
    await editNarinfo(home.demo.directory, wrong.leaf, (text) => text.replace("Sig:", "Unread:"));
    expect(codeOf(await failed(store.pull(wrong, noProgress)))).toBe("closure-untrusted");
    await editNarinfo(home.demo.directory, wrong.leaf, (text) => text.replace("Unread:", "Sig:"));
    await store.pull(wrong, noProgress);
  });

  const withNetrc = async (text: string): Promise<PullHost> => {
    const netrcFile = join(home.directory, "netrc");
    await writeFile(netrcFile, text);
    home.server.login = "nuc:secret word";
    return openPullHost(home, { netrcFile });
  };

  it("logs in with the host's netrc file, in its own questions and in Nix's", async () => {
    const { store } = await withNetrc('machine 127.0.0.1 login nuc password "secret word"\n');
    await store.pull(home.closure, noProgress);
  });

  it.each([
    ["a wrong password", "machine 127.0.0.1 login nuc password wrong\n"],
    ["the login of another machine", 'machine other.lan login nuc password "secret word"\n'],
  ])("is refused with %s", async (_, text) => {
    const { store } = await withNetrc(text);
    expect(codeOf(await failed(store.pull(home.closure, noProgress)))).toBe("cache-login-refused");
  });

  it("says that its netrc file is not there", async () => {
    const { store } = await openPullHost(home, { netrcFile: join(home.directory, "no-netrc") });
    const failure = await failed(store.pull(home.closure, noProgress));
    expect(codeOf(failure)).toBe("cache-login-refused");
    expect(failure?.message).toMatch(/no-netrc cannot be read/);
  });

  const collectGarbage = ({ root, settings }: PullHost) => {
    const cache = settings.cacheDirectory;
    const env = { HOME: cache, XDG_CACHE_HOME: cache, NIX_STATE_DIR: join(cache, "var") };
    return execa("nix-store", ["--store", root, "--gc"], { env });
  };

  it("is kept by its roots through a collection of garbage, and let go with them", async () => {
    const host = await openPullHost(home);
    const { store } = host;
    const [running, target] = [await addSystem(home.demo, { name: "old" }), home.closure];
    await store.pull(running, noProgress);
    await store.holdRoots({
      target: target.storePath,
      running: running.storePath,
      deadman: null,
    });
    expect(await store.areRootsHeld()).toBe(true);
    await store.pull(target, noProgress);
    await collectGarbage(host);
    expect(await store.isHere(target.storePath)).toBe(true);
    const nothing = { downloadBytes: 0, unpackedBytes: 0 };
    expect(await store.pull(running, noProgress)).toMatchObject(nothing);
    await store.dropRoots();
    expect(await store.areRootsHeld()).toBe(false);
    await collectGarbage(host);
    expect(await store.isHere(target.storePath)).toBe(false);
    expect((await store.pull(target, noProgress)).unpackedBytes).toBeGreaterThan(0);
    expect((await store.pull(running, noProgress)).unpackedBytes).toBeGreaterThan(0);
  });

  it("says which packages change between two systems", async () => {
    const { store } = await openPullHost(home);
    const next = await addSystem(home.demo, { name: "2" });
    await store.pull(home.closure, noProgress);
    await store.pull(next, noProgress);
    const changes = await store.changes(home.closure.storePath, next.storePath);
    expect(changes).toMatchObject({
      packages: [expect.stringMatching(/^leaf: 1\.0 -> 2\.0/)],
      packagesTotal: 1,
    });
    const target = next.storePath;
    await store.foresee({ target, running: home.closure.storePath, deadman: null });
    await store.pull(next, noProgress);
    expect(await store.changes(home.closure.storePath, target)).toEqual(changes);
    await store.foresee({ target, running: home.closure.storePath, deadman: null });
    await store.pull(next, noProgress);
    const same = await store.changes(next.storePath, next.storePath);
    expect(same).toMatchObject({ packages: [], packagesTotal: 0 });
  });
});
