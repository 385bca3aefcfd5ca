import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { file, folder, script, type Tree } from "../../../src/cli/demo/nar.ts";
import { formatPublicKey, type StorePath, type SystemMarker } from "../../../src/contract/index.ts";
import { bundleProgram } from "../../../tools/bundle.ts";
import { CI_KEY, FLEET, HOST, HUB_KEY } from "../../support/contract-builders.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import {
  CACHE_KEY,
  type LabPlan,
  type Rendering,
  wanted,
} from "../../support/simulated-host/lab-system.ts";
import { needs } from "../../support/system-parts.ts";
import { type EvaluatedHost, evaluatedHost } from "../nixos-rig.ts";
import { type AgentHome, agentHome, type Surroundings } from "./agent-home.ts";

const skip = needs("nix", "iproute2").skip || canBootHosts().skip;
const PROGRAMS = ["nixwave-agent", "nixwave-activator"] as const;
/** A copy: the agent may not look into the folder of a person, where this checkout's Node may lie. */
const NODE = "/var/lib/node";
const PASSWORD = "/var/lib/mqtt-password";

const bundles = new Map<string, string>();
beforeAll(async () => {
  if (skip) return;
  const folder = await mkdtemp(join(tmpdir(), "nixwave-bundles-"));
  for (const name of PROGRAMS) {
    const place = join(folder, `${name}.mjs`);
    await bundleProgram(name, place);
    bundles.set(name, await readFile(place, "utf8"));
  }
  await rm(folder, { recursive: true });
});
afterAll(() => bundles.clear());

/** What a NixOS has of itself: Node, the user, a password. */
async function install(disk: string): Promise<void> {
  await copyFile(process.execPath, join(disk, NODE));
  await copyFile("/etc/passwd", join(disk, "etc/passwd"));
  await copyFile("/etc/group", join(disk, "etc/group"));
  await appendFile(join(disk, "etc/passwd"), "nixwave:x:977:977::/var/empty:/usr/sbin/nologin\n");
  await appendFile(join(disk, "etc/group"), "nixwave:x:977:\n");
  await writeFile(join(disk, PASSWORD), "secret\n", { mode: 0o400 });
}

/** The system of a host whose NixOS configuration says `more`. */
const systemOf =
  (more: Readonly<Record<string, unknown>>, passwordFile = PASSWORD) =>
  ({ broker, cacheUrl }: Surroundings): Omit<LabPlan, "version"> => ({
    rendered(program) {
      const agent = {
        ...{ enable: true, mode: "active", fleet: FLEET, host: HOST, switchLimit: "20s" },
        broker: { url: broker, passwordFile },
        releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
        hubKeys: [formatPublicKey(HUB_KEY.publicKey)],
        ...{ substituters: [cacheUrl], cacheKeys: [formatPublicKey(CACHE_KEY.publicKey)] },
        ...more,
      };
      const store = `${program}/built`;
      return renderingOf(evaluatedHost({ services: { nixwave: { agent } } }, store), program);
    },
  });

/** systemd's own tools make the places before anything starts, as on NixOS; a mark stands for a clock that is right. */
const placesUnit = (rules: string): string => `[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/systemd-tmpfiles --create ${rules}
`;

/** The lab plays a boot id by a mount below /proc; the agent's sandbox has a /proc of its own. */
const inLab = (unit: string): string =>
  unit.replace(
    "[Service]\nAmbient",
    "[Service]\nBindReadOnlyPaths=/run/lab/boot_id:/proc/sys/kernel/random/boot_id\nAmbient",
  );

function renderingOf(host: EvaluatedHost, program: StorePath): Rendering {
  const run = (name: string): Tree =>
    script(`#!/bin/sh\nexec ${NODE} ${program}/lib/${name}.mjs "$@"\n`);
  const rules = [
    ...host.tmpfiles,
    "d /run/systemd/timesync 0755 root root -",
    "f /run/systemd/timesync/synchronized 0644 root root -",
  ];
  const programs = Object.entries(host.programs).map(([place, text]) => {
    const [, built = "", name = ""] = /\/(built-[^/]+)\/bin\/([^/]+)$/.exec(place) ?? [];
    return [built, folder({ bin: folder({ [name]: script(`#!/bin/sh\n${text}`) }) })];
  });
  const files = Object.entries(host.files).map(([place, content]) => [
    place.slice(program.length + 1),
    file(content),
  ]);
  return {
    marker: host.marker as SystemMarker,
    files: {
      ...(Object.fromEntries(files) as Record<string, Tree>),
      ...(Object.fromEntries(programs) as Record<string, Tree>),
      "built-nixwave": folder({
        bin: folder(Object.fromEntries(PROGRAMS.map((name) => [name, run(name)]))),
      }),
      lib: folder(
        Object.fromEntries(PROGRAMS.map((name) => [`${name}.mjs`, file(bundles.get(name) ?? "")])),
      ),
      "tmpfiles.conf": file(`${rules.join("\n")}\n`),
    },
    units: {
      ...Object.fromEntries(
        Object.entries(host.units).map(([name, unit]) => [name, file(inLab(unit))]),
      ),
      "places.service": file(placesUnit(`${program}/tmpfiles.conf`)),
      "sysinit.target.wants": wanted("places.service"),
      "paths.target.wants": wanted("nixwave-activator.path"),
      "timers.target.wants": wanted("nixwave-activator.timer"),
    },
  };
}

const stat = ({ host }: AgentHome, place: string): Promise<string> =>
  host.machine.run("stat", "-c", "%U:%G %a", place);

describe.skipIf(skip)("a host set up by the NixOS module", { timeout: 180_000 }, () => {
  it("goes from its module's configuration to a committed generation, inside its units' sandboxes", async () => {
    const probes = { App: { kind: "units", units: ["app.service"], settle: "1s" } };
    await using home = await agentHome({
      ...{ install, old: systemOf({}), next: systemOf({ probes }) },
    });
    const { host, old, fresh } = home;
    await home.reported(({ phase }) => phase === "idle");
    const pid = await host.machine.run("systemctl", "show", "-P", "MainPID", "nixwave-agent");
    expect(await stat(home, `/proc/${pid}`)).toContain("nixwave:nixwave");
    expect(await stat(home, "/run/nixwave/in")).toBe("nixwave:nixwave 700");
    expect(await stat(home, "/nix/var/nixwave")).toBe("root:root 700");
    expect(await stat(home, "/nix/var/nixwave-report/report.json")).toBe("root:nixwave 640");

    await home.order("trial", fresh, { lease: 60_000 as never });
    const trial = await home.reported(({ phase }) => phase === "in-trial");
    expect(trial).toMatchObject({
      ...{ current: fresh.path, profile: old.path },
      probes: [{ name: "App", state: "passed" }], // which only the new system's configuration knows
    });
    await home.order("commit", fresh);
    const kept = await home.reported(({ outcome }) => outcome !== null);
    expect(kept).toMatchObject({ outcome: { code: "succeeded" }, profile: fresh.path });
    expect(await host.bootDefault()).toBe(fresh.path);
  });

  it("takes the word observe as one more release, keeps it, and tries nothing from then on", async () => {
    await using home = await agentHome({
      ...{ install, old: systemOf({}), next: systemOf({ mode: "observe" }) },
    });
    const { old, fresh } = home;
    await home.order("trial", fresh, { lease: 60_000 as never });
    await home.reported(({ phase, mode }) => phase === "in-trial" && mode === "observe");
    await home.order("commit", fresh);
    const kept = await home.reported(({ outcome }) => outcome !== null);
    expect(kept).toMatchObject({ outcome: { code: "succeeded" }, profile: fresh.path });
    await home.order("trial", old, { attempt: 2 as never, lease: 60_000 as never });
    const after = await home.reported(({ outcome }) => outcome?.reason === "observe-mode");
    expect(after).toMatchObject({ current: fresh.path, profile: fresh.path, drift: [] });
  });

  it("is undone when the new configuration's password is not there, and the old agent says so", async () => {
    await using home = await agentHome({
      ...{ install, old: systemOf({}), next: systemOf({}, "/var/lib/nowhere") },
    });
    await home.order("trial", home.fresh, { lease: 60_000 as never });
    const end = await home.reported(({ outcome }) => outcome !== null);
    expect(end).toMatchObject({
      ...{ current: home.old.path, profile: home.old.path },
      outcome: { code: "rolled-back", reason: "units-failed" },
    });
    expect(end.outcome?.message).toContain("nixwave-agent.service");
  });
});
