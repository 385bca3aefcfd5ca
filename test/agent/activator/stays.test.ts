import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NEW, OLD, type PlayedHost, playHost } from "./played-host.ts";
import { order, reported } from "./stories.ts";

/** Longer than any test may take: who waits for its end fails. */
const FOR_EVER_MS = 3_600_000;

async function stayingHost(): Promise<PlayedHost> {
  const host = await playHost();
  host.staysMs = FOR_EVER_MS;
  await mkdir(host.places.requests, { recursive: true });
  await host.drop(order("stage", 1));
  return host;
}

describe("an activator that has fetched", () => {
  it("is still there for the trial that follows", async () => {
    await using host = await stayingHost();
    const staged = reported(host, "staged");
    const run = host.run();
    await staged;
    await host.drop(order("trial", 2));
    expect(await run).toBe("at-rest");
    expect(host.reality.current).toBe(NEW);
    expect((await host.report()).phase).toBe("in-trial");
  });

  it("takes no notice of a file that is none of its mail", async () => {
    await using host = await stayingHost();
    const staged = reported(host, "staged");
    const run = host.run();
    await staged;
    await writeFile(join(host.places.inbox, "something-else"), "");
    await host.drop(order("trial", 2));
    await run;
    expect(host.reality.current).toBe(NEW);
  });

  it("goes when nothing follows, with the host as it was", async () => {
    await using host = await stayingHost();
    host.staysMs = 20;
    expect(await host.run()).toBe("at-rest");
    expect(host.reality.current).toBe(OLD);
    expect((await host.report()).phase).toBe("staged");
  });

  it("goes after a refusal", async () => {
    await using host = await stayingHost();
    const staged = reported(host, "staged");
    const run = host.run();
    await staged;
    await host.drop(order("trial", 1));
    expect(await run).toBe("at-rest");
    expect((await host.report()).refusal?.code).toBe("order-equivocation");
  });
});

describe("an activator that has switched", () => {
  it("does not stay: that the new system starts it again for the commit is a part of the trial", async () => {
    await using host = await stayingHost();
    host.staysMs = 20;
    await host.run();
    host.staysMs = FOR_EVER_MS;
    await host.drop(order("trial", 2));
    expect(await host.run()).toBe("at-rest");
    expect(host.reality.current).toBe(NEW);
  });

  it("does not stay when it fetched in the same run", async () => {
    await using host = await playHost();
    host.staysMs = FOR_EVER_MS;
    await host.drop(order("trial", 1));
    expect(await host.run()).toBe("at-rest");
    expect(host.reality.current).toBe(NEW);
  });
});
