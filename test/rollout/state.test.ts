import { describe, expect, it } from "vitest";
import { NixwaveError } from "../../src/contract/index.ts";
import { parseState } from "../../src/rollout/index.ts";
import { by, Home, nuc, pathOf, rp3, rp4, sessionOf, wall, x1 } from "./scenes.ts";

const stored = (home: Home): unknown => JSON.parse(JSON.stringify(home.state));

/** A home in which most of what can be remembered is remembered. */
function fullHome(): Home {
  const windows = { zone: "Europe/Berlin", allow: [{ from: "00:00", to: "24:00" }], deny: [] };
  const hosts = ["rp3", "rp4", { host: "x1", optional: true }, { host: "nuc", carries: ["hub"] }];
  const groups = hosts.map((one) => ({ name: JSON.stringify(one), hosts: [one] }));
  const last = {
    ...(groups[3] as object),
    windows: { zone: "UTC", allow: [{ from: "09:00", to: "16:00" }] },
  };
  const home = new Home({
    groups: [...groups.slice(0, 3), last],
    windows,
    gates: ["soak", "final"],
    soak: "5m",
  });
  home.play({ type: "ControllerStarted", at: home.at, session: sessionOf(50) }).ready();
  home.inTrial(rp3).says(rp4, { rollout: null });
  home.play({ type: "HoldSet", at: home.at, source: wall, host: null });
  home.play({ type: "ForeignHubSeen", at: home.at, instance: sessionOf(51) });
  home.play({ type: "ControllerStarted", at: home.at, session: sessionOf(52) });
  return home.offer(8).wait(241);
}

describe("the state", () => {
  it.each([
    ["of a new home", new Home()],
    ["in the middle of everything", fullHome()],
    ["after an end", new Home().ready().succeeds(rp4, nuc)],
    [
      "after a drift",
      new Home()
        .ready()
        .succeeds(rp4, nuc)
        .says(rp4, { rollout: null, current: pathOf(rp4, 3) }),
    ],
    [
      "of twenty hosts",
      new Home({ hosts: Array.from({ length: 20 }, (_, at) => `h${at}`) }).ready(),
    ],
    ["with a release of strangers that waits", new Home({ settle: "5m" }).offer(7, [rp4, rp3, x1])],
  ])("%s is the same after it was stored", (_name, home) => {
    expect(parseState(stored(home))).toEqual(home.state);
  });

  const spoil = (change: (json: Record<string, never>) => void): unknown => {
    const json = stored(fullHome()) as Record<string, never>;
    change(json);
    return json;
  };
  type Json = { [name: string]: Json };
  const at = (path: string, value: unknown): unknown =>
    spoil((json) => {
      const names = path.split("/");
      const last = names.pop() as string;
      const place = names.reduce<Json>((one, name) => one[name] as Json, json);
      if (value === undefined) delete place[last];
      else place[last] = value as Json;
    });

  it.each([
    ["null", null, "/ must be an object"],
    ["another version", at("v", 6), "/v must be one of 5"],
    ["a missing field", at("holds", undefined), "/holds is missing"],
    ["an unknown field", at("mood", "good"), "/ has the unknown field mood"],
    ["a negative counter", at("lastCounter", -1), "/lastCounter must be a whole number"],
    [
      "a flag that is none",
      at("clockSynchronised", "yes"),
      "/clockSynchronised must be true or false",
    ],
    ["holds that are no list", at("holds", {}), "/holds must be a list"],
    ["a session that is none", at("session", "!"), "/session session id"],
    ["a text that is none", at("rollout/title", 7), "/rollout/title must be a text"],
    ["a reason that is none", at("rollout/why", 7), "/rollout/why/code must be one of"],
    [
      "a zone that is none",
      at("plan/windows/zone", "Mars"),
      "/plan/windows/zone must be an IANA time zone",
    ],
    [
      "a host that is none",
      at("hosts/root/entries/0/host", "RP3"),
      "/hosts/root/entries/0/host host name",
    ],
    [
      "a digest that is none",
      at("hosts/root/entries/0/step/statement", "x"),
      "/statement must be a SHA-256",
    ],
    [
      "a state that is none",
      at("hosts/root/entries/0/step/state", "Dancing"),
      "/step/state must be one of Queued",
    ],
    ["a tree that is none", at("hosts", null), "/hosts/root is no node"],
    ["a leaf that is none", at("hosts/root/kids", 7), "/hosts/root is no node"],
    ["no host at all", at("hosts/root/entries", []), "/hosts names no host"],
    ["a host twice", at("hosts/root/entries/1/host", "rp3"), "/hosts names a host twice"],
    [
      "a group nobody has",
      at("hosts/root/entries/1/planned/group", 9),
      "/hosts knows other groups",
    ],
    [
      "times of a group nobody has",
      at("groupWindows/0/group", 9),
      "/groupWindows knows other groups",
    ],
    [
      "times of a group that are none",
      at("plan/groups/0/windows", "never"),
      "/plan/groups/0/windows must be an object",
    ],
    ["an announcement nobody makes", at("outbox/0/type", "Sing"), "/outbox/0/type must be one of"],
    [
      "a pause without its reason",
      at("rollout/paused/0/why", null),
      "/rollout/paused/0/why/code must be one of",
    ],
    ["an announcement that is none", at("outbox/0", null), "/outbox/0/type must be one of"],
    [
      "an offered host that is none",
      at("next/release/hosts/0", null),
      "/next/release/hosts/0/host is missing",
    ],
    [
      "a serial that is none",
      at("next/release/hosts/0/serial", "7"),
      "/next/release/hosts/0/serial must be",
    ],
    [
      "a hash that is none",
      at("next/release/hosts/0/narHash", "7"),
      "/next/release/hosts/0/narHash NAR hash",
    ],
  ])("is refused with its place: %s", (_name, json, reason) => {
    let said: unknown;
    try {
      parseState(json);
    } catch (error) {
      said = error;
    }
    expect(said).toBeInstanceOf(NixwaveError);
    expect(said).toMatchObject({
      code: "rollout-state-invalid",
      message: expect.stringContaining(reason),
    });
  });

  it("is refused when its tree goes on for ever", () => {
    let node: object = { kids: [], entries: [] };
    for (let depth = 0; depth < 20; depth++) node = { kids: [node], entries: [] };
    expect(() => parseState(at("hosts/root", node))).toThrow(/no node/);
  });

  it("goes on where it was after it was stored", () => {
    const home = new Home().ready();
    home.state = parseState(stored(home));
    home.succeeds(rp4, nuc).play({ type: "RollbackAsked", at: home.at, by, host: null });
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Succeeded"]);
  });
});
