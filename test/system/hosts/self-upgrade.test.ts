import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleVersion } from "../../support/simulated-host/bundle-version.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import type { LabHost } from "../../support/simulated-host/lab-host.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-versions-"));
  for (const version of [1, 2, 3] as const) await bundleVersion(version, fileOf(version));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fileOf = (version: number): string => join(folder, `activator-${version}.mjs`);
const KNOWN = { 1: { from: 1, to: 1 }, 2: { from: 1, to: 2 }, 3: { from: 2, to: 3 } } as const;
const version = (
  number: keyof typeof KNOWN,
  memory: { from: number; to: number } = KNOWN[number],
) => ({
  nixwave: { file: fileOf(number), memory },
});

async function memoryOf({ machine }: LabHost): Promise<readonly number[]> {
  const files = ["journal.json", "ratchet.json"].map((name) =>
    readFile(join(machine.disk, "nix/var/nixwave", name), "utf8"),
  );
  return (await Promise.all(files)).map((text) => (JSON.parse(text) as { v: number }).v);
}

/** The form rises when all is tidied up, after the outcome was reported. */
const atRest = ({ machine }: LabHost): Promise<string> =>
  machine.run(
    ...(["timeout", "30", "sh", "-c"] as const),
    "while systemctl is-active -q nixwave-activator.service; do sleep 0.1; done",
  );

describe.skipIf(skip)("Nixwave updates itself on a simulated host", { timeout: 180_000 }, () => {
  it.each([
    ["up", 1, 2, 2],
    ["down", 2, 1, 1],
  ] as const)("one version %s, and is kept by the program that came", async (...row) => {
    const [, from, to, form] = row;
    await using home = await tried({ old: version(from), next: version(to) });
    const { host, fresh, system } = home;
    await inTrial(host);
    expect(await memoryOf(host)).toEqual([1, 1]);
    await host.renewSession();
    await host.order("commit", system);
    expect(await ended(host)).toMatchObject({ outcome: { code: "succeeded" }, current: fresh });
    await atRest(host);
    expect(await memoryOf(host)).toEqual([form, form]);
  });

  it("one version up, and goes back for the reason that the newer program wrote", async () => {
    const camera = { name: "camera", kind: "command", program: "/bin/false", within: "1s" };
    const settings = { probes: [camera] };
    await using home = await tried({ old: version(1), next: version(2), settings });
    const end = await ended(home.host);
    expect(end).toMatchObject({ outcome: { reason: "probe-failed" }, current: home.old });
    await atRest(home.host);
    expect(await memoryOf(home.host)).toEqual([1, 1]);
  });

  it("two versions up, and is refused before anything is touched", async () => {
    await using home = await tried({ old: version(1), next: version(3) });
    const end = await ended(home.host);
    const outcome = { code: "failed", reason: "agent-too-far" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it("two versions up with a system that lies about it, and is returned by the deadman", async () => {
    await using home = await tried({ old: version(1), next: version(3, { from: 1, to: 3 }) });
    const lost = await home.host.until(({ refusal }) => refusal?.code === "agent-too-far");
    expect(lost).toMatchObject({ current: home.fresh, profile: home.old });
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(end).toMatchObject({ outcome, current: home.old });
    expect(await home.host.bootDefault()).toBe(home.old);
  });
});
