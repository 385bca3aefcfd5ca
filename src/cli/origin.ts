import type { CommandIo } from "./command-io.ts";

/** Where a release comes from, as people will read it on their phones. */
export interface Origin {
  readonly title?: string;
  readonly rev?: string;
  readonly run?: string;
}

export interface GitHead {
  /** 40 hex digits. */
  readonly commit: string;
  /** Whether tracked files differ from it; its revision then ends in `-dirty`, as Nix writes it. */
  readonly dirty: boolean;
  readonly subject: string;
}

const TITLE_MAX_CHARACTERS = 200;

/**
 * What was said on the command line, else what GitHub Actions says, else what git says. Only what was said is
 * taken as it is (and refused by the statement's parser if it is malformed); what was found is made to fit.
 */
export function originOf(said: Origin, env: CommandIo["env"], head: GitHead | undefined): Origin {
  const rev = said.rev ?? env["GITHUB_SHA"] ?? (head && headRevision(head));
  const describesHead = head && rev && head.commit.startsWith(rev.replace(/-dirty$/, ""));
  const title = said.title ?? (describesHead ? asTitle(head.subject) : undefined);
  const run = said.run ?? githubRun(env);
  return {
    ...(title ? { title } : {}),
    ...(rev ? { rev } : {}),
    ...(run ? { run } : {}),
  };
}

const headRevision = ({ commit, dirty }: GitHead): string => (dirty ? `${commit}-dirty` : commit);

function githubRun(env: CommandIo["env"]): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  return server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined;
}

const asTitle = (subject: string): string =>
  [...subject.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]+/gu, " ").trim()]
    .slice(0, TITLE_MAX_CHARACTERS)
    .join("");
