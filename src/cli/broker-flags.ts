import type { Command } from "commander";
import {
  type BrokerUrl,
  type Bus,
  type BusEvent,
  clientIdFor,
  openBus,
  parseBrokerUrl,
} from "../bus/index.ts";
import {
  type Channel,
  type DurationMs,
  NixwaveError,
  parseDuration,
  parseTopicBase,
  parseUserName,
  type Release,
  type TopicBase,
  type UserName,
} from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { readInput, readSecretFile } from "./files.ts";
import { flag, flagOrVariable, nonEmpty, required } from "./flags.ts";

const PEM_MAX_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT = "20s";

/** What addBrokerFlags reads from a command line. */
export interface BrokerFlags {
  readonly broker?: BrokerUrl;
  readonly user?: UserName;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly clientKey?: string;
  readonly base?: TopicBase;
  readonly timeout?: DurationMs;
}

/** An open bus, with what this command line knows of it. */
export interface BrokerSession {
  readonly bus: Bus;
  readonly broker: BrokerUrl;
  readonly timeoutMs: DurationMs;
  /** What the contract refused while a snapshot was read, by topic. */
  readonly refusals: ReadonlyMap<string, NixwaveError>;
  /** Filters that the broker does not let this account listen to, as it has said so far. */
  readonly unheard: ReadonlySet<string>;
}

export function addBrokerFlags(command: Command): Command {
  return command
    .addOption(
      flag(
        "--broker <url>",
        "mqtt://, mqtts://, ws:// or wss:// (or NIXWAVE_BROKER)",
        parseBrokerUrl,
      ),
    )
    .addOption(
      flag("--user <name>", "the broker's account (or NIXWAVE_BROKER_USER)", parseUserName),
    )
    .addOption(
      flag(
        "--password-file <file>",
        "its password, mode 600 (or NIXWAVE_BROKER_PASSWORD, NIXWAVE_BROKER_PASSWORD_FILE)",
        nonEmpty,
      ),
    )
    .addOption(flag("--ca <file>", "certificate authority of mqtts:// and wss://, PEM", nonEmpty))
    .addOption(flag("--cert <file>", "client certificate, PEM", nonEmpty))
    .addOption(flag("--client-key <file>", "its private key, PEM, mode 600", nonEmpty))
    .addOption(flag("--base <topic>", "base topic (nixwave/v1)", parseTopicBase))
    .addOption(
      flag(
        "--timeout <duration>",
        `longest wait for the broker (${DEFAULT_TIMEOUT})`,
        parseDuration,
      ),
    );
}

/** The broker of the command line or of NIXWAVE_BROKER, if any. */
export const brokerOf = (io: CommandIo, flags: BrokerFlags): BrokerUrl | undefined =>
  flagOrVariable(flags.broker, io, "NIXWAVE_BROKER", parseBrokerUrl);

/**
 * Opens the bus for as long as `use` runs.
 * @throws NixwaveError wrong-usage | file-unreadable | secret-exposed, or as openBus
 */
export async function withBroker<T>(
  io: CommandIo,
  flags: BrokerFlags,
  purpose: string,
  use: (session: BrokerSession) => Promise<T>,
): Promise<T> {
  const broker = required(brokerOf(io, flags), "--broker (or NIXWAVE_BROKER)");
  const user = flagOrVariable(flags.user, io, "NIXWAVE_BROKER_USER", parseUserName);
  const password = await readPassword(io, flags);
  if (password !== undefined && user === undefined) {
    throw new NixwaveError("wrong-usage", "a password without --user (or NIXWAVE_BROKER_USER)");
  }
  const refusals = new Map<string, NixwaveError>();
  const unheard = new Set<string>();
  const timeoutMs = flags.timeout ?? parseDuration(DEFAULT_TIMEOUT);
  const bus = await openBus({
    broker,
    clientId: clientIdFor(user ?? "nixwave", purpose),
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(flags.base === undefined ? {} : { base: flags.base }),
    tls: await readTls(io, flags),
    connectTimeoutMs: timeoutMs,
    log: (event) => {
      if (event.event === "subscription-refused") unheard.add(event.topic);
      else hear(io, refusals, event);
    },
  });
  try {
    return await use({ bus, broker, timeoutMs, refusals, unheard });
  } finally {
    await bus.close();
  }
}

/** The release that the broker retains for `channel`, if any. @throws NixwaveError as Bus.snapshot */
export async function readRetainedRelease(
  { bus, timeoutMs }: BrokerSession,
  channel: Channel,
): Promise<Release | undefined> {
  const messages = await bus.snapshot("release", { timeoutMs });
  return messages.find((one) => one.address.channel === channel)?.payload;
}

function hear(io: CommandIo, refusals: Map<string, NixwaveError>, event: BusEvent): void {
  if (event.event === "message-refused") refusals.set(event.topic, event.error);
  if (event.event === "lost") io.stderr.write(`connection lost: ${event.error.message}\n`);
}

async function readPassword(io: CommandIo, flags: BrokerFlags): Promise<string | undefined> {
  if (flags.passwordFile !== undefined) return await readSecretFile(io, flags.passwordFile);
  const { NIXWAVE_BROKER_PASSWORD: inline, NIXWAVE_BROKER_PASSWORD_FILE: file } = io.env;
  if (inline && file) {
    throw new NixwaveError(
      "wrong-usage",
      "NIXWAVE_BROKER_PASSWORD and NIXWAVE_BROKER_PASSWORD_FILE are both set; unset one",
    );
  }
  return inline || (file ? await readSecretFile(io, file) : undefined);
}

async function readTls(
  io: CommandIo,
  { ca, cert, clientKey }: BrokerFlags,
): Promise<{ ca?: Buffer; cert?: Buffer; key?: string }> {
  if ((cert === undefined) !== (clientKey === undefined)) {
    throw new NixwaveError("wrong-usage", "--cert and --client-key belong together");
  }
  return {
    ...(ca === undefined ? {} : { ca: await readInput(io, ca, PEM_MAX_BYTES) }),
    ...(cert === undefined ? {} : { cert: await readInput(io, cert, PEM_MAX_BYTES) }),
    ...(clientKey === undefined ? {} : { key: await readSecretFile(io, clientKey) }),
  };
}
