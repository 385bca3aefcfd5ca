import { createHash } from "node:crypto";
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
  systemMarkerCodec,
} from "../../../src/contract/index.ts";
import { CI_KEY, FLEET, HOST, HUB_KEY, keyFrom, SYSTEM } from "../contract-builders.ts";

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

const wanted = (...names: readonly string[]): Tree =>
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
  return folder({
    "app.service": file(
      `[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=${app}\n# ${plan.version}\n`,
    ),
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
    "nixwave-activator.path": file("[Path]\nPathExists=/run/nixwave/in/desired\n"),
    "nixwave-activator.timer": file(
      "[Timer]\nOnActiveSec=0\nOnUnitInactiveSec=60\nAccuracySec=1s\n",
    ),
    "paths.target.wants": wanted("nixwave-activator.path"),
    "timers.target.wants": wanted("nixwave-activator.timer"),
    ...(plan.agent ? { "nixwave-agent.service": file(agentUnit(program, plan)) } : {}),
    "multi-user.target.wants": wanted("app.service", ...(plan.agent ? [AGENT_UNIT] : [])),
  });
}

/** A model of NixOS's switch-to-configuration: its verbs, lock, order of work and exit codes. */
const SWITCH = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
top=@top@
has() { [ -e "$top/lab/$1" ]; }
say() { echo "$*" >&2; }
mkdir -p /run/nixos
exec 9>>/run/nixos/switch-to-configuration.lock
flock -n 9 || { say "Could not acquire lock"; exit 11; }
if [ "$1" != dry-activate ]; then
  has precheck && { say "Pre-switch check 'lab' failed"; say "Pre-switch checks failed"; exit 1; }
  has inhibitor && [ "$1" != boot ] && { say "Pre-switch check 'switchInhibitors' failed"; exit 1; }
fi
[ -e "/var/lib/hold-$1" ] && { : >/var/lib/held; sleep 100000 9>&-; }
case "$1" in
  check) exit 0 ;;
  boot | switch)
    has bootfail && { say "Failed to install bootloader"; exit 1; }
    has bootfail-once && [ ! -e /var/lib/bootfail-once ] && {
      : >/var/lib/bootfail-once; say "Failed to install bootloader"; exit 1; }
    has bootempty && [ "$1" = boot ] && { say "updated the boot loader"; exit 0; }
    readlink -f /nix/var/nix/profiles/system >/boot/default.new && mv /boot/default.new /boot/default
    for generation in /nix/var/nix/profiles/system-*-link; do
      n=\${generation##*/system-}; n=\${n%-link}
      to=$(readlink "$generation")
      printf 'system %s\\noptions init=%s/init loglevel=4\\n' "$to" "$to" >"/boot/loader/entries/nixos-generation-$n.conf"
      [ "$to" = "$(cat /boot/default)" ] && echo "default nixos-generation-$n.conf" >/boot/loader/loader.conf
    done
    sync
    [ -e "/var/lib/hold-$1-written" ] && { : >/var/lib/held; sleep 100000 9>&-; }
    [ "$1" = boot ] && exit 0 ;;
esac
if [ "$(cat /run/current-system/init-interface-version)" != "$(cat $top/init-interface-version)" ]; then
  say "the new configuration has an incompatible init"; exit 100
fi
[ "$1" = dry-activate ] && { say "would restart the following units: app.service"; exit 0; }
[ -e /run/wayback-fails ] && { say "activation script failed"; exit 2; }
has wayback-fails && : >/run/wayback-fails
say "activating the configuration..."
agent=etc/systemd/system/nixwave-agent.service
[ ! -e "$top/$agent" ] || cmp -s "$top/$agent" /$agent || replaced=nixwave-agent.service
cp -a "$top"/etc/systemd/system/. /etc/systemd/system/
ln -sfn "$top" /run/current-system.new && mv -T /run/current-system.new /run/current-system
has activatefail && exit 2
systemctl daemon-reload
systemctl reset-failed
if has netdown; then ip link set eth0 down; else ip link set eth0 up 2>/dev/null; fi
has hang && sleep 100000 9>&-
has killed && kill -9 $$
status=0
systemctl restart app.service $replaced || status=4
sleep 0.3
# NixOS counts what waits to be started again always
states=failed; has unitflaps && states=failed,auto-restart
failed=$(systemctl list-units --state=$states --plain --no-legend | cut -d' ' -f1)
[ -z "$failed" ] || { say "warning: the following units failed: $failed"; status=4; }
exit $status
`;
