import { describe, expect, it } from "vitest";
import { whyFetchFailed } from "../../src/contract/index.ts";

const failed = (cause?: unknown): Error => new TypeError("fetch failed", { cause });

describe("why a fetch failed", () => {
  it.each([
    [
      "is what the connection said",
      failed(new Error("connect ECONNREFUSED ::1:9")),
      "connect ECONNREFUSED ::1:9",
    ],
    [
      "is the code where a name has several addresses",
      failed(Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })),
      "ECONNREFUSED",
    ],
    [
      "is the code where no fetch asked and a name has several addresses",
      Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }),
      "ECONNREFUSED",
    ],
    ["is never nothing", failed(new AggregateError([], "")), "fetch failed"],
    ["is its own word where it has no cause", new Error("it answered 500"), "it answered 500"],
  ])("%s", (_, error, why) => expect(whyFetchFailed(error)).toBe(why));
});
