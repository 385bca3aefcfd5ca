import type { Asked, Verb } from "../../src/conductor/index.ts";
import {
  type DurationMs,
  type HoldSource,
  type HostName,
  NixwaveError,
  parseDuration,
  parseHoldSource,
  parseHostName,
} from "../../src/contract/index.ts";
import { parseJsonPath } from "../../src/gate/index.ts";
import type { NodeConfig } from "../runtime/red.ts";

const VERBS = [
  "hold",
  "resume",
  "deploy",
  "approve",
  "skip",
  "retry",
  "abort",
  "rollback",
  "promote",
  "unfence",
] as const satisfies readonly Verb[];
export type Command = (typeof VERBS)[number] | "nothing";

/** What a command node's dialog says, read strictly. */
export interface CommandTable {
  /** By the word as it is compared. */
  readonly rows: ReadonlyMap<string, Command>;
  /** A switch that stands somewhere, so that its retained state counts; otherwise a button, whose replays do not. */
  readonly isLevel: boolean;
  /** Where in a JSON object the word stands; null: under one of the keys that devices use. */
  readonly path: readonly (string | number)[] | null;
  readonly source: HoldSource;
  readonly by: string;
  readonly host: HostName | null;
  readonly scope: NonNullable<Asked["scope"]>;
  readonly now: boolean;
  /** How long a hold lasts: undefined: the plan's, null: until it is released. */
  readonly duration: DurationMs | null | undefined;
}

const SCOPES = ["failed", "group", "all"] as const;
const NEED_HOST: ReadonlySet<string> = new Set(["skip", "promote"] satisfies Verb[]);
const LEVELS: ReadonlySet<string> = new Set(["hold", "resume", "nothing"] satisfies Command[]);
const DEFAULT_ROWS = [
  { payload: "ON", verb: "hold" },
  { payload: "OFF", verb: "resume" },
];

/** @throws NixwaveError invalid-field, json-path-invalid, or the code of the field's own parser */
export function parseCommandTable(config: NodeConfig): CommandTable {
  const rows = new Map<string, Command>();
  const list = config["rows"];
  for (const item of Array.isArray(list) && list.length > 0 ? list : DEFAULT_ROWS) {
    const { payload, verb } = Object(item) as Readonly<Record<string, unknown>>;
    const word = wordOf(payload);
    if (rows.has(word)) throw fault(`the payload ${JSON.stringify(payload)} stands twice`);
    rows.set(word, commandOf(verb));
  }
  const isLevel = config["mode"] !== "edge";
  const host = textOf(config, "host");
  refuseUnfit([...rows.values()], isLevel, host);
  const duration = textOf(config, "duration");
  const path = textOf(config, "path");
  return {
    rows,
    isLevel,
    path: path === "" ? null : parseJsonPath(path),
    source: parseHoldSource(textOf(config, "source") || "switch"),
    by: (textOf(config, "by") || textOf(config, "name") || "Node-RED").slice(0, 80),
    host: host === "" ? null : parseHostName(host),
    scope: SCOPES.find((one) => one === config["scope"]) ?? "failed",
    now: config["now"] === true,
    duration: durationOf(duration),
  };
}

/** Devices write ON, On and on for the same; a number or truth value is the word it is written as. */
export const wordOf = (value: unknown): string => String(value).trim().toLowerCase();

function commandOf(verb: unknown): Command {
  const found = [...VERBS, "nothing" as const].find((one) => one === verb);
  if (!found) throw fault(`${JSON.stringify(verb)} is no command`);
  return found;
}

/** A broker repeats a level whenever it likes: what must happen once cannot hang on one. */
function refuseUnfit(commands: readonly Command[], isLevel: boolean, host: string): void {
  const once = commands.find((one) => !LEVELS.has(one));
  if (isLevel && once !== undefined) {
    throw fault(`a switch that stays where it is cannot ${once}: choose "button"`);
  }
  const whom = commands.find((one) => NEED_HOST.has(one));
  if (whom !== undefined && host === "") throw fault(`${whom} needs a host`);
}

function durationOf(text: string): DurationMs | null | undefined {
  if (text === "") return undefined;
  return text === "forever" ? null : parseDuration(text);
}

const textOf = (config: NodeConfig, name: string): string => String(config[name] ?? "").trim();
const fault = (why: string): NixwaveError => new NixwaveError("invalid-field", why);
