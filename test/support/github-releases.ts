import type { GitHubAnswer, GitHubRequest } from "./github-exchange.ts";

interface Asset {
  readonly id: number;
  name: string;
  readonly bytes: Buffer;
  readonly state: "uploaded" | "starter";
}

interface GitHubRelease {
  readonly id: number;
  readonly said: Readonly<Record<string, unknown>>;
  assets: Asset[];
}

const NOT_FOUND: GitHubAnswer = { status: 404, body: { message: "Not Found" } };
const EXISTS: GitHubAnswer = {
  status: 422,
  body: { message: "Validation Failed", errors: [{ code: "already_exists" }] },
};

/** Releases and assets of the double (docs.github.com/rest/releases). */
export class GitHubReleases {
  readonly #origins: () => readonly [api: string, storage: string];
  readonly #byTag = new Map<string, GitHubRelease>();
  #nextId = 1;

  constructor(origins: () => readonly [api: string, storage: string]) {
    this.#origins = origins;
  }

  answer({ method, path, headers, body }: GitHubRequest): GitHubAnswer | undefined {
    const [, tag] = /^\/releases\/tags\/([^/?]+)$/.exec(path) ?? [];
    if (method === "GET" && tag) return this.#release(decodeURIComponent(tag));
    if (method === "POST" && path === "/releases") return this.#make(JSON.parse(body.toString()));
    const [, asset] = /^\/releases\/assets\/(\d+)$/.exec(path) ?? [];
    if (asset) return this.#asset(Number(asset), { method, headers, body });
    const [, id, name] = /^\/uploads\/(\d+)\/assets\?name=(.+)$/.exec(path) ?? [];
    if (method !== "POST" || !id || !name) return undefined;
    return this.#upload(Number(id), decodeURIComponent(name), body);
  }

  /** What the storage has at a path. */
  bytesAt(path: string): Buffer | undefined {
    const [, id] = /^\/stored\/(\d+)/.exec(path) ?? [];
    return this.#assets().find((one) => one.id === Number(id))?.bytes;
  }

  /** What somebody downloads under a name. */
  download(tag: string, name: string): Buffer | undefined {
    return this.#byTag.get(tag)?.assets.find((one) => one.name === name)?.bytes;
  }

  /** Name and state of all, as an upload that broke off leaves them. */
  leave(tag: string, name: string, state: Asset["state"], bytes = Buffer.alloc(0)): void {
    this.#byTag.get(tag)?.assets.push({ id: this.#nextId++, name, bytes, state });
  }

  namesOf(tag: string): readonly string[] {
    return this.#byTag.get(tag)?.assets.map(({ name }) => name) ?? [];
  }

  saidOf(tag: string): Readonly<Record<string, unknown>> | undefined {
    return this.#byTag.get(tag)?.said;
  }

  #assets(): readonly Asset[] {
    return [...this.#byTag.values()].flatMap(({ assets }) => assets);
  }

  #release(tag: string): GitHubAnswer {
    const found = this.#byTag.get(tag);
    return found ? { status: 200, body: this.#shown(found) } : NOT_FOUND;
  }

  #make(said: Record<string, unknown>): GitHubAnswer {
    const tag = String(said["tag_name"]);
    if (this.#byTag.has(tag)) return EXISTS;
    const made: GitHubRelease = { id: this.#nextId++, said, assets: [] };
    this.#byTag.set(tag, made);
    return { status: 201, body: this.#shown(made) };
  }

  #shown({ id, said, assets }: GitHubRelease): unknown {
    const upload_url = `${this.#origins()[0]}/uploads/${id}/assets{?name,label}`;
    return { ...said, id, upload_url, assets: assets.map(shownAsset) };
  }

  #asset(id: number, { method, headers, body }: Omit<GitHubRequest, "path">): GitHubAnswer {
    const asset = this.#assets().find((one) => one.id === id);
    if (!asset) return NOT_FOUND;
    if (method === "DELETE") {
      for (const one of this.#byTag.values()) one.assets = one.assets.filter((a) => a !== asset);
      return { status: 204 };
    }
    if (method === "PATCH") {
      const { name } = JSON.parse(body.toString()) as { name: string };
      if (this.#assets().some((one) => one !== asset && one.name === name)) return EXISTS;
      asset.name = name;
      return { status: 200, body: shownAsset(asset) };
    }
    if (headers.accept !== "application/octet-stream")
      return { status: 200, body: shownAsset(asset) };
    return { status: 302, headers: { location: `${this.#origins()[1]}/stored/${id}?signature=x` } };
  }

  #upload(id: number, name: string, bytes: Buffer): GitHubAnswer {
    const release = [...this.#byTag.values()].find((one) => one.id === id);
    if (!release) return NOT_FOUND;
    if (release.assets.some((one) => one.name === name)) return EXISTS;
    const asset: Asset = { id: this.#nextId++, name, bytes, state: "uploaded" };
    release.assets.push(asset);
    return { status: 201, body: shownAsset(asset) };
  }
}

const shownAsset = ({ id, name, bytes, state }: Asset) => ({ id, name, state, size: bytes.length });
