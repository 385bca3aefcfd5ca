import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import {
  type AclPlan,
  accountsOf,
  DEVICE_TOPICS,
  mosquittoFiles,
  mosquittoNixos,
  parseMosquittoTopic,
} from "../../broker/index.ts";
import {
  DEFAULT_BASE,
  type HostName,
  NixwaveError,
  parseHostName,
  parseTopicBase,
  parseUserName,
  type TopicBase,
  type UserName,
} from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { writeNewFile } from "../files.ts";
import { commaList, flag, nonEmpty, repeatedFlag, required } from "../flags.ts";
import { paintFor } from "../paint.ts";

interface Flags {
  readonly hosts?: readonly HostName[];
  readonly operators?: readonly UserName[];
  readonly hub?: UserName;
  readonly ci?: UserName;
  readonly base?: TopicBase;
  readonly deviceTopic?: readonly string[];
  readonly homeAssistant?: UserName;
  readonly discoveryPrefix?: string;
  readonly openButtons?: boolean;
  readonly nixos?: boolean;
  readonly out?: string;
}

/** `nixwave acl mosquitto`: the configuration of a broker that is already there. */
export function aclCommand(io: CommandIo): Command {
  return new Command("acl")
    .description("Print a configuration for another broker, from the same rules as ours.")
    .addCommand(mosquittoCommand(io));
}

function mosquittoCommand(io: CommandIo): Command {
  return new Command("mosquitto")
    .description(
      "mosquitto: sensors stay on 1883 without a user name, Nixwave gets 8883 with users.",
    )
    .addOption(flag("--hosts <names>", "the hosts, a,b,c", commaList(parseHostName)))
    .addOption(flag("--operators <names>", "people, a,b,c", commaList(parseUserName)))
    .addOption(flag("--hub <name>", "the hub's user (default hub)", parseUserName))
    .addOption(flag("--ci <name>", "CI's user (default ci)", parseUserName))
    .addOption(flag("--base <topic>", "what stands before every topic", parseTopicBase))
    .addOption(
      repeatedFlag("--device-topic <filter>", "a sensor's topic besides the usual ones", nonEmpty),
    )
    .addOption(
      flag(
        "--home-assistant <name>",
        "Home Assistant's user: an operator with the devices",
        parseUserName,
      ),
    )
    .addOption(
      flag("--discovery-prefix <topic>", "of Home Assistant (default homeassistant)", nonEmpty),
    )
    .option("--open-buttons", "sensors' listener: allow the hold and deploy buttons")
    .option("--nixos", "as a NixOS module")
    .addOption(flag("--out <folder>", "write the files there instead of printing them", nonEmpty))
    .addHelpText(
      "after",
      `
The open listener gets an allow-list: list what is in use first, or those devices fall silent:
  $ mosquitto_sub -h nuc -t '#' -v -W 600 | cut -d' ' -f1 | cut -d/ -f1 | sort -u
No topic has a % in it: mosquitto would put there what a client calls itself.
Usual device topics: ${DEVICE_TOPICS.join(" ")}

Example:
  $ nixwave acl mosquitto --hosts nuc,rp3,rp4,x1 --operators me --nixos > mosquitto.nix
  $ nixwave acl mosquitto --hosts nuc,rp3 --device-topic 'sonos/#' --out /etc/mosquitto/nixwave`,
    )
    .action((flags: Flags) => print(io, flags));
}

async function print(io: CommandIo, flags: Flags): Promise<void> {
  const plan = planOf(flags);
  if (flags.nixos) {
    if (flags.out !== undefined) throw new NixwaveError("wrong-usage", "--nixos prints one module");
    io.stdout.write(mosquittoNixos(plan));
    return;
  }
  const folder = resolve(io.cwd, flags.out ?? "/etc/mosquitto/nixwave");
  const files = Object.entries(mosquittoFiles(plan, folder));
  if (flags.out === undefined) {
    const sections = files.map(([name, text]) => `##### ${join(folder, name)}\n${text}`);
    io.stdout.write(sections.join("\n"));
    return;
  }
  await makeFolder(folder);
  for (const [name, text] of files) await writeNewFile(io, join(folder, name), text, 0o600);
  const paint = paintFor(io.stdout, io.env);
  const names = files.map(([name]) => name).join(", ");
  io.stdout.write(`${paint("good", "wrote")} ${names} (mode 600) in ${folder}\n`);
  io.stdout.write(`next: ${nextStep(plan, folder)}\n`);
}

function planOf(flags: Flags): AclPlan {
  const base = flags.base ?? DEFAULT_BASE;
  const extra = flags.deviceTopic ?? [];
  const plan: AclPlan = {
    base,
    hosts: required(flags.hosts, "--hosts a,b,c"),
    operators: flags.operators ?? [],
    hub: flags.hub ?? parseUserName("hub"),
    ci: flags.ci ?? parseUserName("ci"),
    deviceTopics: [...new Set([...DEVICE_TOPICS, ...extra])].map((topic) =>
      parseMosquittoTopic(topic, base),
    ),
    homeAssistant: flags.homeAssistant
      ? { user: flags.homeAssistant, prefix: flags.discoveryPrefix ?? "homeassistant" }
      : null,
    openButtons: flags.openButtons ?? false,
  };
  const users = accountsOf(plan).map(({ user }) => user);
  const twice = users.find((user, index) => users.indexOf(user) !== index);
  if (twice) throw new NixwaveError("account-exists", `the user ${twice} stands twice`);
  return plan;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o750 });
  } catch (cause) {
    throw new NixwaveError("file-unwritable", `${folder}: ${(cause as Error).message}`, { cause });
  }
}

const nextStep = (plan: AclPlan, folder: string): string =>
  `mosquitto_passwd -c ${join(folder, "passwords")} ${plan.ci}, then without -c for ${accountsOf(
    plan,
  )
    .slice(1)
    .map(({ user }) => user)
    .join(", ")}; then chown -R mosquitto ${folder}`;
