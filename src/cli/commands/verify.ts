import { Command } from "commander";
import {
  type Channel,
  DEFAULT_BASE,
  type FleetName,
  NixwaveError,
  parseChannel,
  parseFleetName,
  parseTopic,
  type Release,
  type TopicBase,
  type TrustedKeys,
} from "../../contract/index.ts";
import {
  addBrokerFlags,
  type BrokerFlags,
  brokerOf,
  readRetainedRelease,
  withBroker,
} from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, flagOrVariable, nonEmpty, repeatedFlag } from "../flags.ts";
import { readPublicKeys } from "../keys-from-files.ts";
import { paintFor } from "../paint.ts";
import { isAccepted, reportRelease } from "../release-report.ts";
import { renderReport, reportAsJson } from "../render-release.ts";
import { readRelease } from "./sign.ts";

interface Flags extends BrokerFlags {
  readonly key?: readonly string[];
  readonly threshold?: number;
  readonly fleet?: FleetName;
  readonly channel?: Channel;
  readonly json?: boolean;
}

interface Found {
  readonly release: Release;
  /** From the topic, where it was read from one. */
  readonly channel: Channel | undefined;
}

/** `nixwave verify FILE|TOPIC`: what a release says, and whether keys accept it. */
export function verifyCommand(io: CommandIo): Command {
  const command = new Command("verify")
    .description("Print what a release says, host by host, and whether the given keys accept it.")
    .argument("<release>", "a file, -, or with --broker a topic such as releases/main")
    .addOption(
      repeatedFlag("--key <key>", "public key that hosts trust: a file, or name:base64", nonEmpty),
    )
    .addOption(flag("--threshold <n>", "how many of the keys must have signed (1)", parseThreshold))
    .addOption(flag("--fleet <name>", "the hosts' fleet (or NIXWAVE_FLEET)", parseFleetName))
    .addOption(flag("--channel <name>", "the hosts' channel (a topic's own)", parseChannel))
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Example:
  $ nixwave verify releases/main --broker mqtt://hub.lan --key ci-1.public --fleet home

Exit status 0 only if every statement is accepted. Without --key the release is shown, nothing is
verified and the exit status is 1.`,
    )
    .action((name: string, flags: Flags) => verify(io, name, flags));
  return addBrokerFlags(command);
}

async function verify(io: CommandIo, name: string, flags: Flags): Promise<void> {
  const keys = await trustedKeys(io, flags);
  const fleet = flagOrVariable(flags.fleet, io, "NIXWAVE_FLEET", parseFleetName);
  const found = await find(io, name, flags);
  const channel = flags.channel ?? found.channel;
  const now = io.now();
  const report = reportRelease(found.release, { keys, fleet, channel }, now);
  io.stdout.write(
    flags.json
      ? reportAsJson(name, report)
      : renderReport(name, report, now, paintFor(io.stdout, io.env)),
  );
  if (keys === undefined) {
    throw new NixwaveError(
      "nothing-verified",
      "NOTHING WAS VERIFIED: anybody may have written this",
    );
  }
  if (!isAccepted(report)) {
    const refused = report.hosts.filter(({ verdict }) => verdict.kind === "refused");
    const reasons = refused.map(({ statement, verdict }) =>
      verdict.kind === "refused" ? `${statement?.host ?? "?"} (${verdict.code})` : "",
    );
    throw new NixwaveError("release-not-accepted", `not accepted: ${reasons.join(", ")}`);
  }
}

async function trustedKeys(io: CommandIo, flags: Flags): Promise<TrustedKeys | undefined> {
  const keys = await readPublicKeys(io, flags.key ?? []);
  const distinct = new Set(keys.map((key) => key.material)).size;
  const threshold = flags.threshold ?? 1;
  if (threshold > Math.max(1, distinct)) {
    throw new NixwaveError(
      "wrong-usage",
      `--threshold ${threshold} with ${distinct} distinct keys`,
    );
  }
  return keys.length === 0 ? undefined : { keys, threshold };
}

async function find(io: CommandIo, name: string, flags: Flags): Promise<Found> {
  const channel = brokerOf(io, flags) && channelOfTopic(name, flags.base ?? DEFAULT_BASE);
  if (channel === undefined) return { release: await readFileOrHint(io, name, flags), channel };
  return await withBroker(io, flags, "verify", async (session) => {
    const release = await readRetainedRelease(session, channel);
    if (release) return { release, channel };
    const refused = [...session.refusals].find(([topic]) => topic.endsWith(`/releases/${channel}`));
    if (refused) throw refused[1];
    throw new NixwaveError("release-not-found", `${session.broker} retains nothing on ${name}`);
  });
}

/** A topic without a broker reads like a file that is not there; say what is missing. */
async function readFileOrHint(io: CommandIo, name: string, flags: Flags): Promise<Release> {
  try {
    return await readRelease(io, name);
  } catch (error) {
    const isTopic = channelOfTopic(name, flags.base ?? DEFAULT_BASE) !== undefined;
    const isAbsent = error instanceof NixwaveError && error.code === "file-unreadable";
    if (!isTopic || !isAbsent) throw error;
    const message = `${error.message}; to read the topic, give --broker (or NIXWAVE_BROKER)`;
    throw new NixwaveError(error.code, message, { cause: error });
  }
}

/** `releases/main`, or the whole topic. @returns undefined for what is no release topic, so a file */
function channelOfTopic(name: string, base: TopicBase): Channel | undefined {
  const topic = name.startsWith(`${base}/`) ? name : `${base}/${name}`;
  try {
    const address = parseTopic(base, topic);
    return address.kind === "release" ? address.channel : undefined;
  } catch (error) {
    if (error instanceof NixwaveError) return undefined;
    throw error;
  }
}

function parseThreshold(text: string): number {
  if (!/^[1-8]$/.test(text)) throw new NixwaveError("wrong-usage", `${text} is not 1 to 8`);
  return Number(text);
}
