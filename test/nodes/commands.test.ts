import { describe, expect, it } from "vitest";
import { commandIn } from "../../node-red-nodes/control/command-in.ts";
import { parseCommandTable } from "../../node-red-nodes/control/command-table.ts";

const tableOf = (fields: object = {}) => parseCommandTable({ id: "control", ...fields });
const BUTTON = { mode: "edge", rows: [{ payload: "single", verb: "deploy" }] };

describe("what a message commands", () => {
  it.each([["ON"], ["on"], [Buffer.from("ON")], [{ state: "ON" }], ['{"POWER":"ON","Wifi":{}}']])(
    "%j of a switch holds, under the switch's own name",
    (payload) => {
      const command = commandIn(tableOf({ source: "hall", by: "wall" }), { payload });
      expect(command).toEqual({
        kind: "ask",
        asked: { verb: "hold", by: "wall", host: null, source: "hall", stands: true },
      });
    },
  );

  it.each([[""], [{}], [{ state: { on: true } }], [{ battery: 97, linkquality: 120 }]])(
    "%j says nothing of the switch: nothing is done, and nobody is warned",
    (payload) => {
      expect(commandIn(tableOf(), { payload }).kind).toBe("wordless");
    },
  );

  it.each([["DIM"], [null], ["{broken"], ["unavailable"], ["Offline"]])(
    "%j is no word of the table: it does nothing, and never counts as OFF",
    (payload) => {
      expect(commandIn(tableOf(), { payload }).kind).toBe("unknown");
    },
  );

  it("a retained state of a switch counts, a retained press of a button does not", () => {
    expect(commandIn(tableOf(), { payload: "ON", retain: true }).kind).toBe("ask");
    expect(commandIn(tableOf(BUTTON), { payload: "single", retain: true }).kind).toBe("replay");
    expect(commandIn(tableOf(BUTTON), { payload: { action: "single" } })).toMatchObject({
      kind: "ask",
      asked: { verb: "deploy", now: false },
    });
  });

  it("a button chooses this hub of two, a switch cannot", () => {
    const rows = [{ payload: "single", verb: "unfence" }];
    const asked = commandIn(tableOf({ mode: "edge", rows }), { payload: "single" });
    expect(asked).toMatchObject({ kind: "ask", asked: { verb: "unfence", host: null } });
    expect(() => tableOf({ rows })).toThrow(/cannot unfence/);
  });

  it("true and false are words like others", () => {
    const rows = [
      { payload: "true", verb: "hold" },
      { payload: "false", verb: "nothing" },
    ];
    expect(commandIn(tableOf({ rows }), { payload: { output: true } }).kind).toBe("ask");
    expect(commandIn(tableOf({ rows }), { payload: { output: false } }).kind).toBe("nothing");
  });

  it("a hold lasts as long as the dialog says", () => {
    const asked = (duration: string) => commandIn(tableOf({ duration }), { payload: "ON" });
    expect(asked("1h")).toMatchObject({ asked: { duration: 3_600_000 } });
    expect(asked("forever")).toMatchObject({ asked: { duration: null } });
  });
});

describe("a table of commands", () => {
  it.each([
    [
      "deploys by a switch, which the broker repeats at will",
      { rows: BUTTON.rows },
      "cannot deploy",
    ],
    [
      "skips without a host",
      { mode: "edge", rows: [{ payload: "x", verb: "skip" }] },
      "needs a host",
    ],
    ["knows no such command", { rows: [{ payload: "x", verb: "explode" }] }, "is no command"],
    [
      "has a word twice",
      {
        rows: [
          { payload: "On", verb: "hold" },
          { payload: "ON", verb: "resume" },
        ],
      },
      "stands twice",
    ],
    ["looks at a path that is none", { path: "params..output" }, "is not understood"],
    ["has a name that cannot stand in a topic", { source: "a/b" }, "hold source"],
  ])("is refused when it %s", (_why, fields, message) => {
    expect(() => tableOf(fields)).toThrow(message);
  });
});
