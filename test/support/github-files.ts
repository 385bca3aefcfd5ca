import { createHash } from "node:crypto";
import type { GitHubAnswer, GitHubRequest } from "./github-exchange.ts";

const NOT_FOUND: GitHubAnswer = { status: 404, body: { message: "Not Found" } };

interface Tree {
  readonly tree: readonly { readonly path: string; readonly content: string }[];
}

/** Branches and their files in the double (docs.github.com/rest/repos/contents and rest/git). */
export class GitHubFiles {
  readonly #branches = new Map<string, Map<string, Buffer>>();
  /** Trees and commits that no branch names yet, by their made-up ids. */
  readonly #loose = new Map<string, Map<string, Buffer>>();

  answer({ method, path, body }: GitHubRequest): GitHubAnswer | undefined {
    const [, file, ref] = /^\/contents\/([^?]+)(?:\?ref=(.+))?$/.exec(path) ?? [];
    if (file && method === "GET") return this.#read(decodeURIComponent(ref ?? ""), file);
    const said = body.length > 0 ? JSON.parse(body.toString()) : {};
    if (file && method === "PUT") return this.#write(file, said);
    const [, head] = /^\/git\/ref\/heads\/(.+)$/.exec(path) ?? [];
    if (head) return this.#branches.has(head) ? { status: 200, body: { ref: head } } : NOT_FOUND;
    if (method !== "POST") return undefined;
    if (path === "/git/trees") return this.#keepTree(said as Tree);
    if (path === "/git/commits") return this.#keep(this.#loose.get(said.tree));
    return path === "/git/refs" ? this.#point(said.ref, said.sha) : undefined;
  }

  at(branch: string, file: string): Buffer | undefined {
    return this.#branches.get(branch)?.get(file);
  }

  /** As another job does, behind everybody's back. */
  put(branch: string, file: string, bytes: Buffer): void {
    const files = this.#branches.get(branch) ?? new Map<string, Buffer>();
    this.#branches.set(branch, files.set(file, bytes));
  }

  #read(branch: string, file: string): GitHubAnswer {
    const bytes = this.at(branch, file);
    if (!bytes) return NOT_FOUND;
    // GitHub breaks base64 into lines.
    const content = bytes.toString("base64").replace(/.{60}/g, "$&\n");
    return { status: 200, body: { sha: blobId(bytes), encoding: "base64", content } };
  }

  #write(
    file: string,
    said: { readonly branch: string; readonly content: string; readonly sha?: string },
  ): GitHubAnswer {
    const files = this.#branches.get(said.branch);
    if (!files) return { status: 404, body: { message: `Branch ${said.branch} not found` } };
    const before = files.get(file);
    if (before && said.sha === undefined) {
      return { status: 422, body: { message: `"sha" wasn't supplied.` } };
    }
    if (before && said.sha !== blobId(before)) {
      return { status: 409, body: { message: `${file} does not match ${said.sha}` } };
    }
    const bytes = Buffer.from(said.content, "base64");
    files.set(file, bytes);
    return { status: before ? 200 : 201, body: { content: { sha: blobId(bytes) } } };
  }

  #keepTree({ tree }: Tree): GitHubAnswer {
    return this.#keep(new Map(tree.map(({ path, content }) => [path, Buffer.from(content)])));
  }

  #keep(files: Map<string, Buffer> | undefined): GitHubAnswer {
    if (!files) return { status: 422, body: { message: "Tree SHA does not exist" } };
    const sha = createHash("sha1").update(String(this.#loose.size)).digest("hex");
    this.#loose.set(sha, files);
    return { status: 201, body: { sha } };
  }

  #point(ref: string, sha: string): GitHubAnswer {
    const branch = ref.replace("refs/heads/", "");
    const files = this.#loose.get(sha);
    if (this.#branches.has(branch) || !files) {
      return { status: 422, body: { message: "Reference already exists" } };
    }
    this.#branches.set(branch, files);
    return { status: 201, body: { ref } };
  }
}

const blobId = (bytes: Buffer): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
