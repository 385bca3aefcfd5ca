import { expect, describe as group, it } from "vitest";
import { encodePayload, parseHostName, type SessionId } from "../../src/contract/index.ts";
import { rolloutStatusText } from "../../src/people/index.ts";
import { describe, rolloutNow, statusOf } from "../../src/rollout/index.ts";
import { by, Home, nuc, rp3, rp4, sessionOf, wall } from "./scenes.ts";

const hub: SessionId = sessionOf(1);
const nowOf = ({ state, at }: Home) => rolloutNow(state, hub, at);
const said = (home: Home): string =>
  rolloutStatusText(nowOf(home), "en", home.state.next !== null).text;
const hold = (home: Home): Home =>
  home.play({ type: "HoldSet", at: home.at, source: wall, host: null });
const abort = (home: Home): Home =>
  home.play({ type: "AbortAsked", at: home.at, by, scope: "all" });

group("a rollout in words", () => {
  it.each([
    ["no release yet", () => new Home()],
    ["release is settling", () => new Home({ settle: "5m" }).offer(7)],
    ["loading 0/2", () => new Home().here(rp4, nuc).offer(7)],
    ["loading 1/2", () => new Home().here(rp4, nuc).offer(7).staged(rp4)],
    ["trying rp4", () => new Home().ready()],
    ["trying rp4", () => new Home({ soak: "5m" }).ready().inTrial(rp4)],
    ["keeping rp4", () => new Home().ready().inTrial(rp4)],
    ["undoing rp4", () => abort(new Home().ready())],
    ["on hold", () => hold(new Home().here(rp4, nuc)).offer(7).staged(rp4, nuc)],
    ["failed, asks you", () => new Home().ready().ended(rp4, "failed")],
    ["last check", () => new Home({ gates: ["final"] }).ready().succeeds(rp4, nuc)],
    ["stopped at rp4", () => new Home({ onFailure: "stop" }).ready().ended(rp4, "failed")],
    ["stopped", () => abort(new Home().here(rp4, nuc).offer(7))],
    ["done 2/2", () => new Home().ready().succeeds(rp4, nuc)],
    [
      "rolled back",
      () =>
        abort(new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4))
          .ended(nuc, "failed")
          .staged(rp4)
          .succeeds(rp4),
    ],
    [
      "roll back failed",
      () =>
        abort(new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4))
          .ended(nuc, "failed")
          .staged(rp4)
          .ended(rp4, "failed"),
    ],
    ["newer release", () => new Home({ settle: "5m" }).here(rp4, nuc).offer(7).wait(5).offer(8)],
  ] as const)("says %j", (text, tell) => {
    expect(said(tell())).toBe(text);
  });

  it("names the trial before what keeps others from beginning, and the phase when nobody is left", () => {
    const home = hold(new Home().ready());
    expect(describe(nowOf(home), false)).toEqual({ code: "trying", host: rp4 });
    const now = nowOf(new Home().here(rp4, nuc).offer(7));
    expect(describe(now && { ...now, phase: "Aborting" }, false)).toEqual({
      ...{ code: "phase", word: "Aborting" },
    });
    expect(describe(now && { ...now, phase: "Completed" }, false)).toEqual({
      code: "end",
      word: "",
    });
  });

  it("counts a host in a state of a newer hub neither as well nor as wrong", () => {
    const hosts = [{ host: rp4, state: "Dreaming" as never }];
    expect(describe({ phase: "Progressing", completion: null, paused: [], hosts }, false)).toEqual({
      ...{ code: "staging", done: 0, all: 1 },
    });
  });

  it("fits below a node even with the longest host name", () => {
    const host = parseHostName("a".repeat(63));
    const home = new Home({ hosts: [host], onFailure: "stop" }).ready().ended(host, "failed");
    expect(said(home)).toHaveLength(19);
  });

  it("is a payload that everybody on the wire accepts", () => {
    const home = hold(new Home().here(rp4, nuc)).offer(7, [rp4, nuc, rp3]);
    const status = statusOf(home.state, hub, home.at);
    expect(status && encodePayload("rolloutStatus", status).byteLength).toBeGreaterThan(100);
    expect(status?.hosts.at(-1)).toMatchObject({ host: "rp3", state: "Skipped" });
    expect(statusOf(new Home().state, hub, home.at)).toBeNull();
  });

  it("of a large fleet still fits on the wire", () => {
    const home = new Home({ hosts: Array.from({ length: 600 }, (_, at) => `h${at}`) });
    const status = statusOf(home.offer(7).state, hub, home.at);
    expect(status && encodePayload("rolloutStatus", status).byteLength).toBeLessThan(131_072);
  });
});
