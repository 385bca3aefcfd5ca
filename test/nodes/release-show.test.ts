import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ReleaseShow } from "../../node-red-nodes/release/release-show.ts";
import { CI_KEY, sealStatement, statementOf } from "../support/contract-builders.ts";

const RELEASE = { v: 1, statements: [sealStatement(statementOf("new"), CI_KEY).envelope] } as const;
const MINUTE_MS = 60_000;

describe("the release node, whose web does not answer", () => {
  let shown: string[];
  let logged: string[];
  let show: ReleaseShow;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    shown = [];
    logged = [];
    const node = {
      send: () => undefined,
      status: ({ text }: { readonly text?: string }) => void shown.push(text ?? ""),
      log: (text: string) => void logged.push(text),
      warn: (text: string) => void logged.push(text),
      error: (text: string) => void logged.push(text),
    };
    const examined = { serial: null, title: null, accepted: [], refused: [], hosts: [{} as never] };
    show = new ReleaseShow(node, { examine: () => examined }, "en");
  });
  afterEach(() => vi.useRealTimers());
  const failFor = (minutes: number): void => {
    vi.setSystemTime(Date.now() + minutes * MINUTE_MS);
    show.failed(new Error("nobody there"));
  };

  it("shows what it had for half an hour, then since when nothing came", () => {
    show.heard(RELEASE, "web");
    failFor(29);
    expect(shown.at(-1)).toBe("1 hosts verified");
    failFor(2);
    expect(shown.at(-1)).toBe("no web for 31 min");
    failFor(60 * 24 * 3);
    expect(shown.at(-1)).toBe("no web for 3 d");
  });

  it("counts a server that asks for rest again and again as one that does not answer", () => {
    show.heard(RELEASE, "web");
    vi.setSystemTime(Date.now() + 5 * 60 * MINUTE_MS);
    show.quiet("busy");
    expect(shown.at(-1)).toBe("no web for 5 h");
  });

  it.each(["unchanged", "absent"] as const)("shows again what it had when it hears %s", (quiet) => {
    show.heard(RELEASE, "web");
    failFor(40);
    show.quiet(quiet);
    expect(shown.at(-1)).toBe("1 hosts verified");
    expect(logged.at(-1)).toBe("the release's web address answers again");
    failFor(20);
    expect(shown.at(-1)).toBe("1 hosts verified");
  });

  it("says at once that it cannot fetch where nothing ever came", () => {
    show.waits();
    failFor(0);
    expect(shown).toEqual(["waiting for release", "cannot fetch"]);
  });

  it("waits again once the web answers that nothing is new, though nothing came yet", () => {
    failFor(0);
    show.quiet("unchanged");
    expect(shown).toEqual(["cannot fetch", "waiting for release"]);
  });

  it("shows an address that was refused for as long as it stands there, whatever the broker brings", () => {
    show.unusable("http://somewhere/: only https");
    show.waits();
    show.heard(RELEASE, "broker");
    expect(new Set(shown)).toEqual(new Set(["settings not usable"]));
    expect(logged).toEqual(["http://somewhere/: only https"]);
  });
});
