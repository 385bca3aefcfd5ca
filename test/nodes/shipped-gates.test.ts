import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planOfDialog } from "../../node-red-nodes/gate/plan-of-dialog.ts";

const gates = ["../../flows/", "../../node-red-nodes/examples/"].flatMap((folder) => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url).flatMap((file) => {
    const nodes = JSON.parse(readFileSync(new URL(file, url), "utf8")) as Record<string, unknown>[];
    return nodes
      .filter(({ type }) => type === "nixwave-gate")
      .map((node) => [`${file}, ${node["name"] ?? ""}`, node] as const);
  });
});
const rowWith = (fields: object) => ({
  ...{ place: "after", soak: "1m" },
  rows: [
    {
      ...{ name: "room", topic: "a", format: "json", path: "x", is: "steady", interval: "10s" },
      ...{ baselineWindow: "10m", allowedDecrease: "1" },
      ...fields,
    },
  ],
});
const controlOf = (fields: object) =>
  planOfDialog(rowWith(fields), (value) => value).rows[0]?.control;

describe("gates", () => {
  it.each(gates)("that ship are such as the hub accepts: %s", (_name, gate) => {
    expect(planOfDialog(gate, (value) => value).rows.length).toBeGreaterThan(0);
  });

  it("of homelab ask for live sensors before, and for no new firing alert after", () => {
    const rowsOf = (name: string) => {
      const [, gate] = gates.find(([called]) => called === `homelab.json, ${name}`) ?? [];
      return planOfDialog(gate as never, (value) => value).rows.map(({ is }) => is);
    };
    expect(rowsOf("sensors live")).toEqual(["live"]);
    expect(rowsOf("still healthy")).toContain("no-new-alert");
  });

  it("read a control sensor as the row, where it says nothing of its own", () => {
    expect(controlOf({ controlTopic: "b" })).toMatchObject({ sources: ["b"], path: "x" });
  });

  it("read a control sensor by its own path and format where it has them", () => {
    const own = { controlTopic: "b", controlFormat: "json", controlPath: "rooms[0].t" };
    expect(controlOf(own)).toMatchObject({ format: "json", path: "rooms[0].t" });
    expect(
      controlOf({ controlTopic: "zigbee2mqtt/b", controlFormat: "zigbee2mqtt", controlPath: "t" }),
    ).toMatchObject({ format: "zigbee2mqtt", path: "t" });
  });
});
