import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storePathHash } from "../../src/contract/index.ts";
import { needs } from "../support/system-parts.ts";
import { edited, NAR, ofLeaf, SHORT } from "./pull-fault-row.ts";
import { failed, noProgress, openPullHome, openPullHost, type PullHome } from "./pull-rig.ts";

interface BlackHole extends AsyncDisposable {
  readonly url: string;
}

/**
 * An address where a connection is neither taken nor refused: the process that listens there is stopped, and its
 * queue is full, so that the kernel drops every further SYN, as a firewall does.
 */
async function openBlackHole(): Promise<BlackHole> {
  const listen = `const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));`;
  const child: ChildProcess = spawn(process.execPath, ["-e", listen], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout as NonNullable<typeof child.stdout>, "data")) as [Buffer];
  const port = Number(said.toString());
  child.kill("SIGSTOP");
  const waiting: Socket[] = [];
  for (let n = 0; n < 4; n++) {
    waiting.push(connect({ port, host: "127.0.0.1" }).on("error", () => undefined));
  }
  await Promise.all(waiting.slice(0, 2).map((socket) => once(socket, "connect")));
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Before Nix begins, as on a host with little space, and beside it. */
const WAYS = [Number.POSITIVE_INFINITY, 0] as const;

describe.skipIf(needs("nix").skip)("a cache at fault in a rare way", { timeout: 60_000 }, () => {
  let home: PullHome;
  beforeEach(async () => {
    home = await openPullHome();
  });
  afterEach(() => home.close());

  it.each(WAYS)(
    "an address that never answers is cache-unreachable, with room from %s bytes",
    async (roomyBytes) => {
      await using hole = await openBlackHole();
      const settings = { roomyBytes, substituters: [hole.url], ...SHORT(1000)() };
      const { store } = await openPullHost(home, settings);
      expect(await failed(store.pull(home.closure, noProgress))).toMatchObject({
        code: "cache-unreachable",
        message: `${hole.url} cannot be reached: no answer within 1 s`,
      });
    },
  );

  it.each(WAYS)(
    "archives at an address that never answers are pull-stalled, with room from %s bytes",
    async (roomyBytes) => {
      await using hole = await openBlackHole();
      home.server.faults = edited((text) => text.replace(/^URL: /m, `URL: ${hole.url}/`))();
      const { store } = await openPullHost(home, { roomyBytes, ...SHORT(2000)() });
      expect(await failed(store.pull(home.closure, noProgress))).toMatchObject({
        code: "pull-stalled",
        message: expect.stringContaining(`it waited for ${hole.url}/nar/`),
      });
    },
  );

  it("a path that another Nix made valid meanwhile is no failure, and comes once", async () => {
    home.server.faults = [{ on: LEAF_NAR(home), how: { kind: "delay", ms: 1500 }, times: 1 }];
    const other = await openPullHost(home, { limits: { pullMs: 30_000, stallMs: 20_000 } });
    const ours = await openPullHost(home, other.settings);
    const first = other.store.pull(home.closure, noProgress);
    await home.server.asked(LEAF_NAR(home));
    await Promise.all([first, ours.store.pull(home.closure, noProgress)]);
    expect(home.server.requests.filter((path) => LEAF_NAR(home).test(path))).toHaveLength(1);
  });

  it("a path that another Nix never finishes is pull-stalled: Nix says nothing of the lock it waits for", async () => {
    home.server.faults = [{ on: LEAF_NAR(home), how: { kind: "stall" }, times: 1 }];
    const other = await openPullHost(home, { limits: { pullMs: 30_000, stallMs: 20_000 } });
    const ours = await openPullHost(home, { ...other.settings, ...SHORT(1500)() });
    const stop = new AbortController();
    const first = failed(other.store.pull(home.closure, noProgress, stop.signal));
    await home.server.asked(LEAF_NAR(home));
    const failure = await failed(ours.store.pull(home.closure, noProgress));
    expect(failure).toMatchObject({ code: "pull-stalled" });
    expect(failure?.message).not.toContain("http"); // the cache is not to blame
    stop.abort();
    expect(await first).toMatchObject({ code: "pull-interrupted" });
  });

  it("a store whose database another program holds is nix-busy", async () => {
    const host = await openPullHost(home, SHORT(1500)());
    home.server.faults = [{ on: NAR, how: { kind: "status", status: 500 } }];
    await failed(host.store.pull(home.closure, noProgress)); // makes the database
    home.server.faults = [];
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    using database = new DatabaseSync(join(host.root, "nix/var/nix/db/db.sqlite"));
    database.exec("BEGIN EXCLUSIVE");
    const failure = await failed(host.store.pull(home.closure, noProgress));
    database.exec("ROLLBACK");
    expect(failure).toMatchObject({
      code: "nix-busy",
      message: expect.stringMatching(/db\.sqlite' is busy/),
    });
    await host.store.pull(home.closure, noProgress);
  });

  const BAD = [
    { what: "too short", name: "zzz-foo", says: /'zzz-foo' is too short to be a valid store path/ },
    {
      what: "of other letters",
      name: `${"e".repeat(32)}-foo`,
      says: /illegal base-32 character 'e'/,
    },
    {
      what: "outside the store",
      name: "/etc/passwd",
      says: /'\/etc\/passwd' is not in the Nix store/,
    },
  ];
  const ROWS = WAYS.flatMap((roomyBytes) => BAD.map((row) => ({ ...row, roomyBytes })));
  it.each(ROWS)(
    "a path $what in a dependency's narinfo is said in Nix's words, with room from $roomyBytes bytes",
    async ({ name, says, roomyBytes }) => {
      const path = name.startsWith("/") ? name : `/nix/store/${name}`;
      const edit = (text: string) => text.replace(/^StorePath:.*$/m, `StorePath: ${path}`);
      home.server.faults = ofLeaf({ kind: "edit", edit })(home);
      const { store } = await openPullHost(home, { roomyBytes });
      expect(await failed(store.pull(home.closure, noProgress))).toMatchObject({
        code: "cache-unusable",
        message: expect.stringMatching(says),
      });
    },
  );
});

const LEAF_NAR = ({ closure }: PullHome): RegExp =>
  new RegExp(`^/nar/${storePathHash(closure.leaf)}\\.nar`);
