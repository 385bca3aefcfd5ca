import { describe, expect, it } from "vitest";
import {
  commonForm,
  encodePayload,
  openOrder,
  ownForm,
  parsePayload,
  WIRE_SPOKEN,
  wireGap,
} from "../../src/contract/index.ts";
import {
  desiredBytes,
  orderOf,
  releasedOn,
  reportedOf,
  sealOrder,
} from "../support/contract-builders.ts";
import { codeOf } from "./refusals.ts";

describe("which version of the wire two parts speak (DESIGN 5, Versions meet)", () => {
  it.each([
    ["the same", [1], 1, "none"],
    ["one up", [1, 2], 1, "newer"],
    ["two up", [2, 3], null, "apart"],
  ] as const)("%s", (_, theirs, wire, gap) => {
    expect(commonForm(theirs)?.wire ?? null).toBe(wire);
    expect(wireGap(theirs)).toBe(gap);
  });

  it("a program speaks its own version and at most the one before", () => {
    const own = ownForm().wire;
    expect(WIRE_SPOKEN.at(-1)).toBe(own);
    expect(WIRE_SPOKEN.every((wire) => wire === own || wire === own - 1)).toBe(true);
  });

  it("an order of a version that this program does not speak is refused with its own code", () => {
    const released = releasedOn(0, "new");
    const sealed = sealOrder(orderOf(released.digest)).envelope;
    const later = { ...sealed, payloadType: "application/vnd.nixwave.desired.v3+json" };
    expect(codeOf(() => openOrder(later))).toBe("wire-too-far");
    expect(codeOf(() => openOrder({ ...sealed, payloadType: "text/plain" }))).toBe(
      "invalid-envelope",
    );
    const bytes = desiredBytes(
      { ...sealOrder(orderOf(released.digest)), envelope: later },
      released,
    );
    expect(parsePayload("desired", bytes).order.payloadType).toBe(later.payloadType);
  });
});

describe("a newer agent reports to an older hub", () => {
  it("with fields that the hub has never heard of, which it drops", () => {
    const report = reportedOf("a");
    const later = { ...report, wire: [1, 2], mood: "fine", outcome: null };
    const bytes = Buffer.from(JSON.stringify(later));
    const { wire, ...rest } = parsePayload("reported", bytes);
    expect(wire).toEqual([1, 2]);
    expect(rest).not.toHaveProperty("mood");
    expect(parsePayload("reported", encodePayload("reported", report))).toEqual(report);
  });
});
