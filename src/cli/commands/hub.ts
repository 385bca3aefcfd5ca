import { hostname } from "node:os";
import { Command } from "commander";
import { DEVICE_TOPICS, parseDeviceTopic } from "../../broker/index.ts";
import { type BrokerUrl, parseBrokerUrl } from "../../bus/index.ts";
import { DEFAULT_BASE, NixwaveError, parseUserName, type UserName } from "../../contract/index.ts";
import {
  type FirstHome,
  type Home,
  hubPlaces,
  type NodeRedLine,
  openHome,
  textIn,
} from "../../hub/index.ts";
import { describeBrokerEvent } from "../broker-event-text.ts";
import type { CommandIo } from "../command-io.ts";
import { readSecretFile, readText } from "../files.ts";
import { flag, nonEmpty, repeatedFlag } from "../flags.ts";
import { firstSteps } from "../hub-words.ts";
import { journalFor } from "../journal-lines.ts";
import { type ListenAddress, parseListenAddress } from "../listen-address.ts";
import { paintFor } from "../paint.ts";
import { refusePlaceholder } from "../placeholder.ts";
import { PLACES } from "../places.ts";
import { stateFolderOf } from "../state-folder.ts";
import { lostPort, unheededOptions } from "../unheeded-options.ts";
import { hubBackupCommand } from "./hub-backup.ts";
import { addFirstFlags, type FirstFlags, firstHomeOf } from "./hub-first-flags.ts";
import { hubRestoreCommand } from "./hub-restore.ts";

interface Flags extends FirstFlags {
  readonly state?: string;
  readonly editor?: ListenAddress;
  readonly cert?: string;
  readonly key?: string;
  readonly mqtt?: readonly ListenAddress[];
  readonly mqttTls?: readonly ListenAddress[];
  readonly anonymous?: boolean;
  readonly broker?: BrokerUrl;
  readonly user?: UserName;
  readonly passwordFile?: string;
  readonly verbose?: boolean;
}

const EDITOR: ListenAddress = { host: "127.0.0.1", port: 1880 };
const MQTT: ListenAddress = { host: "127.0.0.1", port: 1883 };

const HELP = `
Everything lies in the state folder: keys, accounts, the flow, the journal; one folder is one backup. What is
missing there is made at the first start, what is there is never changed: your flow is seeded once. The options
under "first start" have no effect later; hosts and keys are changed in the editor then. A later start warns of
each that says something else than the first start was told and the flow says now; of secrets it does not.

Without --release-key a signing key for CI is made too. Take it to CI's secrets and remove it here: a hub that
is stolen with it could sign releases.

Example:
  $ nixwave hub --state ./hub --host rp4 --host rp3 --host nuc --mqtt 0.0.0.0:1883
  $ nixwave hub --state ./hub --host rp4 --broker mqtt://nuc.lan --user hub --password-file hub.password

Under systemd the folder is $STATE_DIRECTORY, and lines carry their priority. Ctrl-C or SIGTERM ends it in order.`;

/** `nixwave hub`: Node-RED with Nixwave's nodes, and a broker, in one process. */
export function hubCommand(io: CommandIo): Command {
  const command = new Command("hub")
    .enablePositionalOptions() // --state is known to the commands below as well
    .description(
      "Run the hub of a home: Node-RED with Nixwave's nodes and flow, and an MQTT broker.",
    )
    .addOption(flag("--state <folder>", "where everything lies (or $STATE_DIRECTORY)", nonEmpty))
    .addOption(flag("--editor <address>", "Node-RED (127.0.0.1:1880)", parseListenAddress))
    .addOption(flag("--cert <file>", "certificate of the editor and of MQTT over TLS", nonEmpty))
    .addOption(flag("--key <file>", "its key, PEM, mode 600", nonEmpty))
    .addOption(repeatedFlag("--mqtt <address>", "plain MQTT (127.0.0.1:1883)", parseListenAddress))
    .addOption(repeatedFlag("--mqtt-tls <address>", "MQTT over TLS", parseListenAddress))
    .option("--anonymous", "let sensors without a user name use the device topics")
    .addOption(
      flag("--broker <url>", "at each start: a broker that is there already", parseBrokerUrl),
    )
    .addOption(flag("--user <name>", "the hub's account on it", parseUserName))
    .addOption(flag("--password-file <file>", "its password, mode 600", nonEmpty))
    .option("--verbose", "also say who connects and leaves");
  return addFirstFlags(command)
    .addHelpText("after", HELP)
    .addCommand(hubBackupCommand(io))
    .addCommand(hubRestoreCommand(io))
    .action((flags: Flags) => serve(io, flags));
}

async function serve(io: CommandIo, flags: Flags): Promise<void> {
  const journal = journalFor(io);
  const directory = stateFolderOf(io, flags);
  if ((await textIn(hubPlaces(directory).flow)) === null) refuseNowhere(flags);
  const first = await firstHomeOf(io, flags);
  const home = await openHome({
    ...{ directory, first },
    broker: await brokerOf(io, flags, journal.line),
    editor: {
      ...(flags.editor ?? EDITOR),
      nodesDirectory: PLACES.nodes,
      ...(await tlsOf(io, flags)),
      log: (line) => tellNodeRed(line, journal.line),
    },
  });
  const stopped = io.stopRequested();
  announce(io, home, first, journal.line);
  if (!home.hub.isSeeded) await warnOfUnheeded(flags, first, home, journal.line);
  const reason = await stopped;
  journal.line("info", `${reason}: stopping`);
  await home.hub.close();
  journal.line("info", "stopped");
}

/** Before the first start seeds it: afterwards the option could be mended as often as one likes. */
function refuseNowhere({ releaseUrl = "" }: Flags): void {
  const what = "the owner and name of your repository; nothing was made yet";
  refusePlaceholder(releaseUrl, "--release-url (NixOS: release.url)", what);
}

type Line = ReturnType<typeof journalFor>["line"];

function announce(io: CommandIo, home: Home, first: FirstHome, line: Line): void {
  const { hub, places, hasCiKey } = home;
  if (hub.isSeeded) {
    line("info", `made a hub in ${places.directory}`);
    io.stdout.write(
      `\n${firstSteps(home, first.fleet, first.hosts, paintFor(io.stdout, io.env))}\n`,
    );
  } else if (hasCiKey) {
    const why = "whoever takes this folder could sign releases";
    line("warn", `CI's secret key still lies in ${places.ciKey}: ${why}; remove it`);
  }
  for (const { url } of hub.broker?.addresses ?? []) line("info", `broker on ${url}`);
  if (!hub.broker) line("info", `broker is ${hub.brokerUrl}, not ours`);
  const login = `user admin, password in ${places.password("editor")}`;
  line("info", `Node-RED on ${hub.editorUrl}, ${login}`);
  // A phone opens no 0.0.0.0.
  const address = hub.editorUrl.replace("//0.0.0.0", `//${hostname()}`);
  line("info", `fleet page on ${address}/nixwave, the same login`);
}

/** Else somebody adds a host to the options, and wonders why the hub never deploys to it. */
async function warnOfUnheeded(
  flags: Flags,
  first: FirstHome,
  { hub, places }: Home,
  line: Line,
): Promise<void> {
  for (const why of await unheededOptions(flags, first, places)) line("warn", why);
  const ports = hub.broker?.addresses.map(({ port }) => port);
  const lost = ports && (await lostPort(ports, places));
  if (lost) line("warn", lost);
}

async function brokerOf(io: CommandIo, flags: Flags, line: Line) {
  const { broker, user, passwordFile } = flags;
  if (broker) return await ownBrokerOf(io, flags, broker);
  if (user || passwordFile) {
    throw new NixwaveError("wrong-usage", "--user and --password-file belong to --broker URL");
  }
  const topics = DEVICE_TOPICS.map((topic) => parseDeviceTopic(topic, DEFAULT_BASE));
  return {
    listeners: [
      ...(flags.mqtt ?? [MQTT]).map((address) => ({ kind: "tcp", ...address }) as const),
      ...(await secureListeners(io, flags)),
    ],
    ...(flags.anonymous && { anonymous: { topics, mayPress: false } }),
    log: (event: Parameters<typeof describeBrokerEvent>[0]) => {
      const text = describeBrokerEvent(event, flags.verbose ?? false);
      if (text) line("info", `broker: ${text}`);
    },
  };
}

async function secureListeners(io: CommandIo, flags: Flags) {
  if (!flags.mqttTls) return [];
  const { tls } = await tlsOf(io, flags);
  if (!tls) throw new NixwaveError("wrong-usage", "--mqtt-tls needs --cert FILE and --key FILE");
  return flags.mqttTls.map((address) => ({ kind: "tls", ...address, ...tls }) as const);
}

async function ownBrokerOf(io: CommandIo, flags: Flags, url: BrokerUrl) {
  const { user = null, passwordFile, mqtt, mqttTls, anonymous } = flags;
  if (mqtt || mqttTls || anonymous) {
    const what = "--mqtt, --mqtt-tls and --anonymous are for the embedded broker, not for --broker";
    throw new NixwaveError("wrong-usage", what);
  }
  if (passwordFile && user === null) {
    throw new NixwaveError("wrong-usage", "--password-file needs --user");
  }
  const password = passwordFile ? await readSecretFile(io, passwordFile) : null;
  return { url, user, password };
}

async function tlsOf(
  io: CommandIo,
  { cert, key }: Flags,
): Promise<{ readonly tls?: { readonly cert: string; readonly key: string } }> {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    throw new NixwaveError("wrong-usage", "--cert and --key belong together");
  }
  const pem = await readText(io, cert);
  return { tls: { cert: pem, key: await readSecretFile(io, key) } };
}

/** Node-RED's own chatter is left out; what goes wrong is not. */
function tellNodeRed({ level, node, text }: NodeRedLine, line: Line): void {
  if (level === "info" && node === null) return;
  line(level, `${node ? `[${node}] ` : "Node-RED: "}${text}`);
}
