import { describe, it } from "vitest";
import { holds, INVARIANTS } from "./invariants.ts";

describe("whatever happens, in whatever order", () => {
  it.each(Object.entries(INVARIANTS))("%s", (_name, invariant) => {
    holds(invariant, 100);
  });
});
