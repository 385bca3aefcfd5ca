import { describe, it } from "vitest";
import { holds, INVARIANTS } from "./random-home.ts";

describe("whatever happens, in whatever order", () => {
  it.each(Object.entries(INVARIANTS))("%s", (_name, invariant) => {
    holds(invariant, 100);
  });
});
