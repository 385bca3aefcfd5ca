import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/exit-status.ts";
import { Following } from "../../src/cli/wait/followed.ts";
import { judge } from "../../src/cli/wait/judge.ts";
import { statusOfVerdict, VERDICTS } from "../../src/cli/wait/verdict.ts";
import { parseSessionId } from "../../src/contract/index.ts";
import { CHANNEL, NOON } from "../support/contract-builders.ts";
import { ENDED_ROWS } from "./verdict-ended-rows.ts";
import { digest, followed, GOOD, heard, newer, over, serial } from "./verdict-known.ts";
import { OPEN_ROWS } from "./verdict-open-rows.ts";

const TABLE = [...ENDED_ROWS, ...OPEN_ROWS];

describe("the verdict when", () => {
  test.each(TABLE)("%s", (_name, known, kind, isFinal, exit, words) => {
    const judged = judge(followed(known));
    expect(judged.verdict.kind).toBe(kind);
    expect(judged.isFinal).toBe(isFinal);
    expect(statusOfVerdict(judged.verdict, false)).toBe(exit);
    expect(judged.verdict.why).toContain(words);
    expect(judged.verdict.why).not.toMatch(/\n|undefined|null/);
  });

  test("a sleeping host fails the run when all are needed", () => {
    const known = {
      status: over("PartiallyPromoted", { ...GOOD, x1: "Deferred: it was not there" }),
    };
    expect(statusOfVerdict(judge(followed(known)).verdict, true)).toBe(EXIT.incomplete);
  });

  test("each kind has an exit status of the table, and only good ones have 0", () => {
    const good = Object.entries(VERDICTS).filter(([, { status: exit }]) => exit === EXIT.ok);
    expect(good.map(([kind]) => kind)).toEqual(["promoted"]);
    const kinds = new Set(TABLE.map(([, , kind]) => kind));
    expect(kinds).toEqual(new Set(Object.keys(VERDICTS)));
  });
});

describe("what is followed", () => {
  const message = (address: object, payload: object) =>
    ({ address, payload, bytes: new Uint8Array(), retained: true, receivedAt: NOON }) as never;

  test("takes only the hub's word on this very release", () => {
    const following = new Following({ digest, serial });
    const other = heard({ digest: "b".repeat(64) as never, state: "refused", serial: newer });
    following.hear(message({ kind: "releaseHeard", channel: CHANNEL }, other));
    expect(following.now).toMatchObject({ heard: null, newest: newer });
    following.hear(message({ kind: "releaseHeard", channel: CHANNEL }, heard({})));
    following.hear(message({ kind: "releaseHeard", channel: CHANNEL }, other));
    expect(following.now.heard?.state).toBe("taken");
  });

  test("does not take a late will for the hub's end", () => {
    const following = new Following({ digest, serial });
    const [one, two] = ["00000001", "00000002"].map(parseSessionId);
    for (const payload of [
      { state: "online", session: one },
      { state: "online", session: two },
      { state: "offline", session: one },
    ]) {
      following.hear(message({ kind: "hubStatus" }, payload));
    }
    expect(following.now.hub).toBe("online");
    following.hear(message({ kind: "hubStatus" }, { state: "offline", session: two }));
    expect(following.now.hub).toBe("offline");
  });
});
