import { hostname } from "node:os";
import type { Command } from "commander";
import type { BrokerUrl } from "../../bus/index.ts";
import {
  type Channel,
  type FleetName,
  type HostName,
  NixwaveError,
  parseChannel,
  parseDuration,
  parseFleetName,
  parseHostName,
  parseReleaseAddress,
} from "../../contract/index.ts";
import type { FirstHome } from "../../hub/index.ts";
import { type Language, parseLanguage, parseTimeZone, type TimeZone } from "../../people/index.ts";
import type { CommandIo } from "../command-io.ts";
import { readSecretFile, readText } from "../files.ts";
import { flag, nonEmpty, repeatedFlag } from "../flags.ts";
import { readPublicKeys } from "../keys-from-files.ts";
import { PLACES } from "../places.ts";

/** What a home's first flow is filled with. */
export interface FirstFlags {
  readonly fleet?: FleetName;
  readonly channel?: Channel;
  readonly host?: readonly HostName[];
  readonly carrier?: readonly HostName[];
  readonly releaseKey?: readonly string[];
  readonly flow?: string;
  readonly language?: Language;
  readonly zone?: TimeZone;
  readonly ntfyServer?: string;
  readonly ntfyTopic?: string;
  readonly ntfyTokenFile?: string;
  readonly releaseUrl?: string;
  readonly releaseEvery?: string;
  readonly releaseTokenFile?: string;
}

const FLOWS = ["minimal", "homelab", "with-approval"] as const;

export const addFirstFlags = (command: Command): Command =>
  command
    .addOption(repeatedFlag("--host <name>", "first start: a host, in its turn", parseHostName))
    .addOption(
      repeatedFlag("--carrier <name>", "first start: carries broker or hub", parseHostName),
    )
    .addOption(repeatedFlag("--release-key <key>", "first start: CI's, a file or text", nonEmpty))
    .addOption(flag("--fleet <name>", "first start: what CI signs for (home)", parseFleetName))
    .addOption(flag("--channel <name>", "first start: which releases (main)", parseChannel))
    .addOption(flag("--flow <flow>", `first start: ${FLOWS.join(", ")} or a file`, nonEmpty))
    .addOption(flag("--language <language>", "first start: en or de", parseLanguage))
    .addOption(flag("--zone <zone>", "first start: such as Europe/Berlin", parseTimeZone))
    .addOption(flag("--ntfy-topic <topic>", "first start: of the phone", parseTopic))
    .addOption(flag("--ntfy-server <url>", "first start: (https://ntfy.sh)", parseServer))
    .addOption(flag("--ntfy-token-file <file>", "first start: its token, mode 600", nonEmpty))
    .addOption(flag("--release-url <url>", "first start: where releases are fetched", parseWebUrl))
    .addOption(flag("--release-every <time>", "first start: how often (5m)", parseEvery))
    .addOption(flag("--release-token-file <file>", "first start: mode 600", nonEmpty));

/** @throws NixwaveError wrong-usage | file-unreadable | secret-exposed | too-large, as readPublicKeys */
export async function firstHomeOf(
  io: CommandIo,
  flags: FirstFlags & { readonly broker?: BrokerUrl },
): Promise<FirstHome> {
  const hosts = flags.host ?? [];
  const carriers = flags.carrier ?? hosts.filter((host) => host === hostname());
  const stranger = carriers.find((one) => !hosts.includes(one));
  if (stranger) throw new NixwaveError("wrong-usage", `--carrier ${stranger} is no --host`);
  const carries = flags.broker ? (["hub"] as const) : (["broker", "hub"] as const);
  return {
    ...{ fleet: flags.fleet ?? "home", channel: flags.channel ?? "main", hosts },
    carriers: new Map(carriers.map((host) => [host, carries])),
    releaseKeys: await readPublicKeys(io, flags.releaseKey ?? []),
    flow: await readFlow(io, flags.flow ?? "minimal"),
    language: flags.language ?? "en",
    zone: flags.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    phone: await phoneOf(io, flags),
    web: await webOf(io, flags),
  };
}

async function readFlow(io: CommandIo, name: string): Promise<string> {
  const isOurs = FLOWS.some((one) => one === name);
  return await readText(io, isOurs ? PLACES.flow(name) : name);
}

async function phoneOf(io: CommandIo, flags: FirstFlags): Promise<NonNullable<FirstHome["phone"]>> {
  const { ntfyTopic: topic, ntfyServer: server, ntfyTokenFile } = flags;
  if (topic === undefined) {
    if (server === undefined && ntfyTokenFile === undefined) return {};
    throw new NixwaveError("wrong-usage", "--ntfy-server and --ntfy-token-file need --ntfy-topic");
  }
  return {
    notify: { topic, ...(server !== undefined && { server }), language: flags.language ?? "en" },
    ...(ntfyTokenFile && { notifySecrets: { token: await readSecretFile(io, ntfyTokenFile) } }),
  };
}

async function webOf(io: CommandIo, flags: FirstFlags): Promise<NonNullable<FirstHome["web"]>> {
  const { releaseUrl: url, releaseEvery: every, releaseTokenFile } = flags;
  if (url === undefined) {
    if (every === undefined && releaseTokenFile === undefined) return {};
    const what = "--release-every and --release-token-file need --release-url";
    throw new NixwaveError("wrong-usage", what);
  }
  const token = releaseTokenFile && (await readSecretFile(io, releaseTokenFile));
  return {
    release: { url, ...(every !== undefined && { every }) },
    ...(token && { releaseSecrets: { token } }),
  };
}

const parseTopic = shaped(/^[-_A-Za-z0-9]{1,64}$/, "is not 1 to 64 letters, digits, _ and -");
const parseServer = shaped(/^https?:\/\/[^@/?#\s]+\/?$/, "is no address of an ntfy server");
function parseWebUrl(text: string): string {
  parseReleaseAddress(text);
  return text;
}

function parseEvery(text: string): string {
  parseDuration(text);
  return text;
}

function shaped(form: RegExp, why: string) {
  return (text: string): string => {
    if (form.test(text)) return text;
    throw new NixwaveError("wrong-usage", `${JSON.stringify(text.slice(0, 80))} ${why}`);
  };
}
