import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { drawStatus, type Room } from "../../src/cli/fleet/draw-status.ts";
import { nextSteps } from "../../src/cli/fleet/next-steps.ts";
import { statusJson } from "../../src/cli/fleet/status-json.ts";
import type { ReleaseHeard, RolloutStatus } from "../../src/contract/index.ts";
import { parseHoldSource, releaseDigest } from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { PAUSE_CONDITIONS } from "../../src/rollout/index.ts";
import {
  CHANNEL,
  HUB,
  NOON,
  pathFor,
  ROLLOUT,
  reportedOf,
  sealStatement,
  serialAt,
  statementOf,
} from "../support/contract-builders.ts";
import { nuc, rp4, Told, x1 } from "./fleet-sights.ts";

const HOME = { language: "en", zone: parseTimeZone("UTC") } as const;
const plain = (_tone: string, text: string): string => text;
const coloured = (tone: string, text: string): string => `\u001b[31m${text}\u001b[0m${tone && ""}`;
const WIDE: Room = { columns: null, rows: null };

const status = (differences: Partial<RolloutStatus> = {}): RolloutStatus => ({
  ...{ v: 1, hub: HUB, rollout: ROLLOUT, channel: CHANNEL, serial: serialAt(0), title: "bump" },
  ...{ phase: "Progressing", completion: null, paused: [], why: "", at: NOON },
  hosts: [
    { host: rp4, state: "Soaking", why: "2 of 5 min" },
    { host: nuc, state: "Staged", why: "" },
    { host: x1, state: "Queued", why: "it was not there" },
  ],
  ...differences,
});

const release = {
  v: 1,
  statements: [
    sealStatement(statementOf("new", { host: rp4, serial: serialAt(0), title: "bump" })).envelope,
  ],
} as const;

/** rp4 in trial of the new one, nuc on a committed one, x1 away. */
const house = (differences: Partial<RolloutStatus> = {}): Told =>
  new Told()
    .hub("online")
    .hear({ kind: "rolloutStatus" }, status(differences))
    .hear({ kind: "release", channel: CHANNEL }, release)
    .host(rp4, "online")
    .host(nuc, "online")
    .host(x1, "offline")
    .hear(
      { kind: "reported", host: rp4 },
      reportedOf("new", { host: rp4, phase: "in-trial", current: pathFor("new") }),
    )
    .hear(
      { kind: "reported", host: nuc },
      reportedOf("old", { host: nuc, serial: serialAt(-1), drift: ["current"] }),
    );

const drawn = (told: Told, room = WIDE): readonly string[] =>
  drawStatus(told.sights.now(NOON), HOME, plain, room).split("\n");

describe("status", () => {
  it("shows release, hosts in their turn with what they run, state and why", () => {
    const lines = drawn(house());
    expect(lines[0]).toBe("14 Jul, bump: under way");
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}HOST +RUNS +STATE +WHY$/));
    const hosts = lines.filter((line) => /^[●○?] /.test(line));
    expect(hosts).toEqual([
      expect.stringMatching(/^● rp4 +14 Jul, bump +in trial, being watched +2 of 5 min$/),
      expect.stringMatching(/^● nuc +release of .* +ready +changed by hand$/),
      expect.stringMatching(/^○ x1 +not heard of yet +waiting +It was not there\.; offline$/),
    ]);
  });

  it("says who holds it, what it waits for and which command goes on", () => {
    const paused = [{ condition: "Hold", since: NOON, why: "held by dash" }];
    const told = house({ paused }).hear(
      { kind: "holdState", source: parseHoldSource("dash") },
      "ON",
    );
    const lines = drawn(told);
    expect(lines).toContain("held by dash");
    expect(lines).toContain("waits: on hold. dash holds it.");
    expect(lines.at(-1)).toBe("next: nixwave resume: releases the hold");
    const ends = { condition: "Hold", since: NOON, why: "held by dash until 2026-07-14 15:00 UTC" };
    expect(drawn(house({ paused: [ends] }))).toContainEqual(
      "waits: on hold. dash holds it until 15:00.",
    );
    const odd = { ...ends, why: "held by dash until whenever" };
    expect(drawn(house({ paused: [odd] }))).toContainEqual(
      "waits: on hold. dash holds it until whenever.",
    );
  });

  it("says that no hub is there, and shows what is known all the same", () => {
    const away = drawn(house().hub("offline"));
    expect(away).toContain("the hub is not connected");
    expect(away.at(-1)).toMatch(/^next: Start the hub/);
    const never = drawn(new Told());
    expect(never).toEqual([
      ...["no release yet", "no hub was ever on this broker", "", "no host was seen", ""],
      expect.stringMatching(/^next: No hub was ever on this broker: check --broker and --base/),
    ]);
  });

  it("says what becomes of a first release before its rollout begins", () => {
    const heard = (state: ReleaseHeard["state"]): readonly string[] =>
      drawn(
        new Told().hub("online").hear(
          { kind: "releaseHeard", channel: CHANNEL },
          {
            ...{ v: 1, hub: HUB, digest: releaseDigest({ statements: [] } as never) },
            ...{ serial: null, state, recorded: null, refused: [], why: "", at: NOON },
          },
        ),
      );
    expect(heard("taken")[0]).toBe("no rollout yet");
    expect(heard("taken").at(-1)).toMatch(/^next: nixwave deploy --now: /);
    expect(heard("refused").at(-1)).toMatch(/^next: nixwave doctor: /);
    expect(drawn(new Told().hub("online")).at(-1)).toMatch(/^next: No release yet: publish one/);
  });

  it("names the hosts of a rollout that were never heard of", () => {
    const told = new Told().hub("online").host(rp4, "online");
    const hosts = [rp4, nuc].map((host) => ({ host, state: "Queued", why: "" }));
    const lines = drawn(told.hear({ kind: "rolloutStatus" }, status({ hosts })));
    expect(lines.at(-1)).toBe("next: Look at nixwave-agent on nuc: never heard of on this broker");
  });

  it("fits a narrow and a low terminal, with colours and without", () => {
    for (const [columns, rows] of [
      [20, 24],
      [40, 8],
      [63, 6],
      [80, 24],
    ] as const) {
      for (const paint of [plain, coloured]) {
        const lines = drawStatus(house().sights.now(NOON), HOME, paint, { columns, rows });
        const shown = stripVTControlCharacters(lines).split("\n");
        expect(Math.max(...shown.map((line) => [...line].length))).toBeLessThanOrEqual(columns);
        expect(shown.length).toBeLessThan(rows);
        expect(shown.join("\n")).toContain("rp4");
      }
    }
  });

  it("has a next step or goes on by itself in each pause", () => {
    const byItself = new Set(["OutsideWindow", "Draining", "Reconciling"]);
    for (const condition of PAUSE_CONDITIONS) {
      const told = house({ paused: [{ condition, since: NOON, why: "" }] });
      const steps = nextSteps(told.sights.now(NOON));
      expect([condition, steps.length > 0]).toEqual([condition, !byItself.has(condition)]);
    }
  });

  it("names the host to retry once the rollout is over, and not before", () => {
    const hosts = [{ host: rp4, state: "RolledBack", why: "cold" }];
    const steps = (differences: Partial<RolloutStatus>) =>
      nextSteps(house({ hosts, ...differences }).sights.now(NOON)).join("\n");
    expect(steps({})).not.toContain("retry rp4");
    expect(steps({ phase: "Completed", completion: "Aborted" })).toContain("nixwave retry rp4");
  });

  it("shows what a host downloads only while it is that attempt", () => {
    const staging = reportedOf("old", {
      host: nuc,
      phase: "staging",
      rollout: ROLLOUT,
      attempt: 1,
    });
    const progress = {
      ...({ v: 1, rollout: ROLLOUT, attempt: 1, phase: "staging", percent: 43 } as const),
      ...{ bytesDone: 1, bytesTotal: 2, pathsDone: 0, pathsTotal: 1 },
    } as const;
    const told = house()
      .hear({ kind: "reported", host: nuc }, staging)
      .hear({ kind: "progress", host: nuc }, progress);
    expect(drawn(told).join("\n")).toMatch(/● nuc .* 43 %/);
    told.hear({ kind: "reported", host: nuc }, { ...staging, attempt: 2 });
    expect(drawn(told).join("\n")).not.toContain("%");
  });

  it("does not let a late will of an earlier session put a host to sleep", () => {
    const told = house();
    told.hear({ kind: "availability", host: rp4 }, { state: "offline", session: HUB });
    expect(told.sights.now(NOON).hosts[0]?.online).toBe(true);
  });
});

describe("status as JSON", () => {
  it("has these fields, which docs/cli.md promises", () => {
    const document = statusJson(house().sights.now(NOON)) as Record<string, unknown>;
    expect(Object.keys(document)).toEqual([
      ...["v", "at", "connected", "hub", "holds", "rollout", "hosts", "next", "unreadable"],
    ]);
    expect(document).toMatchObject({
      ...{ v: 1, hub: "online", rollout: { id: ROLLOUT, phase: "Progressing", title: "bump" } },
      hosts: [
        { host: "rp4", online: true, state: "Soaking", running: { title: "bump" } },
        { host: "nuc", running: { serial: serialAt(-1), title: null }, drift: ["current"] },
        { host: "x1", online: false, running: null, reportedAt: null },
      ],
    });
  });
});
