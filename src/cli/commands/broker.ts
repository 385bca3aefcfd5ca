import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import {
  type Broker,
  type BrokerOptions,
  DEVICE_TOPICS,
  type ListenerOptions,
  openAccounts,
  openBroker,
  parseDeviceTopic,
  readAccountsFile,
  type TlsMaterial,
} from "../../broker/index.ts";
import {
  DEFAULT_BASE,
  NixwaveError,
  parseTopicBase,
  type TopicBase,
} from "../../contract/index.ts";
import { describeBrokerEvent } from "../broker-event-text.ts";
import type { CommandIo } from "../command-io.ts";
import { readSecretFile } from "../files.ts";
import { flag, nonEmpty, repeatedFlag } from "../flags.ts";
import { type ListenAddress, parseListenAddress } from "../listen-address.ts";
import { paintFor } from "../paint.ts";
import { passwdCommand } from "./broker-passwd.ts";

interface Flags {
  readonly accounts?: string;
  readonly listen?: readonly ListenAddress[];
  readonly tlsListen?: readonly ListenAddress[];
  readonly wsListen?: readonly ListenAddress[];
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly requireCertificate?: boolean;
  readonly state?: string;
  readonly base?: TopicBase;
  readonly anonymous?: boolean;
  readonly anonymousButtons?: boolean;
  readonly deviceTopic?: readonly string[];
  readonly verbose?: boolean;
}

const DEFAULT_ADDRESS: ListenAddress = { host: "127.0.0.1", port: 1883 };

/** `nixwave broker`: the embedded broker on its own, and `nixwave broker passwd` for its accounts. */
export function brokerCommand(io: CommandIo): Command {
  return new Command("broker")
    .enablePositionalOptions() // both know --base and --device-topic
    .description("Run the embedded MQTT broker, on which each client may use its own topics only.")
    .addOption(flag("--accounts <file>", "who may connect; `broker passwd` makes it", nonEmpty))
    .addOption(
      repeatedFlag("--listen <address>", "plain MQTT (default 127.0.0.1:1883)", parseListenAddress),
    )
    .addOption(repeatedFlag("--tls-listen <address>", "MQTT over TLS", parseListenAddress))
    .addOption(
      repeatedFlag("--ws-listen <address>", "WebSocket; with --cert over TLS", parseListenAddress),
    )
    .addOption(flag("--cert <file>", "the server's certificate, PEM", nonEmpty))
    .addOption(flag("--key <file>", "its key, PEM, mode 600", nonEmpty))
    .addOption(flag("--ca <file>", "trust client certificates of this authority", nonEmpty))
    .option("--require-certificate", "refuse TLS clients without one; its CN is the user")
    .addOption(flag("--state <folder>", "keep retained messages here across restarts", nonEmpty))
    .addOption(flag("--base <topic>", "what stands before every topic", parseTopicBase))
    .option("--anonymous", "let clients without a user name use the device topics")
    .option("--anonymous-buttons", "and the hold and deploy buttons")
    .addOption(
      repeatedFlag("--device-topic <filter>", "instead of the usual device topics", nonEmpty),
    )
    .option("--verbose", "also say who connects and leaves")
    .addHelpText("after", HELP)
    .addCommand(passwdCommand(io))
    .action((flags: Flags) => serve(io, flags));
}

const HELP = `
An address is PORT, HOST:PORT or [IPv6]:PORT; port 0 takes a free one and says which.
Device topics, unless given: ${DEVICE_TOPICS.join(" ")}

Example:
  $ nixwave broker passwd accounts.json hub --role hub --generate
  $ nixwave broker passwd accounts.json ci --role ci --generate
  $ nixwave broker passwd accounts.json nuc --role host --generate
  $ nixwave broker --accounts accounts.json --state ./broker --listen 0.0.0.0:1883 --anonymous

Ctrl-C or SIGTERM ends it in order.`;

async function serve(io: CommandIo, flags: Flags): Promise<void> {
  const base = flags.base ?? DEFAULT_BASE;
  const file = accountsFileOf(flags);
  const accounts = openAccounts(await readAccountsFile(resolve(io.cwd, file)));
  const anonymous = anonymousOf(flags, base);
  const broker = await openBroker({
    listeners: await listenersOf(io, flags),
    accounts,
    base,
    stateDir: flags.state === undefined ? null : resolve(io.cwd, flags.state),
    ...(anonymous && { anonymous }),
    log: (event) => {
      const text = describeBrokerEvent(event, flags.verbose ?? false);
      if (text) io.stderr.write(`${new Date(io.now()).toISOString()} ${text}\n`);
    },
  });
  const stopped = io.stopRequested();
  announce(io, flags, broker, accounts.users.length);
  await stopped;
  await broker.close();
  io.stdout.write("stopped\n");
}

function accountsFileOf({ accounts }: Flags): string {
  if (accounts !== undefined) return accounts;
  throw new NixwaveError(
    "wrong-usage",
    "--accounts FILE is missing; make one with: nixwave broker passwd FILE USER --role ROLE",
  );
}

function anonymousOf(flags: Flags, base: TopicBase): BrokerOptions["anonymous"] {
  const extra = flags.deviceTopic !== undefined || flags.anonymousButtons === true;
  if (!flags.anonymous) {
    if (!extra) return undefined;
    throw new NixwaveError(
      "wrong-usage",
      "--device-topic and --anonymous-buttons need --anonymous; accounts have topics of their own",
    );
  }
  const topics = (flags.deviceTopic ?? DEVICE_TOPICS).map((topic) => parseDeviceTopic(topic, base));
  return { topics, mayPress: flags.anonymousButtons ?? false };
}

async function listenersOf(io: CommandIo, flags: Flags): Promise<readonly ListenerOptions[]> {
  const { listen, tlsListen = [], wsListen = [] } = flags;
  const tls = await tlsMaterialOf(io, flags);
  if (tlsListen.length > 0 && !tls) {
    throw new NixwaveError("wrong-usage", "--tls-listen needs --cert FILE and --key FILE");
  }
  const isPlainWanted = listen !== undefined || tlsListen.length + wsListen.length === 0;
  const plain = isPlainWanted ? (listen ?? [DEFAULT_ADDRESS]) : [];
  return [
    ...plain.map((address) => ({ kind: "tcp", ...address }) as const),
    ...(tls ? tlsListen.map((address) => ({ kind: "tls", ...address, ...tls }) as const) : []),
    ...wsListen.map((address) => ({ kind: "ws", ...address, ...(tls && { tls }) }) as const),
  ];
}

async function tlsMaterialOf(io: CommandIo, flags: Flags): Promise<TlsMaterial | undefined> {
  const { cert, key, ca, requireCertificate = false } = flags;
  if (cert === undefined && key === undefined && ca === undefined && !requireCertificate) {
    return undefined;
  }
  if (cert === undefined || key === undefined) {
    throw new NixwaveError("wrong-usage", "TLS needs both --cert FILE and --key FILE");
  }
  if (requireCertificate && ca === undefined) {
    throw new NixwaveError("wrong-usage", "--require-certificate needs --ca FILE");
  }
  return {
    cert: await readPem(io, cert),
    key: await readSecretFile(io, key),
    ...(ca !== undefined && { ca: await readPem(io, ca) }),
    requireCertificate,
  };
}

async function readPem(io: CommandIo, name: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, name), "utf8");
  } catch (cause) {
    throw new NixwaveError("file-unreadable", `${name}: ${(cause as Error).message}`, { cause });
  }
}

function announce(io: CommandIo, flags: Flags, broker: Broker, accountCount: number): void {
  const paint = paintFor(io.stdout, io.env);
  for (const { url } of broker.addresses) {
    io.stdout.write(`${paint("good", "listening")} on ${paint("strong", url)}\n`);
  }
  const accounts = accountCount === 1 ? "1 account" : `${accountCount} accounts`;
  const sensors = flags.anonymous ? ", and clients without a user name on the device topics" : "";
  io.stdout.write(`${accounts}${sensors}\n`);
  if (flags.state === undefined) {
    io.stdout.write(
      paint("warn", "retained messages are kept in memory only; --state FOLDER keeps them\n"),
    );
  }
  const isOpenPlain = broker.addresses.some(
    ({ url, host }) => /^(mqtt|ws):/.test(url) && !/^(127\.|::1$|localhost$)/.test(host),
  );
  if (isOpenPlain && accountCount > 0) {
    io.stdout.write(
      paint("warn", "passwords cross the network unencrypted there; --tls-listen encrypts\n"),
    );
  }
}
