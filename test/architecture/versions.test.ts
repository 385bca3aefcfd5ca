import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (file: string): string => readFileSync(file, "utf8");
const versionOf = (file: string): string => JSON.parse(read(file)).version;
const VERSION = versionOf("package.json");

it("every workspace has the version of the whole, in its manifest and in the lockfile", () => {
  const { workspaces } = JSON.parse(read("package.json")) as { workspaces: readonly string[] };
  expect(workspaces.length).toBeGreaterThan(0);
  const { version, packages } = JSON.parse(read("package-lock.json"));
  expect(version).toBe(VERSION);
  for (const place of ["", ...workspaces]) {
    expect([place, packages[place].version]).toEqual([place, VERSION]);
    if (place) expect([place, versionOf(`${place}/package.json`)]).toEqual([place, VERSION]);
  }
});

it("the Nix packages carry it in their names", () => {
  const names = globSync("nix/**/*.nix").flatMap((file) =>
    [...read(file).matchAll(/"nixwave[a-z-]*-(\d+\.\d+\.\d+[^"]*)"/g)].map(([, found]) => [
      file,
      found,
    ]),
  );
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter(([, found]) => found !== VERSION)).toEqual([]);
});

it("the README names the package that `npm run pack` makes of it", () => {
  const named = [...read("README.md").matchAll(/nixwave(?:-[a-z-]+)?-(\d+\.\d+\.\d+)\.tgz/g)];
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(([, found]) => found !== VERSION)).toEqual([]);
});

it("the changelog begins with what is not released, then has this version or is before the first", () => {
  const headings = [...read("CHANGELOG.md").matchAll(/^## \[([^\]]+)\](?: - (\S+))?$/gm)];
  const [first, second] = headings;
  expect(first?.[1]).toBe("Unreleased");
  if (second) {
    expect(second[1]).toBe(VERSION);
    expect(second[2]).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
  const parts = [...read("CHANGELOG.md").matchAll(/^### (.+)$/gm)].map(([, part]) => part);
  const known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
  expect(parts.filter((part) => !known.includes(String(part)))).toEqual([]);
});
