import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
}

/** What is fetched: neither one of our own rooms nor a package that lies inside another's archive. */
const fetched = Object.entries(
  (
    JSON.parse(readFileSync("package-lock.json", "utf8")) as {
      packages: Record<string, Locked>;
    }
  ).packages,
).filter(
  ([place, { link, inBundle }]) =>
    place.includes("node_modules/") && link !== true && inBundle !== true,
);

const placesWhere = (breaks: (locked: Locked) => boolean): string[] =>
  fetched.filter(([, locked]) => breaks(locked)).map(([place]) => place);

describe("package-lock.json", () => {
  // npm leaves it out for platforms that the lock was not written on; Nix fetches by nothing else.
  it("says of each package that is fetched which bytes it is, on every platform", () => {
    expect(fetched.length).toBeGreaterThan(300);
    expect(placesWhere(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual(
      [],
    );
  });

  it("says of none where it came from: that is whatever registry the reader has", () => {
    expect(placesWhere(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});
