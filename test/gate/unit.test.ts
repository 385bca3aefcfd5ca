import { describe, expect, it } from "vitest";
import { ROOM, Story } from "./story.ts";

const inUnit = (unit: string, more: object = {}) => ({
  ...ROOM,
  rows: [{ ...ROOM.rows[0], unit, ...more }],
});
const cold = (plan: unknown): Story =>
  new Story(plan)
    .baseline()
    .report("room", [20, 20, 20])
    .freeze()
    .activate()
    .report("room", [12.5, 12.5, 12.5, 12.5]);

describe("a row's unit", () => {
  it("stands behind each number that people read", () => {
    const { verdict } = cold(inUnit("°C"));
    expect(verdict?.reason.text).toMatch(/^12\.5 °C, should be above 15 °C; /);
    expect(verdict?.samples.at(-1)?.shown).toBe("12.5 °C");
    const moved = cold(inUnit("°C", { is: "steady", limit: undefined, allowedDecrease: 2 }));
    expect(moved.verdict?.reason.text).toMatch(
      /^12\.5 °C was 20 °C before \(-7\.5\), allowed -2; /,
    );
  });

  it("is set close where it is a percentage, and is nothing where it is not said", () => {
    expect(cold(inUnit("%")).verdict?.samples.at(-1)?.shown).toBe("12.5%");
    expect(cold(inUnit("")).verdict?.samples.at(-1)?.shown).toBe("12.5");
    expect(cold(ROOM).verdict?.reason.text).toMatch(/^12\.5, should be above 15; /);
  });

  it("decides nothing", () => {
    const { reason: with_, ...withUnit } = { ...cold(inUnit("°C")).verdict };
    const { reason: without, ...withoutUnit } = { ...cold(ROOM).verdict };
    expect(with_?.code).toBe(without?.code);
    expect({ ...withUnit, samples: [] }).toEqual({ ...withoutUnit, samples: [] });
  });
});
