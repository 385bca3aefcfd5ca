import { parseArgs } from "node:util";
import { isCi } from "./system-parts.ts";

export const PROJECTS = ["unit", "system", "deep"] as const;
export type Project = (typeof PROJECTS)[number];

export interface Options {
  readonly help: boolean;
  readonly projects: readonly Project[];
  /** No further deep file is started after so many seconds. */
  readonly seconds: number;
  readonly ci: boolean;
  readonly noInstall: boolean;
}

export const HELP = `npm test: run the tests, first bringing the programs they start.

  npm test                          the projects unit and system
  npm run test:deep                 these and deep, the long matrices
  npm test -- --only unit           one project: unit, system or deep
  npm run test:deep -- --seconds 300
                                    start no further deep file after 300 seconds
  npm test -- --help                this text

  NIXWAVE_NO_INSTALL=1   never install packages; say what is missing instead
  CI=true                a missing program fails the run instead of leaving tests out
  NO_COLOR=1             no colours

On Debian and Ubuntu, root gets missing programs with apt-get, after being told which. On NixOS:
nix develop -c sh -c 'npm ci && npm test'. One file: npx vitest run --project unit FILE.
The last line is "N passed, N failed"; the exit status is 0 only when nothing failed.
`;

/** A wrong command line or environment: shown without a stack, exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const readArguments = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        deep: { type: "boolean", default: false },
        only: { type: "string" },
        seconds: { type: "string" },
      },
    });
  } catch (cause) {
    const flag = /'([^' ]+)/.exec(cause instanceof Error ? cause.message : "")?.[1] ?? "a flag";
    throw new UsageError(`${flag} is not understood, or lacks its value`, { cause });
  }
};

const chooseProjects = (only: string | undefined, deep: boolean): readonly Project[] => {
  if (only === undefined) {
    return deep ? PROJECTS : PROJECTS.filter((project) => project !== "deep");
  }
  const project = PROJECTS.find((known) => known === only);
  if (project === undefined) {
    throw new UsageError(`--only ${only}: the projects are ${PROJECTS.join(", ")}`);
  }
  return [project];
};

const readSeconds = (text: string | undefined): number => {
  if (text === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  if (!/^\d{1,6}$/.test(text)) {
    throw new UsageError(`--seconds ${text}: a whole number of seconds is needed`);
  }
  return Number(text);
};

const readSwitch = (name: string, value: string | undefined): boolean => {
  if (value === undefined || value === "" || value === "0") {
    return false;
  }
  if (value !== "1") {
    throw new UsageError(`${name}=${value}: the value is 1, or the variable is not set`);
  }
  return true;
};

export const parseOptions = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options => {
  const { values, positionals } = readArguments(argv);
  if (positionals.length > 0) {
    throw new UsageError(
      `${positionals.join(" ")}: for one file run npx vitest run --project unit FILE`,
    );
  }
  return {
    help: values.help,
    projects: chooseProjects(values.only, values.deep),
    seconds: readSeconds(values.seconds),
    ci: isCi(env["CI"]),
    noInstall: readSwitch("NIXWAVE_NO_INSTALL", env["NIXWAVE_NO_INSTALL"]),
  };
};
