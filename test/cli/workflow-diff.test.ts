import { describe, expect, test } from "vitest";
import { workflowDiff } from "../../src/cli/setup/workflow-diff.ts";
import { parseFleetName } from "../../src/contract/index.ts";

const HOME = parseFleetName("home");
const FILE = ".github/workflows/build.yml";
const step = (indent: string): string =>
  [
    "- uses: OWNER/nixwave@main # where you have Nixwave from",
    "  with:",
    "    spec: result",
    "    fleet: home",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own placeholder
    "    key: ${{ secrets.NIXWAVE_SIGNING_KEY }}",
  ]
    .map((line) => `${indent}${line}\n`)
    .join("");

const WORKFLOW = `jobs:
  build:
    steps:
      - uses: actions/checkout@v4
      - name: Deploy
        run: |
          cachix push someone result
          cachix deploy activate --async result
        env:
          CACHIX_ACTIVATE_TOKEN: x
      - run: echo done
`;

const GRANTED = `concurrency: deploy
${WORKFLOW.replace("    steps:", "    permissions:\n      contents: write\n    steps:")}`;
const said = (text: string): string => workflowDiff([{ file: FILE, text }], HOME);

describe("the change to a workflow", () => {
  test("stands behind the step that deploys with Cachix, indented alike", () => {
    expect(said(GRANTED)).toBe(`--- a/${FILE}
+++ b/${FILE}
@@ -11,4 +11,9 @@
           cachix deploy activate --async result
         env:
           CACHIX_ACTIVATE_TOKEN: x
${step("+      ")}       - run: echo done
`);
  });

  test("stands at the end where that step is the last", () => {
    const text = GRANTED.replace("      - run: echo done\n", "");
    expect(said(text)).toContain(`@@ -11,3 +11,8 @@\n`);
    expect(said(text).endsWith(`           CACHIX_ACTIVATE_TOKEN: x\n${step("+      ")}`)).toBe(
      true,
    );
  });

  test.each([
    ["a job that says nothing", WORKFLOW, "+    permissions:\n+      contents: write #"],
    [
      "a job that may only read",
      GRANTED.replace("contents: write", "contents: read"),
      "-      contents: read\n+      contents: write\n",
    ],
    [
      "a workflow that says something else",
      `permissions:\n  id-token: write\n${WORKFLOW}`,
      " permissions:\n+  contents: write\n   id-token: write\n",
    ],
  ])("lets %s write the release", (_what, text, change) => expect(said(text)).toContain(change));

  test.each(["permissions: read-all\n", "permissions: {}\n"])(
    "says so where it cannot: %s",
    (line) => {
      expect(said(`${line}${WORKFLOW}`)).toContain("# and `contents: write` under `permissions:`");
      expect(said(`permissions: write-all\n${WORKFLOW}`)).not.toContain("contents: write");
    },
  );

  test("lets one run at a time sign, where the workflow says nothing of it", () => {
    const line =
      "+concurrency: deploy # of two releases the one that is pushed last wins\n jobs:\n";
    expect(said(WORKFLOW)).toContain(line);
    expect(said(`permissions:\n  id-token: write\n${WORKFLOW}`)).toContain(line);
    expect(said(GRANTED)).not.toContain("+concurrency");
  });

  test("is none where the step is there already", () => {
    expect(said(`${WORKFLOW}${step("      ")}`)).toBe("");
  });

  test("is the step alone where no workflow deploys, nor one that did once, in a comment", () => {
    const comment = { file: FILE, text: "steps:\n  # - run: cachix deploy activate spec\n" };
    for (const workflows of [[], [comment]]) {
      const alone = workflowDiff(workflows, HOME);
      expect(alone).toContain(step("      "));
      expect(alone).not.toContain("@@");
    }
  });

  test("quotes a fleet's name that YAML would take for something else", () => {
    const alone = workflowDiff([], parseFleetName("github:someone/homelab"));
    expect(alone).toContain('fleet: "github:someone/homelab"\n');
  });
});
