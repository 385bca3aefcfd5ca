import type { Asked } from "../../src/conductor/index.ts";
import { valueAt } from "../../src/gate/index.ts";
import type { FlowMessage } from "../runtime/red.ts";
import { type CommandTable, wordOf } from "./command-table.ts";

export type CommandIn =
  | { readonly kind: "ask"; readonly asked: Asked }
  /** A word of the table that means nothing. */
  | { readonly kind: "nothing" }
  /** An old button press that the broker delivered again. */
  | { readonly kind: "replay" }
  /** A message that says nothing of the switch: a battery's state, an action that is over, a cleared topic. */
  | { readonly kind: "wordless" }
  | { readonly kind: "unknown"; readonly shown: string };

/** The keys under which devices put a switch's state into JSON (Tasmota, Zigbee2MQTT, Shelly), where no path is given. */
const STATE_KEYS = ["state", "POWER", "output", "action", "event"];

/** Levels honour retained messages, edges ignore them; a word that nobody knows is nothing, never OFF. */
export function commandIn(table: CommandTable, message: FlowMessage): CommandIn {
  const word = stateIn(message.payload, table.path);
  if (word === "") return { kind: "wordless" };
  const command = table.rows.get(word);
  if (command === undefined) return { kind: "unknown", shown: shown(message.payload) };
  if (command === "nothing") return { kind: "nothing" };
  if (!table.isLevel && message["retain"] === true) return { kind: "replay" };
  const { by, host, source, duration, now, scope } = table;
  const isHold = command === "hold" || command === "resume";
  const asked: Asked = {
    ...{ verb: command, by, host },
    ...(isHold ? { source } : {}),
    ...(isHold && table.isLevel ? { stands: true } : {}),
    ...(command === "hold" && duration !== undefined ? { duration } : {}),
    ...(command === "deploy" ? { now } : {}),
    ...(command === "abort" ? { scope } : {}),
  };
  return { kind: "ask", asked };
}

/** Empty for what holds no word. */
function stateIn(payload: unknown, path: CommandTable["path"]): string {
  const value = parsed(payload);
  if (path !== null) return plainWord(valueAt(value, path));
  if (typeof value !== "object" || value === null) return wordOf(value);
  const fields = value as Readonly<Record<string, unknown>>;
  const key = STATE_KEYS.find((one) => plainWord(fields[one]) !== "");
  return key === undefined ? "" : plainWord(fields[key]);
}

const plainWord = (value: unknown): string =>
  value === undefined || value === null || typeof value === "object" ? "" : wordOf(value);

/** Bytes and JSON objects as what they say; every other text as it stands. */
function parsed(payload: unknown): unknown {
  const text = payload instanceof Uint8Array ? Buffer.from(payload).toString("utf8") : payload;
  if (typeof text !== "string" || !text.trimStart().startsWith("{")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, 60);
