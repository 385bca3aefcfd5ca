import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fillFlow } from "../../src/hub/index.ts";
import { openWorkshop, type Workshop } from "./memory-io.ts";

describe("the first flow of a home", () => {
  let workshop: Workshop;
  beforeEach(async () => {
    workshop = await openWorkshop();
  });
  afterEach(() => workshop.remove());

  it.each([
    ["--ntfy-server https://ntfy.example", "need --ntfy-topic"],
    ["--ntfy-token-file token", "need --ntfy-topic"],
    ["--ntfy-topic a/b", "--ntfy-topic"],
    ["--ntfy-topic home --ntfy-server https://ntfy.sh/home", "--ntfy-server"],
    ["--release-every 1m", "need --release-url"],
    ["--release-url ftp://example.org/r.json", "--release-url"],
    ["--release-url http://example.org/r.json", "--release-url"],
    [
      "--release-url https://github.com/OWNER/homelab/releases/download/nixwave/main.json",
      "error[placeholder-left]: --release-url (NixOS: release.url) still says OWNER",
    ],
    ["--release-url https://example.org/REPOSITORY/main.json", "still says REPOSITORY"],
    ["--release-url http://localhost.example.org/r.json", "--release-url"],
    ["--release-url https://anna:secret@example.org/r.json", "a token has its own field"],
  ])("is not begun with %s", async (flags, why) => {
    const { status, stderr } = await workshop.nixwave([
      "hub",
      "--state",
      "hub",
      ...flags.split(" "),
    ]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(why) });
  });

  it("has phone and address where they belong, and their tokens beside it", async () => {
    const { flow, credentials } = fillFlow(await readFile("flows/minimal.json", "utf8"), {
      ...{ fleet: {}, broker: {} },
      ...{ notify: { topic: "home" }, notifySecrets: { token: "tk_phone" } },
      ...{ release: { url: "https://example.org/r.json" }, releaseSecrets: { token: "tk_web" } },
    });
    const nodes = JSON.parse(flow) as Record<string, unknown>[];
    const node = (type: string) => nodes.find((one) => one["type"] === type);
    expect(node("nixwave-notify")).toMatchObject({ topic: "home", server: "https://ntfy.sh" });
    expect(node("nixwave-release")).toMatchObject({ url: "https://example.org/r.json" });
    expect(flow).not.toContain("tk_");
    expect(credentials).toEqual({
      "minimal-notify": { token: "tk_phone" },
      "minimal-release": { token: "tk_web" },
    });
  });
});
