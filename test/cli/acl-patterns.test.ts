import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWorkshop, type Workshop } from "./memory-io.ts";

describe("nixwave acl mosquitto", () => {
  let workshop: Workshop;
  beforeEach(async () => {
    workshop = await openWorkshop();
  });
  afterEach(() => workshop.remove());
  const acl = (...more: readonly string[]) =>
    workshop.nixwave(["acl", "mosquitto", "--hosts", "nuc", ...more]);

  it.each([
    ["a client's own id", ["--device-topic", "%c/#"]],
    ["a client's own name", ["--device-topic", "sonos/%u/state"]],
    ["a sign that might become one", ["--device-topic", "sonos/100%"]],
    [
      "a client's own id, for Home Assistant",
      ["--home-assistant", "assistant", "--discovery-prefix", "%c"],
    ],
  ])("lets no topic depend on %s, which mosquitto would put there", async (_, flags) => {
    const { status, stdout, stderr } = await acl(...flags);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/invalid-topic.*mosquitto puts a client's own id for %c/s);
  });

  it("takes any other device topic", async () => {
    const { status, stdout } = await acl("--device-topic", "sonos/+/state");
    expect(status).toBe(0);
    expect(stdout).toContain("pattern readwrite sonos/+/state\n");
  });
});
