import { describe, expect, test } from "vitest";
import { beginRotation, nextStep } from "../../src/cli/rotation/turn-ring.ts";
import { newBook, type TrustBook, trustedOf } from "../../src/cli/setup/trust-book.ts";
import { at, NOON } from "../support/contract-builders.ts";

const begun = (differences: Partial<Parameters<typeof beginRotation>[1]> = {}): TrustBook =>
  beginRotation(newBook(), {
    ...{ role: "ci", hasSpare: true, stolen: false, now: NOON },
    ...differences,
  });
const stepsOf = (book: TrustBook, role: "ci" | "hub"): readonly (readonly string[])[] => {
  const ring = book[role];
  if (ring.rotation === null) return [["end", ...trustedOf(ring)]];
  return [[ring.rotation.step, ...trustedOf(ring)], ...stepsOf(nextStep(book, role, at(1)), role)];
};

describe("a rotation", () => {
  test("to the spare begins with the signature, as every host trusts it already", () => {
    expect(stepsOf(begun(), "ci")).toEqual([
      ["sign", "ci-1", "ci-2", "ci-3"],
      ["drop", "ci-2", "ci-3"],
      ["end", "ci-2", "ci-3"],
    ]);
  });

  test("to a new key begins with trust, and the old one goes last", () => {
    expect(stepsOf(begun({ role: "hub", hasSpare: false }), "hub")).toEqual([
      ["trust", "hub-1", "hub-3", "hub-4"],
      ["sign", "hub-1", "hub-3", "hub-4"],
      ["drop", "hub-3", "hub-4"],
      ["end", "hub-3", "hub-4"],
    ]);
  });

  test("away from a stolen key drops it at once and raises the trust epoch", () => {
    const book = begun({ stolen: true });
    expect(book.epoch).toBe(2);
    expect(stepsOf(book, "ci")).toEqual([
      ["sign", "ci-2", "ci-3"],
      ["end", "ci-2", "ci-3"],
    ]);
    expect(stepsOf(begun({ stolen: true, role: "hub" }), "hub")[1]).toEqual([
      ...["drop", "hub-2", "hub-3"],
    ]);
  });

  test("leaves the other kind of key alone, and the epoch where nothing was stolen", () => {
    expect(begun()).toMatchObject({ epoch: 1, hub: newBook().hub });
  });

  test("is refused while another one is under way: two at once leave a sleeping host with no key", () => {
    const again = () =>
      beginRotation(begun(), { role: "ci", hasSpare: true, stolen: true, now: NOON });
    expect(again).toThrow(expect.objectContaining({ code: "rotation-too-early" }));
  });

  test("away from a stolen key is refused without the spare", () => {
    expect(() => begun({ stolen: true, hasSpare: false })).toThrow(
      expect.objectContaining({ code: "wrong-usage" }),
    );
  });

  test("never uses a name twice", () => {
    let book = begun();
    const names = new Set([...trustedOf(newBook().ci), ...trustedOf(book.ci)]);
    while (book.ci.rotation) book = nextStep(book, "ci", at(1));
    const next = beginRotation(book, { role: "ci", hasSpare: false, stolen: false, now: at(2) });
    for (const name of [next.ci.active, next.ci.spare]) expect(names).not.toContain(name);
  });
});
