import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Licences that let a home run, change and pass on the package with no duty but the notice. */
const ALLOWED = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
];

/** The packages that state something else, or nothing, with what was found and why it is fine. */
const REASONS: Readonly<Record<string, { readonly stated?: string; readonly reason: string }>> = {
  argparse: { stated: "Python-2.0", reason: "permissive, as Python itself" },
  "type-fest": { stated: "(MIT OR CC0-1.0)", reason: "taken under MIT" },
  npm: { stated: "Artistic-2.0", reason: "Node-RED starts it to install nodes; used unchanged" },
  "spdx-exceptions": {
    stated: "CC-BY-3.0",
    reason: "a list of names inside npm, unchanged and named",
  },
  "spdx-license-ids": {
    stated: "CC0-1.0",
    reason: "a list of names inside npm, in the public domain",
  },
  "qrcode-terminal": { reason: "states Apache 2.0 in the old list form" },
  busboy: { reason: "states MIT in the old list form" },
  streamsearch: { reason: "states MIT in the old list form" },
  "passport-http-bearer": { reason: "states MIT in the old list form" },
  "passport-oauth2-client-password": { reason: "states MIT in the old list form" },
  "passport-strategy": { reason: "states MIT in the old list form" },
  "cli-table": { reason: "states nothing in its manifest; its LICENSE file is MIT" },
  pause: { reason: "states nothing in its manifest; its Readme.md carries the MIT text" },
};

interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** What is installed where Nixwave runs: [name, licence] of each package that is not for development only. */
const runTimePackages = (): [string, string | undefined][] => {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  return Object.entries<LockedPackage>(lock.packages)
    .filter(([place, { dev, link }]) => place.includes("node_modules/") && !(dev || link))
    .map(([place, { license }]) => [place.replace(/^.*node_modules\//, ""), license]);
};

describe("the licences of what runs in a home", () => {
  const packages = runTimePackages();

  it("are permissive, or the package is listed with what it states and why that is fine", () => {
    expect(packages.length).toBeGreaterThan(0);
    const surprises = packages
      .filter(([, licence]) => !ALLOWED.includes(licence ?? ""))
      .filter(([name, licence]) => !(name in REASONS) || REASONS[name]?.stated !== licence);
    expect(surprises).toEqual([]);
  });

  it("need no reason for a package that is no longer there or that states a permissive one by now", () => {
    const inNeed = new Set(
      packages.filter(([, licence]) => !ALLOWED.includes(licence ?? "")).map(([name]) => name),
    );
    expect(Object.keys(REASONS).filter((name) => !inNeed.has(name))).toEqual([]);
  });
});
