import type { Command } from "commander";
import { ExecaError, execa } from "execa";
import {
  type Channel,
  type DurationMs,
  type FleetName,
  type HostName,
  NixwaveError,
  type PublicKey,
  parseChannel,
  parseDuration,
  parseFleetName,
  parseHostName,
  parseSerial,
  type Release,
  type SecretKey,
  type Serial,
} from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import type { Description } from "./description.ts";
import { commaList, flag, flagOrVariable, nonEmpty, repeatedFlag, required } from "./flags.ts";
import { readPublicKeys, readSigningKeys } from "./keys-from-files.ts";
import {
  type MadeRelease,
  makeRelease,
  type PreviousRelease,
  readPrevious,
} from "./make-release.ts";
import { type GitHead, originOf } from "./origin.ts";

const DEFAULT_CHANNEL = "main";
const DEFAULT_EXPIRY = "90d";
const GIT_TIMEOUT_MS = 5000;

/** What addSignFlags reads from a command line. */
export interface SignFlags {
  readonly key?: readonly string[];
  readonly trusted?: readonly string[];
  readonly fleet?: FleetName;
  readonly channel?: Channel;
  readonly expires?: DurationMs;
  readonly minSerial?: Serial | "now";
  readonly title?: string;
  readonly rev?: string;
  readonly run?: string;
  readonly only?: readonly HostName[];
}

/** Everything a signature needs but the description and the release before it. */
export interface Signer {
  readonly fleet: FleetName;
  readonly channel: Channel;
  readonly keys: readonly SecretKey[];
  /** Whose statements in the previous release count. */
  readonly trusted: readonly PublicKey[];
  readonly head: GitHead | undefined;
  readonly flags: SignFlags;
}

export const addSignFlags = (command: Command): Command =>
  addOriginFlags(addTermFlags(addKeyFlags(command)));

const addKeyFlags = (command: Command): Command =>
  command
    .addOption(
      repeatedFlag(
        "--key <file>",
        "secret key, mode 600; repeat to sign with several (or NIXWAVE_SIGNING_KEY, NIXWAVE_SIGNING_KEY_FILE)",
        nonEmpty,
      ),
    )
    .addOption(
      repeatedFlag(
        "--trusted <key>",
        "public key, file or name:base64, that signed the release before",
        nonEmpty,
      ),
    );

const addTermFlags = (command: Command): Command =>
  command
    .addOption(
      flag(
        "--fleet <name>",
        "whose machines, as in the hosts' configuration (or NIXWAVE_FLEET)",
        parseFleetName,
      ),
    )
    .addOption(flag("--channel <name>", `line of releases (${DEFAULT_CHANNEL})`, parseChannel))
    .addOption(
      flag(
        "--only <hosts>",
        "sign these hosts, a,b; the others keep their retained statement",
        commaList(parseHostName),
      ),
    )
    .addOption(
      flag(
        "--expires <duration>",
        `how long hosts may accept it (${DEFAULT_EXPIRY})`,
        parseDuration,
      ),
    )
    .addOption(
      flag(
        "--min-serial <serial>",
        "forbid everything older for good: a serial, or `now`",
        parseMinSerial,
      ),
    );

const addOriginFlags = (command: Command): Command =>
  command
    .addOption(flag("--title <text>", "what people read (the commit's subject)", nonEmpty))
    .addOption(flag("--rev <revision>", "revision (GITHUB_SHA, or git's HEAD)", nonEmpty))
    .addOption(flag("--run <url>", "page of the CI run (GitHub's, when it runs there)", nonEmpty));

export async function signerOf(io: CommandIo, flags: SignFlags): Promise<Signer> {
  if (flags.expires === 0)
    throw new NixwaveError("invalid-instant", "--expires: 0 is over at once");
  const fleet = flagOrVariable(flags.fleet, io, "NIXWAVE_FLEET", parseFleetName);
  const keys = await readSigningKeys(io, flags.key ?? []);
  const named = await readPublicKeys(io, flags.trusted ?? []);
  return {
    fleet: required(fleet, "--fleet (or NIXWAVE_FLEET)"),
    channel: flags.channel ?? parseChannel(DEFAULT_CHANNEL),
    keys,
    trusted: [...keys.map((key) => key.publicKey), ...named],
    head: await gitHead(io),
    flags,
  };
}

/** Says on stderr which statements of the previous release do not count. */
export function previousOf(
  io: CommandIo,
  signer: Signer,
  release: Release | undefined,
): PreviousRelease | undefined {
  if (release === undefined) return undefined;
  const { fleet, channel, trusted } = signer;
  const releaseKeys = { keys: trusted, threshold: 1 };
  const previous = readPrevious(release, { releaseKeys, fleet, channel });
  for (const { code, message } of previous.refused) {
    io.stderr.write(
      `warning: a statement of the previous release does not count: ${code}: ${message}\n`,
    );
  }
  return previous;
}

export function signRelease(
  io: CommandIo,
  signer: Signer,
  description: Description,
  previous: PreviousRelease | undefined,
): MadeRelease {
  const { flags, head, ...rest } = signer;
  const said = {
    ...(flags.title === undefined ? {} : { title: flags.title }),
    ...(flags.rev === undefined ? {} : { rev: flags.rev }),
    ...(flags.run === undefined ? {} : { run: flags.run }),
  };
  return makeRelease({
    ...rest,
    description,
    previous,
    now: io.now(),
    validForMs: flags.expires ?? parseDuration(DEFAULT_EXPIRY),
    minSerial: flags.minSerial,
    only: flags.only,
    origin: originOf(said, io.env, head),
  });
}

const parseMinSerial = (text: string): Serial | "now" =>
  text === "now" ? "now" : parseSerial(text);

/** A title is for people and optional: no git, or no repository, simply gives none. */
async function gitHead(io: CommandIo): Promise<GitHead | undefined> {
  const git = (...args: readonly string[]) =>
    execa("git", args, { cwd: io.cwd, stdin: "ignore", timeout: GIT_TIMEOUT_MS });
  try {
    const { stdout } = await git("log", "-1", "--format=%H%n%s");
    const [commit = "", subject = ""] = stdout.split("\n");
    const { stdout: changed } = await git("status", "--porcelain", "--untracked-files=no");
    return { commit, dirty: changed !== "", subject };
  } catch (error) {
    if (error instanceof ExecaError) return undefined;
    throw error;
  }
}
