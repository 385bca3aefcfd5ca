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

  /** Before Nix begins, as on a host with little space, and beside it. */
  const WAYS = [Number.POSITIVE_INFINITY, 0].flatMap((roomyBytes) =>
    [...PREFLIGHT, ...PULL].map((row) => ({ ...row, roomyBytes })),
  );

  it.each(WAYS)("$at: $name is $code, with room from $roomyBytes bytes", async (row) => {
    const { roomyBytes } = row;
    const home = homes.get(row.compression ?? "none");
    if (home === undefined) throw new Error("no home");
    home.server.faults = row.faults?.(home) ?? [];
    const { store } = await openPullHost(home, { roomyBytes, ...row.settings?.(home) });
    const failure = await store
      .pull(home.closure, () => {})
      .then(
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
