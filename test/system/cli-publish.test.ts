import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodePayload, parsePayload, type Release } from "../../src/contract/index.ts";
import {
  at,
  openPublishWorkshop,
  PLACES,
  type Place,
  type PublishWorkshop,
  retained,
  SIGNED,
  withoutNix,
} from "./publish-workshop.ts";

let workshop: PublishWorkshop;
beforeAll(async () => {
  workshop = await openPublishWorkshop();
});
afterAll(() => workshop.remove());

describe.skipIf(withoutNix)("publishing four hosts", () => {
  describe.each(PLACES.filter(([, missing]) => !missing))("to %s", (_name, _missing, start) => {
    let place: Place;
    beforeAll(async () => {
      place = await start();
      return () => place.stop();
    });

    test("a dry run says what would happen and publishes nothing", async () => {
      const ran = await workshop.publish(place, ["--dry-run", "--title", "x ##[error]y"]);
      expect(ran.stderr).toBe("");
      expect(ran.stdout).toContain(": x ## [error]y\n"); // which GitHub's runner does not obey
      expect(ran.stdout).toContain("dry run: nothing was published");
      expect(ran.stdout.match(/ new /g)).toHaveLength(4);
      expect(await retained(place)).toBeUndefined();
    });

    test("verify reads back what publish published", async () => {
      const ran = await workshop.publish(place, ["--title", "nixpkgs bump"]);
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      expect(ran.stdout).toContain(`published and read back on ${place.url}`);
      const seen = await workshop.verify(place);
      expect([seen.status, seen.stderr]).toEqual([0, ""]);
      for (const host of ["nuc", "rp3", "rp4", "x1"]) {
        expect(seen.stdout).toMatch(
          new RegExp(`^${host} .*in 90 days +ci-1 +accepted +nixpkgs bump$`, "m"),
        );
      }
    });

    test("the same closures again are a refresh under a higher serial", async () => {
      const before = await workshop.verify(place, ["--json"]);
      const ran = await workshop.publish(place, ["--json"]);
      const said = JSON.parse(ran.stdout) as {
        refresh: boolean;
        serial: number;
        hosts: { change: string }[];
      };
      expect(said.refresh).toBe(true);
      expect(said.hosts.map(({ change }) => change)).toEqual(Array(4).fill("refreshed"));
      const [first] = (JSON.parse(before.stdout) as { hosts: { statement: { serial: number } }[] })
        .hosts;
      expect(said.serial).toBeGreaterThan(first?.statement.serial ?? Number.POSITIVE_INFINITY);
    });

    test("--only signs one host and leaves the others' statements as they are", async () => {
      const before = await retained(place);
      const spec = await workshop.store.specOf({ rp4: "2", x1: "2" });
      const ran = await workshop.nixwave(
        ["publish", "-", "--store", workshop.store.url, ...SIGNED, ...at(place), "--only", "rp4"],
        { stdin: spec, env: place.env },
      );
      expect(ran.stderr).toBe("");
      expect(ran.stdout).toMatch(/rp4 +changed/);
      expect(ran.stdout).toMatch(/x1 +carried over/);
      const after = await retained(place);
      const [nuc, rp3, rp4, x1] = [0, 1, 2, 3];
      for (const host of [nuc, rp3, x1]) {
        expect(after?.statements[host]).toEqual(before?.statements[host]);
      }
      expect(after?.statements[rp4]).not.toEqual(before?.statements[rp4]);
      expect((await workshop.verify(place)).status).toBe(0);
    });

    test("describe, sign and announce in three steps say the same; going back is refused", async () => {
      const step = (name: string, ...args: readonly string[]) =>
        workshop.nixwave([name, ...args], { env: place.env });
      const name = (suffix: string) => `${new URL(place.url).port}-${suffix}.json`;
      await writeFile(
        workshop.at(name("before")),
        encodePayload("release", (await retained(place)) as Release),
      );
      const description = [
        "describe",
        "spec.json",
        "--store",
        workshop.store.url,
        "--out",
        name("d"),
      ] as const;
      expect((await step(...description)).status).toBe(0);
      const sign = [
        "sign",
        name("d"),
        ...SIGNED,
        "--previous",
        name("before"),
        "--out",
        name("r"),
      ] as const;
      expect((await step(...sign)).status).toBe(0);
      const announce = (file: string) =>
        step("announce", file, ...at(place), "--trusted", "ci-1.public");
      expect((await announce(name("r"))).stdout).toContain("announced and read back: 4 hosts");
      expect(parsePayload("release", await readFile(workshop.at(name("r"))))).toEqual(
        await retained(place),
      );
      const again = await announce(name("r"));
      expect([again.status, again.stdout.startsWith("already announced")]).toEqual([0, true]);
      const back = await announce(name("before"));
      expect([back.status, back.stderr.includes("error[serial-not-rising]")]).toEqual([1, true]);
    });

    test("of two publishers at once both are told the truth, and one release stands", async () => {
      const twice = ["--json", "--timeout", "5s"];
      const both = await Promise.all([
        workshop.publish(place, twice),
        workshop.publish(place, twice),
      ]);
      expect(both.map(({ status, stderr }) => [status, stderr.includes("error[")])).toEqual([
        [0, false],
        [0, false],
      ]);
      const serials = both.map(({ stdout }) => (JSON.parse(stdout) as { serial: number }).serial);
      const seen = await workshop.verify(place, ["--json"]);
      const { hosts } = JSON.parse(seen.stdout) as { hosts: { statement: { serial: number } }[] };
      expect(seen.status).toBe(0);
      for (const { statement } of hosts) expect(serials).toContain(statement.serial);
    });
  });
});
