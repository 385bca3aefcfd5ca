import fc from "fast-check";
import { expect, it } from "vitest";
import { NEW } from "./host-view.ts";
import { abandoned, faultsOf, isLeftIn, walk, walked } from "./walk.ts";

it("whatever happens, an attempt ends once, truthfully, and in a system somebody stands for", () => {
  fc.assert(
    fc.property(walk, (one) => {
      const host = walked(one);
      expect(faultsOf(host), host.did.join("\n")).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});

it("wherever its activator is lost for good, the deadman alone brings the host back", () => {
  fc.assert(
    fc.property(walk, (one) => {
      const host = abandoned(one);
      expect(isLeftIn(host), host.did.join("\n")).toBe(false);
    }),
    { numRuns: 1500 },
  );
});

it("the walks reach both ends", () => {
  const codes = new Set<string | undefined>();
  for (const one of fc.sample(walk, 1500)) {
    codes.add(walked(one).journal.closed.at(-1)?.outcome.code);
  }
  for (const code of ["succeeded", "rolled-back", "canceled", "taken-over", "needs-reboot"]) {
    expect(codes).toContain(code);
  }
});

it("nothing in the way: it runs and boots the new system", () => {
  const host = walked({
    ...{ risk: "one-shot", needsReboot: false, first: "trial", isLoaderRead: true },
    ...{ isNewBooted: false, rebootToRecover: true },
    turns: [
      [{ kind: "session" }, 400],
      [{ kind: "session" }, 400],
      [{ kind: "order", goal: "commit" }, 400],
    ],
  });
  expect([host.current, host.bootDefault, host.profile]).toEqual([NEW, NEW, NEW]);
});
