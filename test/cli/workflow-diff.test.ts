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

describe("the change to a workflow", () => {
  test("stands behind the step that deploys with Cachix, indented alike", () => {
    const said = workflowDiff([{ file: FILE, text: WORKFLOW }], HOME);
    expect(said).toBe(`--- a/${FILE}
+++ b/${FILE}
@@ -8,4 +8,9 @@
           cachix deploy activate --async result
         env:
           CACHIX_ACTIVATE_TOKEN: x
${step("+      ")}       - run: echo done
# and \`contents: write\` under \`permissions:\` of that job
`);
  });

  test("stands at the end where that step is the last", () => {
    const text = WORKFLOW.replace("      - run: echo done\n", "");
    const said = workflowDiff([{ file: FILE, text }], HOME);
    expect(said).toContain(`@@ -8,3 +8,8 @@\n`);
    expect(said).toContain(`           CACHIX_ACTIVATE_TOKEN: x\n${step("+      ")}#`);
  });

  test("is the step alone where no workflow deploys, nor one that did once, in a comment", () => {
    const comment = { file: FILE, text: "steps:\n  # - run: cachix deploy activate spec\n" };
    for (const workflows of [[], [comment]]) {
      const said = workflowDiff(workflows, HOME);
      expect(said).toContain(step("      "));
      expect(said).not.toContain("@@");
    }
  });

  test("quotes a fleet's name that YAML would take for something else", () => {
    const said = workflowDiff([], parseFleetName("github:someone/homelab"));
    expect(said).toContain('fleet: "github:someone/homelab"\n');
  });
});
