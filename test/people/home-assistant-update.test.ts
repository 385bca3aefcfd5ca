import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_BASE, type Serial } from "../../src/contract/index.ts";
import { updatePublication, updateState } from "../../src/people/index.ts";
import { HOST_STATES, readReason } from "../../src/rollout/index.ts";
import { accepts, isUpdateState, RP4, update } from "./home-assistant-schemas.ts";
import { ENGLISH, GERMAN, HOMES } from "./scenes.ts";

describe("the state of an update entity", () => {
  test("has every key each time, and shows progress while the host is at work", () => {
    expect(updateState(update({}), ENGLISH)).toEqual({
      installed_version: "2026.07.14.120000000",
      latest_version: "2026.07.14.120001000",
      title: "nixpkgs bump",
      release_summary: "downloading",
      release_url: "https://ci.example.org/run/7",
      in_progress: true,
      update_percentage: 42,
    });
  });

  test.each([
    ["Staging", 30, true, 30],
    ["Soaking", null, true, null],
    ["Soaking", Number.NaN, true, null],
    ["Staging", 130, true, 100],
    ["Staging", -3, true, 0],
    ["Staged", 100, false, null],
    ["Unknown", 50, false, null],
    ["Succeeded", 100, false, null],
  ])("%s at %s %%", (state, percent, working, shown) => {
    const said = updateState(update({ percent, step: { state, why: null } }), ENGLISH);
    expect(said).toMatchObject({ in_progress: working, update_percentage: shown });
  });

  test("gives the reason first, and cuts it to what Home Assistant takes", () => {
    const step = { state: "Failed", why: readReason(`disk-full: ${"very ".repeat(90)}`) };
    const { release_summary } = updateState(update({ step }), GERMAN);
    expect(release_summary).toMatch(/^Der Datenträger des Hosts ist voll\. very/);
    expect(release_summary.length).toBeLessThanOrEqual(255);
  });

  test("tells the release's notes: what it changes on this host, in words", () => {
    const changes = {
      ...{ downloadBytes: 43_200_000, unpackedBytes: 1, packagesTotal: 7, unitsTotal: 2 },
      packages: [
        "home-assistant: 2024.1.5 -> 2024.2.0, +400.0 KiB",
        "openssl: 3.0.12 -> 3.0.13",
        "zlib: ∅ -> 1.3, +120.5 KiB",
        "linux: 6.1.70, 6.1.71 -> 6.1.74, -3.1 MiB",
      ],
      ...{ stop: [], restart: ["sshd.service", "mosquitto.service"], start: [], reload: [] },
    };
    const told = (home = ENGLISH, rest: Partial<typeof changes> = {}) =>
      updateState(update({ changes: { ...changes, ...rest } }), home).release_summary;
    expect(told()).toBe(
      "downloading. Packages: home-assistant: 2024.1.5 → 2024.2.0, openssl: 3.0.12 → 3.0.13, " +
        "zlib: ∅ → 1.3, linux: 6.1.70, 6.1.71 → 6.1.74 and 3 more. Restarts sshd, mosquitto. Fetches 41.2 MiB.",
    );
    expect(told(GERMAN)).toContain("Neu gestartet: sshd, mosquitto.");
    expect(told(ENGLISH, { packages: [], packagesTotal: 0, unitsTotal: 0 })).toBe(
      "downloading. Nothing else changes.",
    );
  });

  test("of a host that takes no part, without a release, without a run, still has every key", () => {
    const bare = { installed: null, latest: null, title: null, runUrl: null, step: null };
    const said = updateState(update({ ...bare, percent: null }), ENGLISH);
    expect(said).toEqual({
      installed_version: "unknown",
      latest_version: "unknown",
      title: "System",
      release_summary: "-",
      release_url: "",
      in_progress: false,
      update_percentage: null,
    });
    accepts(isUpdateState, said);
  });

  test("the schema refuses what Home Assistant discards", () => {
    const good = updateState(update({}), ENGLISH);
    expect(isUpdateState({ ...good, serial: 1 })).toBe(false);
    expect(isUpdateState({ ...good, title: null })).toBe(false);
    expect(isUpdateState({ ...good, release_summary: "x".repeat(256) })).toBe(false);
  });

  test("is one that Home Assistant accepts, whatever the host reports", () => {
    const text = fc.string({ unit: "binary", maxLength: 400 });
    const serial = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((ms) => ms as Serial);
    const updates = fc.record({
      host: fc.constant(RP4),
      installed: fc.option(serial),
      latest: fc.option(serial),
      title: fc.option(text),
      runUrl: fc.option(fc.webUrl()),
      step: fc.option(
        fc.record({
          state: fc.oneof(fc.constantFrom(...HOST_STATES), text),
          why: text.map(readReason),
        }),
      ),
      percent: fc.option(fc.double()),
      changes: fc.option(
        fc.record({
          ...{ downloadBytes: fc.nat(), unpackedBytes: fc.nat(), packagesTotal: fc.nat() },
          packages: fc.array(fc.string({ maxLength: 200 }), { maxLength: 24 }),
          stop: fc.array(fc.string({ maxLength: 60 })),
          restart: fc.array(fc.string({ maxLength: 60 })),
          ...{ start: fc.constant([]), reload: fc.constant([]), unitsTotal: fc.nat() },
        }),
      ),
    });
    fc.assert(
      fc.property(updates, fc.constantFrom(...HOMES), (one, home) => {
        const { payload, retain } = updatePublication(DEFAULT_BASE, one, home);
        expect(retain).toBe(true);
        accepts(isUpdateState, JSON.parse(payload));
        expect(payload).not.toMatch(/undefined|NaN|\[object/);
      }),
    );
  });
});
