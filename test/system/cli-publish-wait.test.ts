import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-status.ts";
import {
  embedded,
  openPublishWorkshop,
  type PublishWorkshop,
  withoutNix,
} from "./publish-workshop.ts";

describe.skipIf(withoutNix)("publish --wait on the embedded broker", () => {
  let workshop: PublishWorkshop;
  beforeAll(async () => {
    workshop = await openPublishWorkshop();
  });
  afterAll(() => workshop.remove());

  it("publishes, and ends with a verdict and its exit status when no hub comes", {
    timeout: 60_000,
  }, async () => {
    await using ends = new AsyncDisposableStack();
    const place = await embedded();
    ends.defer(() => place.stop());
    const waiting = ["--wait", "--timeout", "2s", "--title", "bump"];
    const onGitHub = { env: { GITHUB_ACTIONS: "true" } };
    const ran = await workshop.publish(place, waiting, onGitHub);
    expect([ran.status, ran.stderr]).toEqual([EXIT.hub, ""]);
    expect(ran.stdout).toContain("published and read back on");
    expect(ran.stdout).toContain("\n::group::rollout of bump\n");
    expect(ran.stdout).toMatch(
      /\n::error title=nixwave::no hub: .*\n {2}Start the hub.*\nverdict: no hub: .*\n$/,
    );
    const json = await workshop.publish(place, [...waiting, "--json"]);
    expect(json.status).toBe(EXIT.hub);
    expect(JSON.parse(json.stdout)).toMatchObject({
      outcome: "published",
      verdict: { kind: "no-hub" },
    });
    expect(json.stderr).toMatch(/\nverdict: no hub: .*\n$/);
    const dry = await workshop.publish(place, [...waiting, "--dry-run"]);
    expect([dry.status, dry.stdout.includes("verdict")]).toEqual([0, false]);
  });
});
