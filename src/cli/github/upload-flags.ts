import type { Command } from "commander";
import { type Channel, NixwaveError } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, flagOrVariable } from "../flags.ts";
import { openBranchFile } from "./branch-file.ts";
import { GitHubApi } from "./github-api.ts";
import { openReleaseAsset } from "./release-asset.ts";
import type { Shelf } from "./shelf.ts";

/** What addUploadFlags reads from a command line. */
export interface UploadFlags {
  readonly to?: "asset" | "branch";
  readonly tag?: string;
  readonly branch?: string;
  readonly file?: string;
  readonly repo?: string;
}

const DEFAULT_NAME = "nixwave";

export const addUploadFlags = (command: Command): Command =>
  command
    .addOption(flag("--to <asset|branch>", "an asset of a release, or a file (asset)", parseTo))
    .addOption(flag("--tag <name>", `--to asset: the release's tag (${DEFAULT_NAME})`, parseRef))
    .addOption(flag("--branch <name>", `--to branch: the branch (${DEFAULT_NAME})`, parseRef))
    .addOption(flag("--file <name>", "name of asset or file (CHANNEL.json)", parseFile))
    .addOption(flag("--repo <owner/name>", "repository (GITHUB_REPOSITORY)", parseRepository));

/** Takes GitHub's own variables: GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL, GITHUB_SERVER_URL. @throws NixwaveError wrong-usage */
export function shelfOf(io: CommandIo, flags: UploadFlags, channel: Channel): Shelf {
  const repository = flagOrVariable(flags.repo, io, "GITHUB_REPOSITORY", parseRepository);
  const token = io.env["GITHUB_TOKEN"];
  if (!repository)
    throw new NixwaveError("wrong-usage", "--repo (or GITHUB_REPOSITORY) is missing");
  if (!token) throw new NixwaveError("wrong-usage", "GITHUB_TOKEN is missing");
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new NixwaveError("wrong-usage", "GITHUB_TOKEN holds characters that no token has");
  }
  const apiUrl = address(io, "GITHUB_API_URL", "https://api.github.com");
  const serverUrl = address(io, "GITHUB_SERVER_URL", "https://github.com");
  const onWait = (text: string): void => void io.stderr.write(`${text}\n`);
  const api = new GitHubApi({ apiUrl, token, repository, onWait });
  const file = flags.file ?? `${channel}.json`;
  if (flags.to !== "branch" && file.includes("/")) {
    throw new NixwaveError("wrong-usage", `--file ${file}: the name of an asset has no /`);
  }
  const place = { repository, file, serverUrl };
  return flags.to === "branch"
    ? openBranchFile(api, { ...place, branch: flags.branch ?? DEFAULT_NAME })
    : openReleaseAsset(api, { ...place, tag: flags.tag ?? DEFAULT_NAME });
}

/** A token goes over the network in the clear to nobody but this machine. */
function address(io: CommandIo, variable: string, otherwise: string): string {
  const text = io.env[variable] || otherwise;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOwn = url?.hostname === "127.0.0.1" || url?.hostname === "localhost";
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isOwn)) {
    return text.replace(/\/+$/, "");
  }
  throw new NixwaveError("wrong-usage", `${variable} is no https address`);
}

function parseTo(text: string): "asset" | "branch" {
  if (text === "asset" || text === "branch") return text;
  throw new NixwaveError("wrong-usage", `${text} is neither asset nor branch`);
}

const parseRef = (text: string): string => matching(text, /^(?!.*\.\.)[\w][\w./-]{0,99}$/, "name");
/** GitHub would rename an asset with other characters, and it would not be found again (docs.github.com/rest/releases/assets). */
const parseFile = (text: string): string =>
  matching(text, /^(?!.*\.\.)[\w][\w./-]{0,99}$/, "file name");
const parseRepository = (text: string): string =>
  matching(text, /^[\w.-]{1,100}\/[\w.-]{1,100}$/, "repository of the form owner/name");

function matching(text: string, form: RegExp, what: string): string {
  if (form.test(text)) return text;
  throw new NixwaveError("wrong-usage", `${JSON.stringify(text)} is no ${what}`);
}
