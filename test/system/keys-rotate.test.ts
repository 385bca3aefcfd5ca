import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Judgement } from "../../src/contract/index.ts";
import { KeyDrill, rp4, x1 } from "./key-drill.ts";

let drill: KeyDrill;
beforeEach(async () => {
  drill = await KeyDrill.open();
  await drill.release("ci-1");
  for (const host of [rp4, x1]) expect((await drill.deploy(host, "hub-1")).kind).toBe("accepted");
});
afterEach(() => drill[Symbol.asyncDispose]());

const refusalOf = (judgement: Judgement): string =>
  judgement.kind === "refused" ? judgement.code : judgement.kind;

describe("CI's key is replaced by the spare", () => {
  test("and a host that slept through it takes the first release it finds", async () => {
    const began = await drill.rotate("ci", "--spare", await drill.drawer("ci-2"));
    expect(began.stderr).toBe("");
    expect(began.stdout).toContain("step 2 of 3: ci-2 signs instead of ci-1");
    await drill.release("ci-2");
    await drill.deploy(rp4, "hub-1");

    const early = await drill.rotate("ci", "--next");
    expect(early.stderr).toContain("error[rotation-too-early]: x1 still has that of");
    expect(early.status).toBe(1);

    expect((await drill.deploy(x1, "hub-1")).kind).toBe("accepted");
    expect((await drill.rotate("ci", "--next")).stdout).toContain("step 3 of 3");
    await drill.release("ci-2");
    for (const host of [rp4, x1]) await drill.deploy(host, "hub-1");
    expect((await drill.rotate("ci", "--next")).stdout).toContain("ci-1 is trusted by no host");

    await drill.release("ci-1");
    expect(refusalOf(await drill.deploy(rp4, "hub-1"))).toBe("signature-invalid");
  });

  test("and a host that slept through all three steps is not lost either", async () => {
    await drill.rotate("ci", "--spare", await drill.drawer("ci-2"));
    await drill.release("ci-2");
    await drill.deploy(rp4, "hub-1");
    expect((await drill.rotate("ci", "--next", "--leave", "x1")).status).toBe(0);
    await drill.release("ci-2");
    await drill.deploy(rp4, "hub-1");
    expect((await drill.rotate("ci", "--next", "--leave", "x1")).status).toBe(0);
    expect((await drill.deploy(x1, "hub-1")).kind).toBe("accepted");
  });

  test("and a host that only the broker knows is waited for, or left by its name", async () => {
    await drill.nixwave("broker", "passwd", drill.places.accounts, "x1", "--delete");
    await drill.rotate("ci", "--spare", await drill.drawer("ci-2"));
    await drill.release("ci-2");
    await drill.deploy(rp4, "hub-1");
    const early = await drill.rotate("ci", "--next");
    expect(early.stderr).toContain("error[rotation-too-early]: x1 still has that of");
    const wrong = await drill.rotate("ci", "--next", "--leave", "x9");
    expect(wrong.stderr).toContain("error[wrong-usage]: --leave x9 is no host of this home");
    expect((await drill.rotate("ci", "--next", "--leave", "x1")).status).toBe(0);
  });

  test("a second one is refused until the first has ended", async () => {
    await drill.rotate("ci", "--spare", await drill.drawer("ci-2"));
    const again = await drill.rotate("ci", "--spare", await drill.drawer("ci-3"));
    expect(again.stderr).toContain("error[rotation-too-early]: ci-1 to ci-2 is under way");
  });

  test("a step is not done by a release from before it, nor by one that the old key signed", async () => {
    await drill.rotate("ci", "--spare", await drill.drawer("ci-2"));
    expect((await drill.rotate("ci", "--next")).stderr).toContain("no statement for it that ci-2");
    await drill.release("ci-1");
    for (const host of [rp4, x1]) await drill.deploy(host, "hub-1");
    expect((await drill.rotate("ci", "--next")).stderr).toContain("no statement for it that ci-2");
    await drill.release("ci-2");
    for (const host of [rp4, x1]) await drill.deploy(host, "hub-1");
    await drill.rotate("ci", "--next");
    expect((await drill.rotate("ci", "--next")).stderr).toContain("before this step");
  });
});

describe("a key is replaced by a new one, the spare being lost", () => {
  test("which must be trusted first: a host without that refuses what it signs", async () => {
    const began = await drill.rotate("ci", "--new");
    expect(began.stdout).toContain("step 1 of 3: every host learns to trust ci-3");
    await drill.release("ci-1");
    await drill.deploy(rp4, "hub-1");
    expect((await drill.rotate("ci", "--next")).stderr).toContain("x1 still has that of");

    await drill.release("ci-3"); // a person who skips: the host that has the step takes it, the other cannot
    expect((await drill.deploy(rp4, "hub-1")).kind).toBe("accepted");
    expect(refusalOf(await drill.deploy(x1, "hub-1"))).toBe("signature-invalid");

    await drill.release("ci-1", "ci-3"); // and with both it is back
    expect((await drill.deploy(x1, "hub-1")).kind).toBe("accepted");
  });
});

describe("the hub's key is replaced by the spare", () => {
  test("and the step is done when each host has accepted an order that it signed", async () => {
    await drill.rotate("hub", "--spare", await drill.drawer("hub-2"));
    expect((await drill.rotate("hub", "--next")).stderr).toContain("is not signed with hub-2");
    await drill.release("ci-1");
    await drill.deploy(rp4, "hub-2");
    const early = await drill.rotate("hub", "--next");
    expect(early.stderr).toContain("x1 its last order is not signed with hub-2");
    expect(early.stderr).not.toContain("rp4");
    await drill.deploy(x1, "hub-2");
    expect((await drill.rotate("hub", "--next")).stdout).toContain("no host trusts hub-1");
    await drill.release("ci-1");
    for (const host of [rp4, x1]) await drill.deploy(host, "hub-2");
    expect((await drill.rotate("hub", "--next")).stdout).toContain("hub-3 is the spare");
    expect(refusalOf(await drill.deploy(rp4, "hub-1"))).toBe("signature-invalid");
  });
});

describe("a stolen key", () => {
  test("is dropped by the first release that the spare signs, under a higher trust epoch", async () => {
    const spare = await drill.drawer("ci-2");
    const began = await drill.rotate("ci", "--spare", spare, "--stolen");
    expect(began.stdout).toContain("trustEpoch = 2;");
    await drill.release("ci-2");
    for (const host of [rp4, x1]) await drill.deploy(host, "hub-1");
    expect((await drill.rotate("ci", "--next")).stdout).toContain("ci-1 is trusted by no host");
    await drill.release("ci-1");
    for (const host of [rp4, x1]) {
      expect(refusalOf(await drill.deploy(host, "hub-1"))).toBe("signature-invalid");
    }
  });

  test("of the hub is replaced, and a host whose counter the thief drove ahead says so until the higher epoch is there", async () => {
    expect((await drill.orderAsThief(rp4, "hub-1")).kind).toBe("accepted");
    const spare = await drill.drawer("hub-2");
    const began = await drill.rotate("hub", "--spare", spare, "--stolen");
    expect(began.stdout).toContain("trustEpoch = 2;");
    await drill.release("ci-1");
    expect(refusalOf(await drill.deploy(rp4, "hub-2"))).toBe("order-replayed");
    const early = await drill.rotate("hub", "--next");
    expect(early.stderr).toContain("rp4 refused it: counter");

    await drill.switchByHand(rp4);
    for (const host of [rp4, x1]) {
      expect((await drill.deploy(host, "hub-2")).kind).toBe("accepted");
    }
    expect((await drill.rotate("hub", "--next")).status).toBe(0);
    for (const host of [rp4, x1]) {
      expect(refusalOf(await drill.orderAsThief(host, "hub-1"))).toBe("signature-invalid");
    }
  });
});
