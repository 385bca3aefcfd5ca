import { resolve } from "node:path";
import { Command } from "commander";
import {
  changeAccountsFile,
  generatePassword,
  makeAccount,
  parseAccountName,
  parseRole,
  readAccountsFile,
  readAccountsFileIfAny,
  type StoredAccount,
} from "../../broker/index.ts";
import {
  DEFAULT_BASE,
  NixwaveError,
  parseTopicBase,
  type Role,
  type TopicBase,
} from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, nonEmpty, repeatedFlag } from "../flags.ts";
import { readNewPassword } from "../new-password.ts";
import { paintFor } from "../paint.ts";

interface Flags {
  readonly role?: Role;
  readonly generate?: boolean;
  readonly delete?: boolean;
  readonly deviceTopic?: readonly string[];
  readonly base?: TopicBase;
}

/** `nixwave broker passwd FILE USER`: makes, changes or removes one account of the embedded broker. */
export function passwdCommand(io: CommandIo): Command {
  return new Command("passwd")
    .description(
      "Make, change or remove an account. The password comes from a prompt or from stdin.",
    )
    .argument("<file>", "the accounts file; made with mode 600 if it is not there", nonEmpty)
    .argument("<user>", "a host's networking.hostName, or any name for the other roles", nonEmpty)
    .addOption(
      flag("--role <role>", "host, hub, ci, operator or device; needed for a new one", parseRole),
    )
    .option("--generate", "make a password and print it, once")
    .option("--delete", "remove the account")
    .addOption(
      repeatedFlag("--device-topic <filter>", "a topic of this device, hub or operator", nonEmpty),
    )
    .addOption(flag("--base <topic>", "what stands before every topic", parseTopicBase))
    .addHelpText(
      "after",
      `
Example:
  $ nixwave broker passwd accounts.json nuc --role host --generate
  $ nixwave broker passwd accounts.json me --role operator          asks, without echo
  $ nixwave broker passwd accounts.json plug --role device --device-topic 'tele/plug/#' < password

A running broker reads the file when it starts.`,
    )
    .action((file: string, user: string, flags: Flags) =>
      flags.delete ? remove(io, file, user, flags) : put(io, file, user, flags),
    );
}

async function put(io: CommandIo, name: string, user: string, flags: Flags): Promise<void> {
  const file = resolve(io.cwd, name);
  const accounts = await readAccountsFileIfAny(file);
  const old = accounts.find((account) => account.user === user);
  const role = flags.role ?? old?.role;
  if (!role) {
    const roles = "host, hub, ci, operator or device";
    throw new NixwaveError("wrong-usage", `${user} is new: say its --role, one of ${roles}`);
  }
  parseAccountName(user, role); // before a person types a password for nothing
  const topics = topicsOf(flags, role) ?? (role === old?.role ? old.topics : undefined);
  const password = flags.generate ? generatePassword() : await readNewPassword(io, user);
  const account = await makeAccount(
    { user, role, password, ...(topics && { topics }) },
    flags.base ?? DEFAULT_BASE,
  );
  await changeAccountsFile(file, (now) => replaced(now, account));
  if (flags.generate) io.stdout.write(`${password}\n`);
  const paint = paintFor(io.stderr, io.env);
  io.stderr.write(`${paint("good", old ? "changed" : "made")} ${user} (${role}) in ${name}\n`);
}

async function remove(io: CommandIo, name: string, user: string, flags: Flags): Promise<void> {
  if (flags.generate || flags.role || flags.deviceTopic) {
    throw new NixwaveError("wrong-usage", "--delete goes alone");
  }
  const file = resolve(io.cwd, name);
  const accounts = await readAccountsFile(file);
  if (!accounts.some((account) => account.user === user)) {
    const known = accounts.map((account) => account.user).join(", ") || "nobody";
    throw new NixwaveError("account-unknown", `${name} has no ${user}; it has ${known}`);
  }
  await changeAccountsFile(file, (now) => now.filter((account) => account.user !== user));
  io.stderr.write(`${paintFor(io.stderr, io.env)("good", "removed")} ${user} from ${name}\n`);
}

function topicsOf({ deviceTopic }: Flags, role: Role): readonly string[] | undefined {
  if (deviceTopic && (role === "host" || role === "ci")) {
    throw new NixwaveError(
      "wrong-usage",
      `--device-topic is for devices, hubs and operators, not for ${role}`,
    );
  }
  return deviceTopic;
}

const replaced = (
  accounts: readonly StoredAccount[],
  account: StoredAccount,
): readonly StoredAccount[] =>
  accounts.some(({ user }) => user === account.user)
    ? accounts.map((one) => (one.user === account.user ? account : one))
    : [...accounts, account];
