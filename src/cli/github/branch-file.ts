import { createHash } from "node:crypto";
import { NixwaveError, parsePayload, type Release } from "../../contract/index.ts";
import type { GitHubApi, JsonObject } from "./github-api.ts";
import type { Shelf } from "./shelf.ts";

interface BranchFile {
  readonly repository: string;
  readonly branch: string;
  readonly file: string;
  /** `GITHUB_SERVER_URL`. */
  readonly serverUrl: string;
}

const CONFLICTS = [409, 422];

/**
 * A file on a branch of its own, by docs.github.com/rest/repos/contents. The file's blob id is sent with each replacement, so that
 * of two jobs only one wins; the branch is made without a parent, so that it carries none of the repository's history.
 */
export function openBranchFile(api: GitHubApi, place: BranchFile): Shelf {
  const { branch, file } = place;
  const contents = `/contents/${file.split("/").map(encodeURIComponent).join("/")}`;
  let sha: string | undefined;
  const read = async (): Promise<Release | undefined> => {
    const path = `${contents}?ref=${encodeURIComponent(branch)}`;
    const { status, said } = await api.json({ path, expected: [404] });
    sha = status === 404 ? undefined : textIn(said, "sha", file);
    if (status === 404) return undefined;
    return parsePayload("release", Buffer.from(textIn(said, "content", file), "base64"));
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (sha === undefined && (await madeBranch(api, branch, file, bytes))) return;
    const content = Buffer.from(bytes).toString("base64");
    const message = `Release ${file}`;
    const body = { message, content, branch, ...(sha && { sha }) };
    const call = { method: "PUT", path: contents, body, expected: CONFLICTS } as const;
    const { status, said } = await api.json(call);
    if (CONFLICTS.includes(status)) throw overtaken(file, said);
    const kept = (said["content"] as JsonObject | undefined)?.["sha"];
    if (kept !== blobId(bytes)) {
      throw new NixwaveError(
        "upload-failed",
        `GitHub keeps something else as ${file} on ${branch}`,
      );
    }
  };
  return { url: addressOf(place), read, write };
}

/** @returns false when the branch is there already */
async function madeBranch(
  api: GitHubApi,
  branch: string,
  file: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const path = `/git/ref/heads/${branch.split("/").map(encodeURIComponent).join("/")}`;
  const { status } = await api.call({ path, expected: [404] });
  if (status !== 404) return false;
  const entry = {
    path: file,
    mode: "100644",
    type: "blob",
    content: Buffer.from(bytes).toString(),
  };
  const post = async (to: string, body: JsonObject): Promise<string> => {
    const { said } = await api.json({ method: "POST", path: to, body });
    return textIn(said, "sha", to);
  };
  const tree = await post("/git/trees", { tree: [entry] });
  const commit = await post("/git/commits", { message: `Release ${file}`, tree, parents: [] });
  const ref = { ref: `refs/heads/${branch}`, sha: commit };
  const call = { method: "POST", path: "/git/refs", body: ref, expected: CONFLICTS } as const;
  const made = await api.json(call);
  if (CONFLICTS.includes(made.status)) throw overtaken(file, made.said);
  return true;
}

const overtaken = (file: string, { message }: JsonObject): NixwaveError =>
  new NixwaveError("publish-not-kept", `somebody else replaced ${file} meanwhile: ${message}`);

/** Git's own name of a file's content (git-scm.com/book, "Git Objects"). */
const blobId = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex");

function textIn(said: JsonObject, field: string, where: string): string {
  const value = said[field];
  if (typeof value === "string") return value;
  throw new NixwaveError("upload-failed", `GitHub says no ${field} of ${where}`);
}

function addressOf({ repository, branch, file, serverUrl }: BranchFile): string {
  return serverUrl === "https://github.com"
    ? `https://raw.githubusercontent.com/${repository}/${branch}/${file}`
    : `${serverUrl}/${repository}/raw/${branch}/${file}`;
}
