import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { createDemoCache, demoStorePath } from "../../../src/cli/demo/demo-cache.ts";
import { archive, file, folder, link, script, type Tree } from "../../../src/cli/demo/nar.ts";
import {
  formatPublicKey,
  MARKER_FILE,
  type NarHash,
  type StorePath,
  type SystemMarker,
  systemMarkerCodec,
} from "../../../src/contract/index.ts";
import { CI_KEY, FLEET, HOST, HUB_KEY, keyFrom, SYSTEM } from "../contract-builders.ts";
import { SWITCH } from "./lab-switch.ts";

export const CACHE_KEY = keyFrom("lab-cache-1");
const ACTIVATOR = fileURLToPath(new URL("../../../agent/activator-main.ts", import.meta.url));

/** What goes wrong with a system; each is a file in its lab/ that its switch-to-configuration looks for. */
export type Trouble =
  | "precheck"
  | "inhibitor"
  | "activatefail"
  | "hang"
  | "killed"
  | "bootfail"
  | "bootfail-once"
  | "bootempty"
  | "unitfail"
  | "unitflaps"
  | "others-flap"
  | "netdown"
  | "wayback-fails";

export interface LabPlan {
  readonly version: string;
  readonly troubles?: readonly Trouble[];
  /** broken: ends at once; hangs: takes the lock and keeps it. */
  readonly activator?: "works" | "broken" | "hangs";
  readonly kernel?: string;
  /** Another version of Nixwave than the checkout's: its bundle, and the forms of memory that the system says it knows. */
  readonly nixwave?: { readonly file: string; readonly memory: { from: number; to: number } };
  /** Nobody could reach a host that runs it. */
  readonly withoutAgent?: boolean;
  /** The agent as a service: a bundle; or one that fails at once, and is left so or begun again; or one that says nothing. */
  readonly agent?: { readonly file: string } | "fails" | "fails-again" | "mute";
  /** In place of the lab's own units, programs and marker: what somebody else renders for this program's path. */
  readonly rendered?: (program: StorePath) => Rendering;
}

export interface Rendering {
  /** By the path below the program's own. */
  readonly files: Readonly<Record<string, Tree>>;
  readonly units: Readonly<Record<string, Tree>>;
  readonly marker: SystemMarker;
}

export interface LabSystem {
  readonly path: StorePath;
  readonly narHash: NarHash;
}

/** A signed cache and NixOS-like systems in it, for simulated hosts: they pull, switch and boot them for real. */
export interface Lab extends AsyncDisposable {
  readonly cacheUrl: string;
  add(plan: LabPlan): Promise<LabSystem>;
  /** As an installer does: in the store, in the profile, the boot default. */
  install(disk: string, system: LabSystem): Promise<void>;
}

/** @param activator the program that the systems carry: the checkout's, or a bundle */
export async function openLab(activator: string = ACTIVATOR): Promise<Lab> {
  const directory = await mkdtemp(join(tmpdir(), "nixwave-lab-"));
  const cache = await createDemoCache(join(directory, "cache"), CACHE_KEY);
  const cacheUrl = `file://${cache.directory}`;
  return {
    cacheUrl,
    async add(plan) {
      const tag = JSON.stringify(plan);
      const program = demoStorePath(`nixwave-${plan.version}`, tag);
      await cache.add(program, programTree(program, plan, activator), [program]);
      const top = demoStorePath(`nixos-system-${HOST}-${plan.version}`, tag);
      const tree = toplevel(top, program, plan);
      await cache.add(top, tree, [top, program]);
      const digest = createHash("sha256").update(archive(tree)).digest("base64");
      return { path: top, narHash: `sha256-${digest}` as NarHash };
    },
    async install(disk, { path }) {
      const home = join(directory, `installer-${Math.random().toString(36).slice(2)}`);
      const trust = [
        ...["--option", "substituters", cacheUrl],
        ...["--option", "trusted-public-keys", formatPublicKey(CACHE_KEY.publicKey)],
      ];
      const profile = join(disk, "nix/var/nix/profiles/system");
      const env = { HOME: home, XDG_CACHE_HOME: home, NIX_STATE_DIR: join(home, "var") };
      await execa("nix-env", ["--store", disk, "-p", profile, "--set", path, ...trust], { env });
      await writeFile(join(disk, "boot/default"), `${path}\n`);
      const entry = join(disk, "boot/loader/entries/nixos-generation-1.conf");
      await writeFile(entry, `system ${path}\noptions init=${path}/init loglevel=4\n`);
      const loader = "default nixos-generation-1.conf\n";
      await writeFile(join(disk, "boot/loader/loader.conf"), loader);
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

function programTree(self: StorePath, plan: LabPlan, source: string): Tree {
  if (plan.rendered) return folder(plan.rendered(self).files);
  const { activator = "works", nixwave } = plan;
  const main = nixwave?.file ?? source;
  const commands = {
    works: `PATH=$(cat /etc/nixwave/lab-path):$PATH exec ${process.execPath} ${main} --self ${self}/bin/nixwave-activator "$@"`,
    broken: "echo this activator is broken >&2; exit 1",
    hangs: "exec flock --no-fork --exclusive /nix/var/nixwave/lock sleep 100000",
  };
  return folder({
    bin: folder({
      "nixwave-activator": script(`#!/bin/sh\n${commands[activator]}\n`),
      "boot-lease.sh": file(readFileSync(BOOT_LEASE, "utf8")),
      ...(plan.agent
        ? { "nixwave-agent": script(`#!/bin/sh\n${agentCommand(plan.agent)}\n`) }
        : {}),
    }),
  });
}

function agentCommand(agent: NonNullable<LabPlan["agent"]>): string {
  if (agent === "fails" || agent === "fails-again")
    return "echo this agent does not start >&2; exit 1";
  if (agent === "mute") return "systemd-notify --ready; exec sleep 100000";
  return `exec ${process.execPath} ${agent.file} "$@"`;
}

function toplevel(top: StorePath, program: StorePath, plan: LabPlan): Tree {
  const marker = systemMarkerCodec.encode({
    ...{ v: 1, fleet: FLEET, host: HOST, system: SYSTEM },
    releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
    hubKeys: [formatPublicKey(HUB_KEY.publicKey)],
    activator: `${program}/bin/nixwave-activator`,
    ...(plan.nixwave ? { memory: plan.nixwave.memory } : {}),
    ...plan.rendered?.(program).marker,
  });
  const troubles = Object.fromEntries((plan.troubles ?? []).map((name) => [name, file("x\n")]));
  return folder({
    "nixos-version": file(plan.version),
    "init-interface-version": file("systemd 254 (254.6)"),
    system: file(SYSTEM),
    kernel: link(`/kernels/linux-${plan.kernel ?? "6.6"}/bzImage`),
    lab: folder(troubles),
    [dirname(MARKER_FILE)]: folder(
      plan.withoutAgent
        ? {}
        : { [basename(MARKER_FILE)]: file(Buffer.from(marker).toString("utf8")) },
    ),
    bin: folder({ "switch-to-configuration": script(SWITCH.replaceAll("@top@", top)) }),
    etc: folder({ systemd: folder({ system: unitsOf(program, plan) }) }),
  });
}

export const wanted = (...names: readonly string[]): Tree =>
  folder(Object.fromEntries(names.map((name) => [name, link(`../${name}`)])));

const AGENT_UNIT = "nixwave-agent.service";
const agentUnit = (program: StorePath, { agent }: LabPlan): string => `[Unit]
DefaultDependencies=no
[Service]
Type=notify
NotifyAccess=all
WatchdogSec=60s
ExecStart=${program}/bin/nixwave-agent --config /etc/nixwave/config.json
Restart=${agent === "fails" ? "no" : "on-failure"}
RestartSec=3
`;

/** The activator's units as the NixOS module has them (DESIGN 7, Units), and one of the house. */
function unitsOf(program: StorePath, plan: LabPlan): Tree {
  const has = (trouble: Trouble): boolean => plan.troubles?.includes(trouble) ?? false;
  const flapping = "/bin/false\nType=simple\nRestart=always\nRestartSec=3600";
  const lasting = has("unitfail") ? "/bin/false" : "/bin/sleep 100000";
  const app = has("unitflaps") ? flapping : lasting;
  const hasAgent = plan.agent !== undefined || plan.rendered !== undefined;
  return folder({
    "app.service": file(
      `[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=${app}\n# ${plan.version}\n`,
    ),
    ...(plan.rendered?.(program).units ?? labUnits(program, plan)),
    "multi-user.target.wants": wanted(
      ...["app.service", BOOT_LEASE_UNIT, ...(hasAgent ? [AGENT_UNIT] : [])],
    ),
  });
}

const BOOT_LEASE_UNIT = "nixwave-boot-lease.service";
const BOOT_LEASE = new URL("../../../nix/modules/agent/boot-lease.sh", import.meta.url);

const labUnits = (program: StorePath, plan: LabPlan): Readonly<Record<string, Tree>> => ({
  "nixwave-activator.service": file(`[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
X-StopOnRemoval=false
[Service]
Type=exec
ExecStart=${program}/bin/nixwave-activator --config /etc/nixwave/config.json
Restart=on-failure
RestartSec=1
`),
  [BOOT_LEASE_UNIT]: file(`[Unit]
DefaultDependencies=no
ConditionPathExists=/nix/var/nixwave/trial.v1
[Service]
Type=exec
ExecStart=/bin/sh ${program}/bin/boot-lease.sh
Restart=on-failure
RestartSec=15
`),
  "nixwave-activator.path": file("[Path]\nPathExists=/run/nixwave/in/desired\n"),
  "nixwave-activator.timer": file("[Timer]\nOnActiveSec=0\nOnUnitInactiveSec=60\nAccuracySec=1s\n"),
  "paths.target.wants": wanted("nixwave-activator.path"),
  "timers.target.wants": wanted("nixwave-activator.timer"),
  ...(plan.agent ? { "nixwave-agent.service": file(agentUnit(program, plan)) } : {}),
});
