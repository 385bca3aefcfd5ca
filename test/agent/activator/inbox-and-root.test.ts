import { execFileSync } from "node:child_process";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodePayload, type HostRequest, hostRequestCodec } from "../../../src/contract/index.ts";
import {
  HUB_KEY,
  NOON,
  type Sealed,
  sealStatement,
  utf8,
} from "../../support/contract-builders.ts";
import { NEW, OLD, type PlayedHost, playHost } from "./played-host.ts";
import { GOOD_DAY, LEASE_MS, order, play, RELEASE } from "./stories.ts";

const TRIAL = GOOD_DAY.slice(0, 2);

async function inTrial(host: PlayedHost): Promise<void> {
  await play(host, TRIAL);
  expect((await host.report()).phase).toBe("in-trial");
}

const outcomeOf = async (host: PlayedHost) => (await host.report()).outcome;

describe("what waits in the inbox", () => {
  it.each([
    ["a link", (inbox: string) => symlink("/etc/passwd", join(inbox, "desired"))],
    ["a folder", (inbox: string) => mkdir(join(inbox, "desired"))],
    [
      "a large file",
      (inbox: string) => writeFile(join(inbox, "desired"), Buffer.alloc(16 * 1024 + 1)),
    ],
    [
      "a pipe",
      (inbox: string) => Promise.resolve(void execFileSync("mkfifo", [join(inbox, "desired")])),
    ],
  ])("is refused when it is %s, said, and gone", async (_what, put) => {
    await using host = await playHost();
    await put(host.places.inbox);
    await host.run();
    expect((await host.report()).refusal?.code).toBe("inbox-refused");
    expect(await readdir(host.places.inbox)).toEqual(["session"]);
    expect(await readdir(host.places.taken)).toEqual([]);
  });

  it.each([
    ["a folder", "an order"],
    ["an order", "a folder"],
    ["a folder", "a folder"],
  ])("replaces what a killed activator left: %s comes over %s", async (comes, left) => {
    await using host = await playHost();
    const put = async (what: string, at: string): Promise<void> => {
      if (what === "a folder") await mkdir(join(at, "full"), { recursive: true });
      else await writeFile(at, order("trial", 1));
    };
    await mkdir(host.places.taken, { recursive: true });
    await put(left, join(host.places.taken, "desired"));
    await put(comes, join(host.places.inbox, "desired"));
    await host.run();
    const { refusal, phase } = await host.report();
    expect({ refusal: refusal?.code, phase }).toEqual(
      comes === "an order"
        ? { refusal: undefined, phase: "in-trial" }
        : { refusal: "inbox-refused", phase: "idle" },
    );
    expect(await readdir(host.places.taken)).toEqual([]);
  });

  it("is refused with its reason when it is no order", async () => {
    await using host = await playHost();
    await host.drop(utf8("{}"));
    await host.run();
    expect((await host.report()).refusal?.code).toBe("invalid-field");
  });
});

describe("root on the host", () => {
  const ask = async (
    host: PlayedHost,
    verb: HostRequest["verb"],
    forMs?: number,
    release?: string,
  ) => {
    const more = { ...(forMs ? { forMs } : {}), ...(release ? { release } : {}) };
    const bytes = hostRequestCodec.encode({ v: 1, verb, at: NOON, ...more });
    await host.disk.write(join(host.places.requests, `1-${verb}.json`), bytes);
    await host.run();
    const answer = await host.disk.read(join(host.places.requests, `1-${verb}.answer.json`));
    return JSON.parse(Buffer.from(answer ?? "").toString("utf8")) as unknown;
  };

  it("confirms a trial with neither hub nor broker", async () => {
    await using host = await playHost();
    await inTrial(host);
    expect(await ask(host, "confirm")).toEqual({ ok: true });
    expect(await outcomeOf(host)).toMatchObject({ code: "succeeded" });
  });

  const releaseOf = ({ envelope }: Sealed): string =>
    Buffer.from(encodePayload("release", { v: 1, statements: [envelope] })).toString("base64");

  it("tries what CI signed with neither hub nor broker, and what nobody confirms returns", async () => {
    await using host = await playHost();
    expect(await ask(host, "apply", LEASE_MS, releaseOf(RELEASE))).toEqual({ ok: true });
    expect(await host.report()).toMatchObject({ phase: "in-trial", current: NEW, profile: OLD });
    host.reality.bootMs += LEASE_MS + 1;
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "rolled-back", reason: "lease-expired" });
    expect(host.reality.current).toBe(OLD);
  });

  it("is told why what CI did not sign is not tried, and nothing happens", async () => {
    await using host = await playHost();
    const forged = releaseOf(sealStatement(RELEASE.statement, HUB_KEY));
    const answer = await ask(host, "apply", LEASE_MS, forged);
    expect(answer).toMatchObject({ ok: false, code: "signature-invalid" });
    expect(await host.report()).toMatchObject({ phase: "idle", current: OLD, outcome: null });
    expect(host.reality.did).toEqual([]);
  });

  it("reverts a trial, and is told when there is none", async () => {
    await using host = await playHost();
    await inTrial(host);
    expect(await ask(host, "revert")).toEqual({ ok: true });
    expect(await outcomeOf(host)).toMatchObject({ code: "rolled-back", reason: "revert-ordered" });
    expect(await ask(host, "revert")).toMatchObject({ ok: false, code: "nothing-to-revert" });
  });

  it("keeps the host to itself for a while", async () => {
    await using host = await playHost();
    await ask(host, "pause", 7_200_000);
    await play(host, TRIAL);
    expect(await host.report()).toMatchObject({
      phase: "staged",
      waiting: { code: "host-paused" },
    });
    host.reality.bootMs += 7_200_001;
    await host.run();
    expect((await host.report()).phase).toBe("in-trial");
  });
});
