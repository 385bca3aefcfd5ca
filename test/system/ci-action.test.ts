import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parsePayload } from "../../src/contract/index.ts";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { DESCRIPTION, PUBLIC, SECRET } from "../cli/signing-workshop.ts";
import { smallStore } from "../cli/small-systems.ts";
import { type ActionRan, runAction } from "../support/action-run.ts";
import { GitHubDouble } from "../support/github-double.ts";
import { needs } from "../support/system-parts.ts";
import { embedded, PASSWORD, retained } from "./publish-workshop.ts";

describe("the action, as a runner runs it", () => {
  let workshop: Workshop;
  let github: GitHubDouble;

  beforeEach(async () => {
    workshop = await openWorkshop();
    github = await new GitHubDouble().start();
    await writeFile(workshop.at("description.json"), DESCRIPTION);
  });
  afterEach(async () => {
    await github[Symbol.asyncDispose]();
    await workshop.remove();
  });

  /** Whatever else it does: no secret in log, summary or outputs. */
  const run = async (given: Readonly<Record<string, string>>): Promise<ActionRan> => {
    const description = "spec" in given ? {} : { description: "description.json" };
    const secrets = { key: SECRET, "broker-password": PASSWORD };
    const ran = await runAction(workshop.folder, github, { ...description, ...secrets, ...given });
    const seed = (SECRET.split(":")[1] ?? "").slice(0, 40);
    for (const secret of [seed, github.token, PASSWORD]) {
      expect(`${ran.log}${ran.summary}${JSON.stringify(ran.outputs)}`).not.toContain(secret);
    }
    return ran;
  };
  /** Programs that write down their environment before they do what they always do. */
  const standBefore = async (names: readonly string[]): Promise<void> => {
    await mkdir(workshop.at("bin"));
    for (const name of names) {
      const seen = workshop.at(`seen-by-${name}`);
      const file = workshop.at(`bin/${name}`);
      await writeFile(file, `#!/bin/sh\nenv >> '${seen}'\nPATH=\${PATH#*:} exec ${name} "$@"\n`);
      await chmod(file, 0o755);
    }
  };
  const verify = (file: string) =>
    workshop.nixwave(["verify", file, "--key", PUBLIC, "--fleet", "home", "--channel", "main"]);

  test.skipIf(needs("nix").skip)(
    "describes with Nix, signs, and keeps the release as an asset, from spec and key alone",
    async () => {
      const store = smallStore(workshop.folder);
      await writeFile(workshop.at("result"), await store.specOf());
      const ran = await run({ spec: "result", store: store.url });
      expect(ran.log).toContain("4 new");
      expect(ran.status).toBe(0);
      const url = `https://github.com/${github.repository}/releases/download/nixwave/main.json`;
      expect(ran.outputs).toMatchObject({ url, refresh: "false" });
      expect(ran.summary).toContain("| nuc | first |");
      const kept = github.releases.download("nixwave", "main.json");
      expect(await readFile(ran.outputs.release ?? "")).toEqual(kept);
      expect((await verify(ran.outputs.release ?? "")).status).toBe(0);
      expect(github.releases.saidOf("nixwave")).toMatchObject({
        prerelease: true,
        make_latest: "false",
      });
      await store.loosen();
    },
  );

  test("signs on top of what is there, so that serials rise, and says that nothing changes", async () => {
    const first = await run({});
    const second = await run({ title: "again" });
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(second.outputs.refresh).toBe("true");
    expect(Number(second.outputs.serial)).toBeGreaterThan(Number(first.outputs.serial));
    expect(github.releases.namesOf("nixwave")).toEqual(["main.json"]);
    expect(github.shownToStorage.every((shown) => shown === undefined)).toBe(true);
    expect(github.shownToStorage.length).toBeGreaterThan(0);
  });

  test("keeps the release on a branch of its own, and replaces it there", async () => {
    const first = await run({ upload: "branch" });
    const second = await run({ upload: "branch", channel: "main", title: "two" });
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(first.outputs["url"]).toBe(
      `https://raw.githubusercontent.com/${github.repository}/nixwave/main.json`,
    );
    const kept = github.files.at("nixwave", "main.json");
    expect(kept).toEqual(await readFile(second.outputs.release ?? ""));
  });

  test("of two jobs at once on a branch, the later signs on top of the other", async () => {
    const [first, theirs] = [await run({ upload: "branch" }), await run({ upload: "branch" })];
    github.files.put("nixwave", "main.json", await readFile(first.outputs.release ?? ""));
    const newer = await readFile(theirs.outputs.release ?? "");
    github.before(/^PUT/, () => github.files.put("nixwave", "main.json", newer));
    const ran = await run({ upload: "branch" });
    expect(ran.log).toContain("somebody else uploaded meanwhile");
    expect(ran.status).toBe(0);
    expect(Number(ran.outputs.serial)).toBeGreaterThan(Number(theirs.outputs.serial));
    expect(github.requests.filter((one) => one.startsWith("PUT"))).toHaveLength(3);
  });

  test("goes on where an upload was stopped, and clears what it left", async () => {
    await run({});
    github.releases.leave("nixwave", "next-main.json", "starter");
    const ran = await run({});
    expect([ran.status, github.releases.namesOf("nixwave")]).toEqual([0, ["main.json"]]);
  });

  test("keeps what an upload that was stopped had brought, until its own is there", async () => {
    await run({});
    const refused = { status: 400, body: { message: "no" } };
    github.trouble(/^PATCH/, refused);
    expect((await run({})).status).toBe(1);
    expect(github.releases.namesOf("nixwave")).toEqual(["next-main.json"]);
    const left = github.releases.download("nixwave", "next-main.json");
    github.trouble(/^POST \/uploads/, refused);
    expect((await run({})).status).toBe(1);
    expect(github.releases.download("nixwave", "next-main.json")).toEqual(left);
    const ran = await run({});
    expect([ran.status, github.releases.namesOf("nixwave")]).toEqual([0, ["main.json"]]);
  });

  test("takes its own release for its own where GitHub's answer was lost", async () => {
    await run({ upload: "branch" });
    github.trouble(/^PUT/, "lost");
    const ran = await run({ upload: "branch" });
    expect(ran.log).toContain("trying again in");
    expect(ran.log).not.toContain("somebody else");
    expect(ran.status).toBe(0);
    const kept = github.files.at("nixwave", "main.json");
    expect(kept).toEqual(await readFile(ran.outputs.release ?? ""));
  });

  test("replaces what is there but is no release, and says so", async () => {
    github.files.put("nixwave", "main.json", Buffer.from("<html>"));
    const ran = await run({ upload: "branch" });
    expect(ran.log).toContain("is no release: not-json");
    expect(
      parsePayload("release", github.files.at("nixwave", "main.json") ?? Buffer.of()),
    ).toBeDefined();
  });

  test.each([
    ["a server's failure", { status: 502, headers: { "retry-after": "0" }, body: "<html>" }],
    ["a cut connection", "cut"],
    ["a rate limit", { status: 429, headers: { "retry-after": "0" } }],
    [
      "a used up hour",
      {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" },
        body: { message: "API rate limit exceeded" },
      },
    ],
  ] as const)("tries again after %s", async (_what, answer) => {
    github.trouble(/^GET \/releases\/tags/, answer);
    const ran = await run({});
    expect(ran.log).toContain("trying again in");
    expect(ran.status).toBe(0);
  });

  test("does not sleep through a long rate limit, but says what GitHub answered", async () => {
    const headers = { "retry-after": "3600" };
    github.trouble(/^GET/, { status: 403, headers, body: { message: "secondary rate limit" } });
    const ran = await run({});
    expect(ran.log).toMatch(/^error\[upload-failed\]: .*403 .*secondary rate limit/m);
    expect(ran.status).toBe(1);
  });

  test.each([
    [
      "a token that GitHub does not know",
      { token: "ghs_other" },
      null,
      /401.*Bad credentials.*token is wrong/,
    ],
    ["a job that may not write", {}, 403, /403.*not accessible.*contents: write/],
    ["a repository that it does not see", {}, 404, /404.*someone\/homelab/],
  ])("is refused for %s, with the way out", async (_what, given, status, said) => {
    const answer = {
      status: status ?? 0,
      body: { message: "Resource not accessible by integration" },
    };
    if (status) github.trouble(/^POST \/releases/, answer);
    const ran = await run(given);
    expect(ran.log).toMatch(new RegExp(`^error\\[upload-refused\\]: .*${said.source}`, "m"));
    expect(ran.log).toMatch(/^::error title=nixwave::error\[upload-refused\]/m);
    expect([ran.status, ran.outputs, ran.summary]).toEqual([1, {}, ""]);
  });

  test("brings the same release to the home's broker too, with the account of ci", async () => {
    const place = await embedded();
    const ran = await run({ broker: place.url, "broker-password": PASSWORD });
    expect(ran.log).toContain("announced and read back");
    expect(ran.status).toBe(0);
    const bytes = await readFile(ran.outputs.release ?? "");
    expect(await retained(place)).toEqual(parsePayload("release", bytes));
    await place.stop();
  });

  test("gives each program only the secrets that it needs, and runs the one that it is told to", async () => {
    const program = workshop.at("stand-in-for-nixwave");
    await writeFile(program, '#!/bin/sh\nenv > "seen-by-$1"\n');
    await chmod(program, 0o755);
    await standBefore(["mktemp", "tee"]);
    const ran = await run({ nixwave: program, broker: "mqtt://nowhere" });
    expect(ran.status).toBe(0);
    const held = async (name: string): Promise<readonly boolean[]> => {
      const env = await readFile(workshop.at(`seen-by-${name}`), "utf8");
      return [SECRET, github.token, PASSWORD].map((secret) => env.includes(secret));
    };
    expect(await held("upload")).toEqual([true, true, false]);
    expect(await held("announce")).toEqual([false, false, true]);
    for (const name of ["mktemp", "tee"]) expect(await held(name)).toEqual([false, false, false]);
  });

  test("ends with the verdict's exit status when it waits, and the upload stays", async () => {
    const place = await embedded();
    const ran = await run({ broker: place.url, wait: "true", timeout: "1s" });
    expect(ran.log).toContain("verdict: no hub");
    expect(ran.status).toBe(6);
    expect(github.releases.download("nixwave", "main.json")).toBeDefined();
    await place.stop();
  });

  test("says that the broker refuses its password, and the upload stays", async () => {
    const place = await embedded();
    const ran = await run({ broker: place.url, "broker-password": "another" });
    expect(ran.log).toMatch(/^error\[broker-bad-credentials\]/m);
    expect(ran.log).toMatch(/^::error title=nixwave::error\[broker-bad-credentials\]/m);
    expect([ran.status, ran.outputs.url]).toEqual([3, expect.stringContaining("main.json")]);
    await place.stop();
  });

  test.each([
    [{ key: "" }, "the input key is empty"],
    [{ description: "" }, "the input spec is missing"],
    [{ spec: "description.json", description: "description.json" }, "either spec or description"],
    [{ spec: "result" }, "there is no file result"],
    [{ upload: "none" }, "upload: none without broker"],
    [{ upload: "ftp" }, "asset, branch or none"],
    [{ wait: "true" }, "wait needs broker"],
    [{ wait: "maybe" }, "true or false"],
    [{ token: "" }, "the input token is empty"],
  ])("refuses %j before it signs anything", async (given: Record<string, string>, said) => {
    const ran = await run(given);
    expect(ran.log).toContain("::error title=nixwave::");
    expect(ran.log).toContain(said);
    expect([ran.status, github.requests]).toEqual([2, []]);
  });

  test("says of a key that is none what it should be, without showing it", async () => {
    const ran = await run({ key: SECRET.slice(0, -8) });
    expect(ran.log).toContain("error[invalid-key]");
    expect(ran.status).toBe(2);
  });

  test("takes no command to the runner from a title", async () => {
    const ran = await run({ title: "x ##[error]y ::set-output name=url::z\n::error::in the body" });
    expect(ran.log).toContain("x ## [error]y");
    expect(ran.log).not.toMatch(/##\[error\]|^::/m);
    expect(ran.status).toBe(0);
  });

  test("takes a title of any length, cut between two characters", async () => {
    const ran = await run({ title: "ü".repeat(300) });
    expect(ran.log).toContain(`: ${"ü".repeat(200)}\n`);
    expect(ran.status).toBe(0);
  });
});
