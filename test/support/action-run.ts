import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { parse } from "yaml";
import type { GitHubDouble } from "./github-double.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export const readAction = async (): Promise<Action> =>
  parse(await readFile(join(ROOT, "action.yml"), "utf8")) as Action;

interface Outputs {
  readonly url?: string;
  readonly serial?: string;
  readonly refresh?: string;
  readonly release?: string;
}

export interface ActionRan {
  readonly status: number;
  /** Standard output and standard error, as the job's log has them. */
  readonly log: string;
  readonly outputs: Outputs;
  readonly summary: string;
}

/**
 * Runs the action's last step as GitHub's runner does: `bash --noprofile --norc -eo pipefail` (docs.github.com, "Workflow syntax", `shell`), an
 * environment with nothing of ours but PATH, the step's `env` with its expressions replaced, and files for outputs and summary. A program in the
 * folder `bin` below `folder` is found before all others.
 * @param actionPath where the runner has unpacked the action
 */
export async function runAction(
  folder: string,
  github: GitHubDouble,
  given: Readonly<Record<string, string>>,
  event = "push",
  actionPath = ROOT,
): Promise<ActionRan> {
  const { inputs, runs } = await readAction();
  const step = runs.steps.find(({ id }) => id === "publish");
  if (!step?.run) throw new Error("action.yml has no step publish");
  const filled = (text: string): string =>
    text
      .replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_all, name: string) => {
        const input = inputs[name];
        if (!input) throw new Error(`action.yml has no input ${name}`);
        return given[name] ?? input.default ?? "";
      })
      .replace(/\$\{\{ github\.token \}\}/g, github.token);
  const [outputs, summary] = [join(folder, "outputs"), join(folder, "summary")];
  await Promise.all([writeFile(outputs, ""), writeFile(summary, "")]);
  await writeFile(join(folder, "step.sh"), step.run);
  const own = Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text)]);
  const ran = await execa(
    "bash",
    ["--noprofile", "--norc", "-eo", "pipefail", join(folder, "step.sh")],
    {
      cwd: folder,
      extendEnv: false,
      env: {
        ...runnerOf(folder, github),
        GITHUB_ACTION_PATH: actionPath,
        ...Object.fromEntries(own),
        GITHUB_EVENT_NAME: event,
        GITHUB_OUTPUT: outputs,
        GITHUB_STEP_SUMMARY: summary,
      },
      all: true,
      reject: false,
      stdin: "ignore",
    },
  );
  return {
    status: ran.exitCode ?? -1,
    log: ran.all,
    outputs: Object.fromEntries(
      (await readFile(outputs, "utf8"))
        .split("\n")
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    ),
    summary: await readFile(summary, "utf8"),
  };
}

/** What every job has (docs.github.com, "Variables reference"), as far as it could matter. */
const runnerOf = (folder: string, github: GitHubDouble) => ({
  CI: "true",
  GITHUB_ACTIONS: "true",
  GITHUB_API_URL: github.url,
  GITHUB_REPOSITORY: github.repository,
  GITHUB_RUN_ID: "4711",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
  GITHUB_WORKSPACE: folder,
  HOME: folder,
  NIX_CONFIG: "substituters =\nbuild-users-group =\n",
  PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:${process.env["PATH"]}`,
  RUNNER_TEMP: folder,
  ...{ key: "one of the workflow's own", token: "another", password: "a third" },
});
