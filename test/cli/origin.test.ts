import { describe, expect, test } from "vitest";
import { originOf } from "../../src/cli/origin.ts";

const COMMIT = "26bb7d5c0ffee0000000000000000000000000ab";
const HEAD = { commit: COMMIT, dirty: false, subject: "nixpkgs: bump" };
const GITHUB = {
  GITHUB_SHA: COMMIT,
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "someone/homelab",
  GITHUB_RUN_ID: "42",
};

describe("where a release comes from", () => {
  test("is git's HEAD when nothing else is said", () => {
    expect(originOf({}, {}, HEAD)).toEqual({ rev: COMMIT, title: "nixpkgs: bump" });
  });

  test("is marked dirty when tracked files differ from HEAD", () => {
    expect(originOf({}, {}, { ...HEAD, dirty: true }).rev).toBe(`${COMMIT}-dirty`);
  });

  test("is GitHub's run when it runs there, with the subject of that very commit", () => {
    expect(originOf({}, GITHUB, HEAD)).toEqual({
      rev: COMMIT,
      title: "nixpkgs: bump",
      run: "https://github.com/someone/homelab/actions/runs/42",
    });
  });

  test("has no title from a checkout of another commit", () => {
    const elsewhere = { ...HEAD, commit: "f".repeat(40) };
    expect(originOf({}, GITHUB, elsewhere).title).toBeUndefined();
    expect(originOf({ rev: "v1.2" }, {}, HEAD).title).toBeUndefined();
    expect(originOf({ rev: COMMIT.slice(0, 8) }, {}, HEAD).title).toBe("nixpkgs: bump");
  });

  test("is what was said, before anything that was found", () => {
    const said = { title: "by hand", rev: "r1", run: "https://ci/1" };
    expect(originOf(said, GITHUB, HEAD)).toEqual(said);
  });

  test("is empty where nothing is known", () => {
    expect(originOf({}, {}, undefined)).toEqual({});
  });

  test("cleans a commit's subject so that a statement can carry it", () => {
    const subject = `tab\there \u001b[31mred\u202e ${"x".repeat(300)}`;
    const { title = "" } = originOf({}, {}, { ...HEAD, subject });
    expect(title).toMatch(/^tab here {1,2}\[31mred {1,2}x+$/);
    expect([...title]).toHaveLength(200);
  });
});
