import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NixwaveError } from "../../src/contract/index.ts";
import type { Compression } from "../support/cache/compress.ts";
import { needs } from "../support/system-parts.ts";
import { PREFLIGHT } from "./pull-faults-before.ts";
import { PULL } from "./pull-faults-during.ts";
import { openPullHome, openPullHost, type PullHome } from "./pull-rig.ts";

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
