import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import {
  type DurationMs,
  type HostReport,
  type HostRequest,
  hostReportCodec,
  instant,
  journalCodec,
  NixwaveError,
  parseDuration,
  trialCodec,
} from "../../src/contract/index.ts";
import { type Places, placesBelow } from "../activator/places.ts";
import { type AgentConfig, parseAgentConfig } from "../config.ts";
import { readWhole } from "../read-whole.ts";
import { bootMoment } from "../talk/boot-time.ts";
import { askActivator, firstOf } from "./ask-activator.ts";
import { COMMANDS_HELP, type Command } from "./commands-help.ts";
import { offerText, readOffer } from "./release-offer.ts";
import { historyText, statusText } from "./status-text.ts";

export interface CommandIo {
  readonly write: (text: string) => void;
  readonly stdin: NodeJS.ReadableStream;
  readonly isRoot: boolean;
  readonly nowMs: () => number;
  /** Starts the activator of a host: systemd's unit, or a child for a folder that stands for one. */
  readonly startActivator: (root: string, configFile: string) => Promise<void>;
}

const CONFIG_FILE = "/etc/nixwave/config.json";
const ANSWER_LIMIT_MS = 120_000;
const SETTLE_LIMIT_MS = 30 * 60_000;

/** @returns the exit status @throws NixwaveError, of which wrong-usage is status 2 */
export async function runCommand(
  command: Command,
  args: readonly string[],
  io: CommandIo,
): Promise<number> {
  const { values, positionals } = readArguments(args);
  if (values.help) {
    io.write(COMMANDS_HELP);
    return 0;
  }
  refuseForeign(command, values);
  const asked = readAsked(command, positionals, values);
  const configFile = values.config ?? CONFIG_FILE;
  const config = parseAgentConfig(await readWhole(configFile), configFile);
  const places = placesBelow(config.root);
  if (command === "status") return status(places, values.json === true, io);
  if (!io.isRoot && config.root === "/") {
    throw new NixwaveError("not-root", `\`nixwave-agent ${command}\` must be run as root`);
  }
  if (command === "history") return history(places, values.json === true, io);
  const request = await requestFor(command, asked, { config, places, io });
  if (request === null) return 1;
  const start = () => io.startActivator(config.root, configFile);
  await askActivator(places, request, start, ANSWER_LIMIT_MS);
  return follow(request, places, io);
}

function readArguments(args: readonly string[]) {
  const options = {
    config: { type: "string" },
    json: { type: "boolean" },
    lease: { type: "string" },
    retry: { type: "boolean" },
    yes: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (cause) {
    throw new NixwaveError("wrong-usage", (cause as Error).message, { cause });
  }
}

const ONLY_FOR = {
  json: ["status", "history"],
  lease: ["apply"],
  retry: ["apply"],
  yes: ["apply"],
} as const satisfies Partial<Record<keyof Values, readonly Command[]>>;

/** An option that would be without effect is a slip: `pause 2h --retry` is not what its writer believes. */
function refuseForeign(command: Command, values: Values): void {
  for (const [option, commands] of Object.entries(ONLY_FOR)) {
    const isGiven = values[option as keyof Values] !== undefined;
    if (!isGiven || commands.some((one) => one === command)) continue;
    const message = `--${option} belongs to ${commands.join(" and ")}, not to ${command}`;
    throw new NixwaveError("wrong-usage", message);
  }
}

const NO_REPORT: Readonly<Record<string, string>> = {
  EACCES: "only root and the group nixwave may read it",
  ENOENT: "there is none yet; the activator writes it when it runs for the first time",
};

async function readReport(places: Places): Promise<HostReport> {
  try {
    return hostReportCodec.parse(await readFile(places.report));
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const hint = NO_REPORT[code] ?? message;
    throw new NixwaveError("file-unreadable", `${places.report}: ${hint}`, { cause });
  }
}

async function status(places: Places, isJson: boolean, io: CommandIo): Promise<number> {
  const report = await readReport(places);
  const bytes = await readFile(places.trial).catch(() => null); // root's alone; the rest is for everybody
  const trial = bytes && trialCodec.parse(bytes);
  const { bootMs } = bootMoment();
  io.write(isJson ? `${JSON.stringify(report, null, 2)}\n` : statusText({ report, trial, bootMs }));
  return 0;
}

async function history(places: Places, isJson: boolean, io: CommandIo): Promise<number> {
  const bytes = await readFile(places.journal).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw new NixwaveError("file-unreadable", `${places.journal}: ${cause.message}`, { cause });
  });
  if (!bytes) {
    io.write(isJson ? "[]\n" : "nothing has ended here yet\n");
    return 0;
  }
  const journal = journalCodec.parse(bytes);
  io.write(isJson ? `${JSON.stringify(journal.history ?? [], null, 2)}\n` : historyText(journal));
  return 0;
}

type Values = ReturnType<typeof readArguments>["values"];

/** What the words of a command line mean, before anything is read: a slip is one on every machine. */
interface Asked {
  /** The release file of `apply`. */
  readonly file: string;
  readonly forMs: DurationMs | null;
  readonly isRetry: boolean;
  readonly isSure: boolean;
}

/** @throws NixwaveError wrong-usage */
function readAsked(verb: Command, words: readonly string[], values: Values): Asked {
  const [first, ...more] = words;
  const takes = verb === "apply" || verb === "pause";
  if (more.length > 0 || (first !== undefined) !== takes) {
    const form = { apply: "one RELEASE-FILE", pause: "one duration such as 2h" };
    const needed = takes ? form[verb] : "nothing more";
    throw new NixwaveError("wrong-usage", `\`nixwave-agent ${verb}\` takes ${needed}`);
  }
  const duration = verb === "pause" ? first : values.lease;
  return {
    ...{ file: first ?? "", forMs: duration === undefined ? null : readDuration(duration) },
    ...{ isRetry: values.retry === true, isSure: values.yes === true },
  };
}

function readDuration(text: string): DurationMs {
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new NixwaveError("wrong-usage", (cause as Error).message, { cause });
  }
}

interface Asker {
  readonly config: AgentConfig;
  readonly places: Places;
  readonly io: CommandIo;
}

/** @returns null when the person said no @throws NixwaveError why this file cannot be tried here */
async function requestFor(
  verb: Exclude<Command, "status" | "history">,
  { file, forMs, isRetry, isSure }: Asked,
  { config, places, io }: Asker,
): Promise<HostRequest | null> {
  const base = { v: 1, verb, at: instant(io.nowMs()) } as const;
  const limit = forMs === null ? {} : { forMs };
  if (verb !== "apply") return { ...base, ...limit };
  const { bytes, statement } = await readOffer(file, config.trust);
  const report = await readReport(places).catch(() => null); // of a host that has never said anything
  io.write(offerText({ file, statement, report, leaseMs: forMs ?? config.lease }));
  const question =
    "Try it now? It returns by itself unless you run `nixwave-agent confirm`. [y/N] ";
  if (!isSure && !(await isYes(question, io))) return null;
  const release = Buffer.from(bytes).toString("base64");
  return { ...base, release, ...limit, ...(isRetry ? { retry: true } : {}) };
}

async function isYes(question: string, { stdin, write }: CommandIo): Promise<boolean> {
  write(question);
  const reader = createInterface({ input: stdin });
  try {
    for await (const line of reader) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    reader.close();
  }
}

/** Prints each phase as it comes, until the attempt is at an end, or on trial where that was asked for. */
async function follow(request: HostRequest, places: Places, { write }: CommandIo): Promise<number> {
  const { verb: command, at } = request;
  if (command === "pause" || command === "resume" || command === "unlock") {
    write("done\n");
    return 0;
  }
  let shown = "";
  const settled = await firstOf(
    places.reportFolder,
    async () => {
      const report = await readReport(places);
      // the answer comes before the report that shows what was begun
      if (command === "apply" && report.rollout !== `local-${at}`) return null;
      const line = `${report.phase}${report.waiting ? `: ${report.waiting.message}` : ""}`;
      if (line !== shown) write(`${line}\n`);
      shown = line;
      const isOnTrial = command === "apply" && report.phase === "in-trial";
      return isOnTrial || report.phase === "idle" || report.phase === "locked" ? report : null;
    },
    SETTLE_LIMIT_MS,
  );
  if (settled === null) throw new NixwaveError("agent-not-answering", `it is still ${shown}`);
  if (settled.phase === "in-trial") {
    write("it runs on trial: `nixwave-agent confirm` keeps it\n");
    return 0;
  }
  const { code = "", reason = null, message = "" } = settled.outcome ?? {};
  write(`${[code, reason, message].filter(Boolean).join(": ")}; runs ${settled.current}\n`);
  const good =
    command === "revert" ? ["rolled-back", "canceled"] : ["succeeded", "already-installed"];
  return good.includes(code) ? 0 : 1;
}
