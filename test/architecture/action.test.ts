import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ACTION_METADATA } from "../support/action-metadata-schema.ts";
import type { Action } from "../support/action-run.ts";

const TEXT = readFileSync("action.yml", "utf8");
const SCRIPT = readFileSync("ci/publish.sh", "utf8");
const PAGE = readFileSync("docs/ci.md", "utf8");
const action = parse(TEXT, { strict: true, uniqueKeys: true }) as Action;
const validate = new Ajv({ allErrors: true }).compile(ACTION_METADATA);
const inOrder = (names: readonly string[]): string[] => names.toSorted((a, b) => (a < b ? -1 : 1));
const words = (text: string, form: RegExp): string[] =>
  inOrder([...new Set([...text.matchAll(form)].map(([, word = ""]) => word))]);
const envOfScript = Object.keys(action.runs.steps.find(({ id }) => id === "publish")?.env ?? {});

describe("action.yml", () => {
  it("is what GitHub's documentation allows, and nothing else", () => {
    validate(action);
    expect(validate.errors).toBeNull();
  });

  it("is that for the job without the key too", () => {
    validate(parse(readFileSync("ci/describe/action.yml", "utf8"), { strict: true }));
    expect(validate.errors).toBeNull();
  });

  it.each([
    ["an unknown key", { ...action, input: {} }],
    ["no description", { ...action, description: undefined }],
    ["a step without a shell", { ...action, runs: { using: "composite", steps: [{ run: "x" }] } }],
    [
      "a default that is no text",
      { ...action, inputs: { wait: { description: "x", default: false } } },
    ],
    [
      "an action without a version",
      { ...action, runs: { using: "composite", steps: [{ uses: "a/b" }] } },
    ],
  ])("would be refused with %s", (_what, broken) => {
    expect(validate(JSON.parse(JSON.stringify(broken)))).toBe(false);
  });

  it("uses each of its inputs, and no other", () => {
    expect(words(TEXT, /\binputs\.([\w-]+)/g)).toEqual(inOrder(Object.keys(action.inputs)));
  });

  it("gives its script each variable that it reads, and no other", () => {
    expect(words(SCRIPT, /\b((?:INPUT|SECRET)_[A-Z_]+)/g)).toEqual(inOrder(envOfScript));
  });

  it("puts what others wrote into no script: expressions stand in `env`, `with` and folders only", () => {
    for (const { run } of action.runs.steps) expect(run ?? "").not.toContain("${{");
  });

  it("shows secrets to no step but the last", () => {
    const secret = /inputs\.(key|token|broker-password)|github\.token/;
    const earlier = action.runs.steps.slice(0, -1).map((step) => JSON.stringify(step));
    expect(earlier.filter((step) => secret.test(step))).toEqual([]);
  });
});

describe("docs/ci.md", () => {
  const rows = (heading: string): string[] =>
    words(PAGE.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "", /^\| `([\w-]+)` \|/gm);

  it("lists every input and output of the action, and no other", () => {
    expect(rows("Inputs")).toEqual(inOrder(Object.keys(action.inputs)));
    expect(rows("Outputs")).toEqual(inOrder(Object.keys(action.outputs)));
  });

  it("shows workflows whose steps for the action give inputs that it has", () => {
    const blocks = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) =>
      parse(block),
    );
    const used = blocks
      .flatMap((block) => Object.values((block as { jobs?: object }).jobs ?? {}))
      .flatMap(({ steps }: { steps: readonly { uses?: string; with?: object }[] }) => steps)
      .filter(({ uses }) => uses?.includes("nixwave@"));
    expect(used.length).toBe(3);
    for (const { with: given = {} } of used) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });
});
