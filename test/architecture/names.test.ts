import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { needs } from "../support/system-parts.ts";

const CODE_ROOMS = /^(src|agent|node-red-nodes|tools|test)\//;
const GENERATED = /\/generated\//;
const LINES_AT_MOST = 250;
/** One list each, without a decision in it: cutting it up would only hide a row. */
const LISTS = ["src/contract/error-table.ts", "src/cli/exit-status.ts"];

/** Names that say nothing about what is inside, so that everything ends up there. */
const EMPTY_NAMES = /^(utils?|helpers?|common|managers?|misc|services?|types)$/;

/** What ties a file to one machine or one registry. Written in pieces: this file is read too. */
const TIES = [
  ["a folder of somebody's checkout", new RegExp("(?<![\\w.@-])/work" + "/\\w")],
  [
    "somebody's home folder",
    new RegExp("/home" + "/[a-z]|/Users" + "/[a-z]|(?<![\\w./-])/root" + "/\\w"),
  ],
  ["a package registry", new RegExp("registry" + "\\.(npmjs|yarnpkg)\\.")],
  [
    "a package mirror",
    new RegExp("deb\\.debian" + "\\.org|archive\\.ubuntu" + "\\.com|node" + "source\\.com"),
  ],
] as const;

interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** All files but the ignored ones. An index of its own: the checkout may be an unpacked archive, or another user's. */
const listFiles = (): string[] => {
  const index = mkdtempSync(join(tmpdir(), "nixwave-names-"));
  try {
    execFileSync("git", ["init", "--quiet", "--bare", index]);
    const args = [
      `--git-dir=${index}`,
      "--work-tree=.",
      "ls-files",
      "-z",
      "--others",
      "--exclude-standard",
    ];
    return execFileSync("git", args, { encoding: "utf8" })
      .split("\0")
      .filter((file) => file !== "" && !file.endsWith("/"));
  } finally {
    rmSync(index, { recursive: true });
  }
};

const offendersOf = (
  files: readonly SourceFile[],
  breaks: (file: SourceFile) => boolean,
): string[] => files.filter(breaks).map(({ file }) => file);

describe.skipIf(needs("git").skip)("the files of this repository", () => {
  const files = listFiles().map((file) => ({ file, text: readFileSync(file, "utf8") }));
  const code = files.filter(
    ({ file }) => CODE_ROOMS.test(file) && /\.[cm]?[jt]s$/.test(file) && !GENERATED.test(file),
  );

  it("are there to be read", () => {
    expect(code.length).toBeGreaterThan(50);
  });

  it("have names that say what is inside", () => {
    const isEmpty = ({ file }: SourceFile): boolean =>
      file.split("/").some((part) => EMPTY_NAMES.test(part.replace(/\..*$/, "")));
    expect(offendersOf(files, isEmpty)).toEqual([]);
  });

  it(`are at most ${LINES_AT_MOST} lines long where they hold code`, () => {
    const long = code
      .map(({ file, text }) => ({ file, lines: text.split("\n").length - 1 }))
      .filter(({ file, lines }) => lines > LINES_AT_MOST && !LISTS.includes(file));
    expect(long).toEqual([]);
  });

  it("run all their tests: none is singled out", () => {
    const only = new RegExp("\\b(describe|it|test)(\\.\\w+)*\\.only" + "\\b");
    expect(offendersOf(code, ({ text }) => only.test(text))).toEqual([]);
  });

  it.each(TIES)("do not name %s", (_what, tie) => {
    const free = files.filter(({ file }) => file !== "package-lock.json");
    expect(offendersOf(free, ({ text }) => tie.test(text))).toEqual([]);
  });
});
