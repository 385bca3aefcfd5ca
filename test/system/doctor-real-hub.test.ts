import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openBus } from "../../src/bus/index.ts";
import { formatSecretKey, instant, parseKeyName } from "../../src/contract/index.ts";
import { openWorkshop } from "../cli/memory-io.ts";
import { reportedOf } from "../support/contract-builders.ts";
import {
  credentials,
  HUB_SEED,
  makeHubFolder,
  publishRelease,
  releaseAndRollout,
  rp4,
} from "./nodes-rig.ts";

const IN_ORDER = [
  ...["broker-unreachable", "acl-too-open", "acl-too-tight", "retained-lost", "hub-away"],
  ...["hold-forgotten", "flow-invalid", "release-key", "hub-key", "two-hubs"],
];

/** The broker's accounts may listen to the wire alone, but for the hub's. */
function withGate(flow: string): string {
  const nodes = JSON.parse(flow) as Record<string, unknown>[];
  const { id: fleet, z } = nodes.find(({ type }) => type === "nixwave-fleet") ?? {};
  const rows = [{ topic: "tele/bath/SENSOR", is: "live", expireAfter: "10s" }];
  return JSON.stringify([
    ...nodes,
    { id: "gate", type: "nixwave-gate", z, fleet, rows, wires: [[], [], []] },
  ]);
}

test("the doctor finds a real hub in order, and disturbs nothing in it", {
  timeout: 60_000,
}, async () => {
  await using folder = await makeHubFolder();
  const hub = await folder.open(releaseAndRollout());
  const workshop = await openWorkshop();
  const report = reportedOf("old", { at: instant(Date.now()) });
  const presence = {
    address: { kind: "availability", host: rp4 },
    session: report.session,
  } as const;
  const host = await openBus({ ...credentials("rp4", hub), presence });
  try {
    const { broker, username, password } = credentials("watch", hub);
    const ordered = Promise.withResolvers<void>();
    await host.subscribe({ kind: "desired", host: rp4 }, () => ordered.resolve());
    await host.publish({ kind: "reported", host: rp4 }, report);
    await publishRelease(hub, "first");
    await ordered.promise;
    // As `nixwave hub` has its folder.
    const [secret, flow] = ["state/keys/hub.secret", "state/node-red/flows.json"].map((name) =>
      workshop.at(name),
    );
    for (const file of [secret, flow]) await mkdir(dirname(String(file)), { recursive: true });
    await writeFile(String(secret), formatSecretKey(parseKeyName("hub-1"), HUB_SEED), {
      mode: 0o600,
    });
    await writeFile(
      String(flow),
      withGate(await readFile(join(folder.directory, "node-red", "flows.json"), "utf8")),
    );
    const said = folder.lines.length;
    const args = [
      "--broker",
      broker,
      "--user",
      username,
      "--listen",
      "300ms",
      "--json",
      "--state",
      "state",
    ];
    const env = { NIXWAVE_BROKER_PASSWORD: password };
    const { stdout } = await workshop.nixwave(["doctor", ...args], { env });
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { id: string; state: string; said: string[] }[];
    };
    const of = (id: string) => checks.find((one) => one.id === id);
    expect(IN_ORDER.map((id) => of(id)).filter((one) => one?.state !== "ok")).toEqual([]);
    expect(of("sensor-silent")).toMatchObject({
      ...{ state: "unknown", said: [expect.stringContaining("does not let this account listen")] },
    });
    expect(of("never-reported")?.said).toEqual(["nuc: no report, no sign of presence"]);
    expect(of("statement-expired")?.state).toBe("found"); // good for a day, in this rig
    expect(folder.lines.slice(said).filter(({ level }) => level !== "info")).toEqual([]);
  } finally {
    await host.close();
    await workshop.remove();
    await hub.close();
  }
});
