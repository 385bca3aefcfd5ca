import { describe, expect, it } from "vitest";
import {
  acquit,
  inherit,
  judgeLoss,
  type Letter,
  newLetter,
  STRIKES_OUT,
} from "../../src/bus/letters.ts";
import { OUTBOX_LIMIT, Outbox } from "../../src/bus/outbox.ts";
import type { NixwaveError, Topic } from "../../src/contract/index.ts";

const letter = (topic: string, text = "x", retain = false): Letter =>
  newLetter(topic as Topic, Buffer.from(text), { retain, owned: false });
const state = (topic: string, text: string): Letter => letter(topic, text, true);
const texts = (outbox: Outbox): string[] => {
  const all: string[] = [];
  for (let one = outbox.take(); one; one = outbox.take())
    all.push(Buffer.from(one.bytes).toString());
  return all;
};

describe("the outbox", () => {
  it("keeps events in their order", () => {
    const outbox = new Outbox();
    for (const text of ["1", "2", "3"]) outbox.put(letter("t", text));
    expect(texts(outbox)).toEqual(["1", "2", "3"]);
  });

  it("keeps of a retained topic only the latest, in the place of the first", () => {
    const outbox = new Outbox();
    outbox.put(state("a", "old"));
    outbox.put(state("b", "b"));
    outbox.put(state("a", "new"));
    expect(texts(outbox)).toEqual(["new", "b"]);
  });

  it("tells the waiters of a replaced state when the newer one is handed over", () => {
    const outbox = new Outbox();
    const older = state("a", "old");
    let told = 0;
    older.waiting.push(() => {
      told += 1;
    });
    outbox.put(older);
    outbox.put(state("a", "new"));
    const newer = outbox.take();
    expect(told).toBe(0);
    acquit(newer as Letter);
    expect(told).toBe(1);
  });

  it(`refuses the event after ${OUTBOX_LIMIT} others with a code, and takes one again when one has left`, () => {
    const outbox = new Outbox();
    for (let index = 0; index < OUTBOX_LIMIT; index += 1) outbox.put(letter("t"));
    expect(() => outbox.put(letter("t"))).toThrow(expect.objectContaining({ code: "outbox-full" }));
    expect(outbox.size).toBe(OUTBOX_LIMIT);
    outbox.take();
    outbox.put(letter("t"));
    expect(outbox.size).toBe(OUTBOX_LIMIT);
  });

  it("takes retained states although events fill it", () => {
    const outbox = new Outbox(1);
    outbox.put(letter("t"));
    outbox.put(state("a", "a"));
    expect(outbox.size).toBe(2);
  });

  it("gives back what was on its way before everything else, unless a newer state waits", () => {
    const outbox = new Outbox();
    const sent = [letter("t", "1"), state("a", "old"), letter("t", "2")];
    outbox.put(letter("t", "3"));
    outbox.put(state("a", "new"));
    outbox.putBack(sent);
    expect(texts(outbox)).toEqual(["1", "new", "2", "3"]);
  });

  it("counts what was put back", () => {
    const outbox = new Outbox(2);
    outbox.putBack([letter("t"), letter("t")]);
    expect(() => outbox.put(letter("t"))).toThrow(expect.objectContaining({ code: "outbox-full" }));
    outbox.take();
    outbox.put(letter("t"));
  });

  it("withdraws one letter and no other", () => {
    const outbox = new Outbox();
    const [first, second] = [letter("t", "1"), letter("t", "2")];
    outbox.put(first);
    outbox.put(second);
    expect(outbox.withdraw(first)).toBe(true);
    expect(outbox.withdraw(first)).toBe(false);
    expect(texts(outbox)).toEqual(["2"]);
  });

  it("ends every waiting letter when it is abandoned", () => {
    const outbox = new Outbox();
    const one = letter("t");
    const errors: unknown[] = [];
    one.waiting.push((error) => errors.push(error));
    outbox.put(one);
    const error = { code: "bus-closed" } as NixwaveError;
    outbox.abandon(error);
    expect(errors).toEqual([error]);
    expect(outbox.size).toBe(0);
  });
});

describe("a connection that ends while letters are on their way", () => {
  it("makes all of them suspects and none guilty", () => {
    const both = [letter("a"), letter("b")];
    for (let round = 0; round < 10; round += 1) expect(judgeLoss(both, true)).toBeUndefined();
    expect(both.map((one) => [one.suspect, one.strikes])).toEqual([
      [true, 0],
      [true, 0],
    ]);
  });

  it(`finds the one that was alone ${STRIKES_OUT} times in a row`, () => {
    const alone = letter("a");
    for (let round = 1; round < STRIKES_OUT; round += 1) {
      expect(judgeLoss([alone], true)).toBeUndefined();
    }
    expect(judgeLoss([alone], true)).toBe(alone);
  });

  it("accuses nobody when the network failed and not the broker", () => {
    const alone = letter("a");
    for (let round = 0; round < 10; round += 1) expect(judgeLoss([alone], false)).toBeUndefined();
  });

  it("forgets its suspicion with the acknowledgement", () => {
    const alone = letter("a");
    judgeLoss([alone], true);
    judgeLoss([alone], true);
    acquit(alone);
    expect(alone).toMatchObject({ suspect: false, strikes: 0 });
  });

  it("remembers for a newer state of the topic, so that a changing state is found too", () => {
    const older = state("a", "old");
    for (let round = 0; round < STRIKES_OUT; round += 1) judgeLoss([older], true);
    const newer = state("a", "new");
    inherit(newer, older);
    expect(newer.suspect).toBe(true);
    expect(judgeLoss([newer], true)).toBe(newer);
  });
});
