import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandIn } from "../../node-red-nodes/control/command-in.ts";
import { parseCommandTable } from "../../node-red-nodes/control/command-table.ts";

interface Row {
  readonly device: string;
  readonly topic: string;
  readonly payload: string | object;
  /** The dialog's fields, as docs/switches.md names them. */
  readonly dialog: object;
  readonly means: string;
}

const FIXTURE = join(import.meta.dirname, "..", "fixtures", "switch-payloads.json");
const rows = JSON.parse(readFileSync(FIXTURE, "utf8")) as readonly Row[];

const DOCS = readFileSync(join(import.meta.dirname, "../../docs/switches.md"), "utf8");

/** What the command node gets from Node-RED's own `mqtt in` set to "a UTF-8 string". */
const heard = ({ payload }: Row) =>
  typeof payload === "string" ? payload : JSON.stringify(payload);

describe("what the devices of a home say", () => {
  it.each(rows)("$device on $topic: $payload means $means", (row) => {
    const table = parseCommandTable({ id: "control", ...row.dialog });
    const command = commandIn(table, { payload: heard(row) });
    expect(command.kind === "ask" ? command.asked.verb : command.kind).toBe(row.means);
  });

  it("is in the table of the docs, for every device", () => {
    for (const device of new Set(rows.map((row) => row.device))) expect(DOCS).toContain(device);
  });
});
