import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { boxOf, type FlowNode, isDrawn, overlap, runsOver, wiresOf } from "./flow-layout.ts";

const FOLDERS = ["../../flows/", "../../node-red-nodes/examples/"];
/** 1440 px less the palette and a sidebar of the usual width (Node-RED 5). */
const WIDEST = 850;

const files = FOLDERS.flatMap((folder) => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url).map((file) => new URL(file, url));
}).filter(({ pathname }) => pathname.endsWith(".json"));

describe.each(files.map((url) => [url.pathname.split("/").slice(-2).join("/"), url] as const))(
  "%s",
  (_name, url) => {
    const nodes = JSON.parse(readFileSync(url, "utf8")) as readonly FlowNode[];
    const boxes = nodes.filter(isDrawn).map(boxOf);
    const groups = nodes.filter(({ type }) => type === "group");

    it("has no node on another", () => {
      const pairs = boxes.flatMap((one, at) =>
        boxes
          .slice(at + 1)
          .filter((other) => overlap(one, other))
          .map((other) => `${one.label} / ${other.label}`),
      );
      expect(pairs).toEqual([]);
    });

    it("has wires that run over no node of others", () => {
      const crossed = wiresOf(nodes).flatMap((wire) =>
        boxes
          .filter((box) => runsOver(wire, box))
          .map(({ id }) => `${wire.from.id} -> ${wire.to.id} over ${id}`),
      );
      expect(crossed).toEqual([]);
    });

    it(`fits beside both sidebars of a screen of 1440 px`, () => {
      const right = boxes.map(({ x, halfWidth }) => x + halfWidth);
      const ofGroups = groups.map(({ x = 0, w = 0 }) => x + w);
      expect(Math.max(...right, ...ofGroups)).toBeLessThanOrEqual(WIDEST);
      expect(Math.min(...boxes.map(({ x, halfWidth }) => x - halfWidth))).toBeGreaterThanOrEqual(0);
    });

    it("has titles on its groups, and each member within its group", () => {
      for (const { name, nodes: members = [], x = 0, y = 0, w = 0, h = 0 } of groups) {
        expect(name).toBeTruthy();
        for (const box of boxes.filter(({ id }) => members.includes(id))) {
          const isWithin =
            box.x - box.halfWidth >= x &&
            box.x + box.halfWidth <= x + w &&
            box.y - box.halfHeight >= y &&
            box.y + box.halfHeight <= y + h;
          expect({ box: box.label, isWithin }).toEqual({ box: box.label, isWithin: true });
        }
      }
    });
  },
);
