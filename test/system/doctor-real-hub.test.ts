import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkshop } from "../cli/memory-io.ts";
import {
  credentials,
  makeHubFolder,
  publishRelease,
  releaseAndRollout,
  rolloutStatus,
} from "./nodes-rig.ts";

test("the doctor finds a real hub in order, and disturbs nothing in it", {
  timeout: 60_000,
}, async () => {
  await using folder = await makeHubFolder();
  const hub = await folder.open(releaseAndRollout());
  const workshop = await openWorkshop();
  try {
    const { broker, username, password } = credentials("watch", hub);
    await publishRelease(hub, "first");
    await (await rolloutStatus(hub, () => true)).seen;
    const file = join(folder.directory, "node-red", "flows.json");
    await writeFile(workshop.at("flows.json"), await readFile(file));
    const said = folder.lines.length;
    const look = async (...more: readonly string[]) => {
      const args = ["--broker", broker, "--user", username, "--listen", "300ms", "--json", ...more];
      const env = { NIXWAVE_BROKER_PASSWORD: password };
      const { stdout } = await workshop.nixwave(["doctor", ...args], { env });
      const { checks } = JSON.parse(stdout) as {
        checks: { id: string; state: string; said: string[] }[];
      };
      return new Map(checks.map((one) => [one.id, one.state]));
    };
    const states = await look("--flow", "flows.json");
    const fine = [
      "broker-unreachable",
      "acl-too-open",
      "hub-away",
      "two-hubs",
      "flow-invalid",
      "release-key",
      "statement-expired",
    ];
    // The release of this test is good for a day.
    expect(fine.map((id) => [id, states.get(id)])).toEqual(
      fine.map((id) => [id, id === "statement-expired" ? "found" : "ok"]),
    );
    expect(states.get("never-reported")).toBe("found");
    expect(folder.lines.slice(said)).toEqual([]);
  } finally {
    await workshop.remove();
    await hub.close();
  }
});
