import { describe, expect, test } from "vitest";
import { publishOnTop } from "../../src/cli/publish-on-top.ts";
import { NixwaveError, type Release } from "../../src/contract/index.ts";
import { sealStatement, statementOf } from "../support/contract-builders.ts";

const releaseOf = (closure: string): Release => ({
  v: 1,
  statements: [sealStatement(statementOf(closure)).envelope],
});
const OURS = releaseOf("ours");

/** A topic whose retained release changes with every reading, as told. */
function topic(...retained: readonly (Release | undefined)[]) {
  const seen = { madeOn: [] as (Release | undefined)[], written: [] as Release[], overtaken: 0 };
  let reading = 0;
  const steps = {
    read: async () => retained[Math.min(reading++, retained.length - 1)],
    make: (before: Release | undefined) => {
      seen.madeOn.push(before);
      return { release: OURS };
    },
    write: async (release: Release) => void seen.written.push(release),
    overtaken: () => {
      seen.overtaken++;
    },
  };
  return { seen, steps };
}

const notKeptOnce = (write: (release: Release) => Promise<void>) => {
  let tries = 0;
  return async (release: Release) => {
    if (tries++ === 0) throw new NixwaveError("publish-not-kept", "not kept");
    await write(release);
  };
};

describe("publishing on top of what is retained", () => {
  test("writes once when nobody else publishes", async () => {
    const { seen, steps } = topic(undefined);
    expect((await publishOnTop(steps)).release).toBe(OURS);
    expect(seen).toEqual({ madeOn: [undefined], written: [OURS], overtaken: 0 });
  });

  test("notices another publisher, signs again on top of its release, and says so", async () => {
    const [before, theirs] = [releaseOf("before"), releaseOf("theirs")];
    const { seen, steps } = topic(before, theirs, theirs);
    await publishOnTop(steps);
    expect(seen).toEqual({ madeOn: [before, theirs], written: [OURS], overtaken: 1 });
  });

  test("notices a release that replaced ours before it was read back, and publishes on top", async () => {
    const theirs = releaseOf("theirs");
    const { seen, steps } = topic(undefined, undefined, theirs);
    await publishOnTop({ ...steps, write: notKeptOnce(steps.write) });
    expect(seen).toEqual({ madeOn: [undefined, theirs], written: [OURS], overtaken: 1 });
  });

  test("takes for kept what it reads back itself, where the answer to writing it was lost", async () => {
    const { seen, steps } = topic(undefined, undefined, OURS);
    await publishOnTop({ ...steps, write: notKeptOnce(steps.write) });
    expect(seen).toEqual({ madeOn: [undefined], written: [], overtaken: 0 });
  });

  test("does not mistake a broker that drops the message for another publisher", async () => {
    for (const before of [undefined, releaseOf("before")]) {
      const { seen, steps } = topic(before);
      const ended = await publishOnTop({ ...steps, write: notKeptOnce(steps.write) }).catch(
        (error: unknown) => (error as NixwaveError).code,
      );
      expect([ended, seen.written, seen.overtaken]).toEqual(["publish-not-kept", [], 0]);
    }
  });

  test("gives up, having written nothing, when releases keep coming", async () => {
    const { seen, steps } = topic(...["a", "b", "c", "d"].map(releaseOf));
    const ended = await publishOnTop(steps).catch((error: unknown) => error);
    expect(ended).toBeInstanceOf(NixwaveError);
    expect((ended as NixwaveError).code).toBe("publish-contended");
    expect(seen.written).toEqual([]);
  });
});
