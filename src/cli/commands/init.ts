import { resolve } from "node:path";
import { Command } from "commander";
import { type BrokerUrl, parseBrokerUrl } from "../../bus/index.ts";
import {
  type Channel,
  type FleetName,
  type HostName,
  parseChannel,
  parseFleetName,
  parseHostName,
  parseUserName,
  type UserName,
} from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, nonEmpty, repeatedFlag, required } from "../flags.ts";
import { paintFor } from "../paint.ts";
import { refusePlaceholder } from "../placeholder.ts";
import { hostsOfFlake } from "../setup/flake-hosts.ts";
import { holdFolder } from "../setup/hold-folder.ts";
import { accountsIfAny } from "../setup/home-accounts.ts";
import { homeFolderOf } from "../setup/home-folder.ts";
import { type HomePlaces, homePlaces } from "../setup/home-places.ts";
import { type HomeSettings, parseSettings, requireSettings } from "../setup/home-settings.ts";
import { textOrNull } from "../setup/keep-file.ts";
import { makeHome } from "../setup/make-home.ts";
import { homeInNix } from "../setup/read-home.ts";
import { readBesideFlake, readWorkflows } from "../setup/read-workflows.ts";
import { patchOf, tellHome } from "../setup/tell-home.ts";

interface Flags {
  readonly host?: readonly HostName[];
  readonly flake?: string;
  readonly fleet?: FleetName;
  readonly channel?: Channel;
  readonly broker?: BrokerUrl;
  readonly hub?: HostName;
  readonly mosquitto?: true;
  readonly operator?: readonly UserName[];
  readonly showSecrets?: boolean;
  readonly patch?: boolean;
}

const HELP = `
What is missing is made, what is there is never changed: run it again with a new host, or after it was interrupted.
Two keys of each kind are made; the spare ones in offline/ belong on a stick in a drawer. No secret is printed unless
--show-secrets asks for it. The folder must lie outside of the flake: a commit or the Nix store would publish it.

Hosts are those of --host, else the names in the flake's nixosConfigurations, which Nix reads.

Example:
  $ nixwave init --broker mqtts://nuc.lan:8883 --hub nuc --mosquitto    in the flake's folder
  $ nixwave init --broker mqtt://nuc.lan --host rp4 --host nuc          without Nix
  $ nixwave init --patch | git apply --index                            its Nix and workflow, in the flake
  $ nixwave init --host rp5                                             later: one more

docs/setup.md leads through the evening. Exit status: 0 done, 2 wrong usage, 4 Nix, 5 files.`;

/** `nixwave init`: keys, accounts and the Nix of a home, at once (issue 7, 2). */
export function initCommand(io: CommandIo): Command {
  return new Command("init")
    .description("Make all that a home needs: keys, accounts, credentials; print its Nix.")
    .argument("[folder]", "where it all goes (nixwave-home in your home folder)", nonEmpty)
    .addOption(repeatedFlag("--host <name>", "a host (else those of the flake)", parseHostName))
    .addOption(flag("--flake <flake>", "where Nix finds the hosts (.)", nonEmpty))
    .addOption(flag("--broker <url>", "as the hosts reach it; needed at first", parseBrokerUrl))
    .addOption(flag("--fleet <name>", "what CI signs for (home)", parseFleetName))
    .addOption(flag("--channel <name>", "which releases (main)", parseChannel))
    .addOption(flag("--hub <host>", "the host that carries hub and broker", parseHostName))
    .option("--mosquitto", "the broker is NixOS's services.mosquitto, not the hub's own")
    .addOption(repeatedFlag("--operator <name>", "a person's account (me)", parseUserName))
    .option("--patch", "print the changes to flake and workflow alone, for git apply")
    .option("--show-secrets", "print the secrets for GitHub, not only where they lie")
    .addHelpText("after", HELP)
    .action((folder: string | undefined, flags: Flags) => init(io, folder, flags));
}

async function init(io: CommandIo, folder: string | undefined, flags: Flags): Promise<void> {
  const places = homePlaces(resolve(io.cwd, folder ?? homeFolderOf(io)));
  const at = flags.flake ?? ".";
  const repository = {
    workflows: await readWorkflows(io, at),
    flake: await readBesideFlake(io, at, "flake.nix"),
    module: await readBesideFlake(io, at, "nixwave.nix"),
  };
  const hosts = flags.host ?? (await hostsIn(io, at, repository.flake));
  const text = await holdFolder(places.folder, async () => {
    const settings = await settingsOf(places, flags);
    const isKnown = (await accountsIfAny(places)).some(({ role }) => role === "operator");
    const people = flags.operator ?? (isKnown ? [] : [parseUserName("me")]);
    const made = await makeHome(places, { settings, hosts, people });
    const nix = await homeInNix(places, made.settings);
    const told = { places, made, nix, ...repository, showSecrets: flags.showSecrets ?? false };
    if (flags.patch) {
      const { patch, byHand } = patchOf(told);
      io.stderr.write(byHand); // not into the pipe to Git
      return patch;
    }
    return tellHome(told, paintFor(io.stdout, io.env));
  });
  io.stdout.write(text);
}

/** Nix would fetch the input, and say no more of it than that GitHub has none of that name. */
async function hostsIn(
  io: CommandIo,
  at: string,
  flake: string | null,
): Promise<readonly HostName[]> {
  const lines = (flake ?? "").split("\n").filter((line) => !/^\s*#/.test(line));
  const inputs = lines.join("\n").match(/"github:[^"\n]*"/g) ?? [];
  const what = "where you have Nixwave from, such as github:someone/nixwave";
  refusePlaceholder(inputs.join(" "), "an input in flake.nix", what);
  return await hostsOfFlake(io, at);
}

/** @throws NixwaveError wrong-usage when the broker is missing, or when home.json says otherwise */
async function settingsOf(places: HomePlaces, flags: Flags): Promise<HomeSettings> {
  const { fleet, channel, broker, hub, mosquitto } = flags;
  const text = await textOrNull(places.settings);
  if (text !== null) {
    const given = { fleet, channel, broker, hub, mosquitto };
    return requireSettings(parseSettings(text, places.settings), given);
  }
  return {
    fleet: fleet ?? parseFleetName("home"),
    channel: channel ?? parseChannel("main"),
    broker: required(broker, "--broker URL, as the hosts reach it, such as mqtts://nuc.lan:8883,"),
    hub: hub ?? null,
    mosquitto: mosquitto ?? false,
  };
}
