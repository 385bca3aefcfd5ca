import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { SECRET } from "../cli/signing-workshop.ts";
import { actionRig } from "./action-rig.ts";
import { embedded } from "./publish-workshop.ts";

const rig = actionRig();

describe("the action, where something is wrong", () => {
  test("takes its own release for its own where GitHub's answer was lost", async () => {
    await rig.run({ upload: "branch" });
    rig.github.trouble(/^PUT/, "lost");
    const ran = await rig.run({ upload: "branch" });
    expect(ran.log).toContain("trying again in");
    expect(ran.log).not.toContain("somebody else");
    expect(ran.status).toBe(0);
    const kept = rig.github.files.at("nixwave", "main.json");
    expect(kept).toEqual(await readFile(ran.outputs.release ?? ""));
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
    rig.github.trouble(/^GET \/releases\/tags/, answer);
    const ran = await rig.run({});
    expect(ran.log).toContain("trying again in");
    expect(ran.status).toBe(0);
  });

  test("does not sleep through a long rate limit, but says what GitHub answered", async () => {
    const headers = { "retry-after": "3600" };
    rig.github.trouble(/^GET/, { status: 403, headers, body: { message: "secondary rate limit" } });
    const ran = await rig.run({});
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
    if (status) rig.github.trouble(/^POST \/releases/, answer);
    const ran = await rig.run(given);
    expect(ran.log).toMatch(new RegExp(`^error\\[upload-refused\\]: .*${said.source}`, "m"));
    expect(ran.log).toMatch(/^::error title=nixwave::error\[upload-refused\]/m);
    expect([ran.status, ran.outputs, ran.summary]).toEqual([1, {}, ""]);
  });

  test("says that the broker refuses its password, and the upload stays", async () => {
    const place = await embedded();
    const ran = await rig.run({ broker: place.url, "broker-password": "another" });
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
    const ran = await rig.run(given);
    expect(ran.log).toContain("::error title=nixwave::");
    expect(ran.log).toContain(said);
    expect([ran.status, rig.github.requests]).toEqual([2, []]);
  });

  test.each([
    ["a pull request from a fork, which sees no secret", "pull_request", { key: "" }],
    ["a pull request that sees them all", "pull_request_target", {}],
  ])("signs nothing for %s, and says so without failing", async (_what, event, given) => {
    const ran = await rig.run(given, event);
    expect(ran.log).toBe(
      "::notice title=nixwave::skipped: nothing is signed for a pull request; a push to the branch that deploys is",
    );
    expect([ran.status, ran.outputs, rig.github.requests]).toEqual([0, {}, []]);
  });

  test("says of a key that is none what it should be, without showing it", async () => {
    const ran = await rig.run({ key: SECRET.slice(0, -8) });
    expect(ran.log).toContain("error[invalid-key]");
    expect(ran.status).toBe(2);
  });

  test("takes no command to the runner from a title", async () => {
    const ran = await rig.run({
      title: "x ##[error]y ::set-output name=url::z\n::error::in the body",
    });
    expect(ran.log).toContain("x ## [error]y");
    expect(ran.log).not.toMatch(/##\[error\]|^::/m);
    expect(ran.status).toBe(0);
  });

  test("takes a title of any length, cut between two characters", async () => {
    const ran = await rig.run({ title: "ü".repeat(300) });
    expect(ran.log).toContain(`: ${"ü".repeat(200)}\n`);
    expect(ran.status).toBe(0);
  });
});
