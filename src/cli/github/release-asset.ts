import { NixwaveError, parsePayload, type Release } from "../../contract/index.ts";
import type { GitHubApi, JsonObject } from "./github-api.ts";
import type { Shelf } from "./shelf.ts";

interface AssetPlace {
  readonly repository: string;
  readonly tag: string;
  /** The asset's name. */
  readonly file: string;
  readonly serverUrl: string;
}

interface Asset {
  readonly id: number;
  readonly name: string;
  /** False for what GitHub calls a `starter`: an upload that broke off. */
  readonly isWhole: boolean;
}

interface FoundRelease {
  /** Without its template `{?name,label}`. */
  readonly uploadUrl: string;
  readonly assets: readonly Asset[];
}

/**
 * An asset of one GitHub release that stays, by docs.github.com/rest/releases. Assets cannot be replaced: the new one is uploaded
 * whole under another name, then takes the place of the old one, so that a job that is stopped loses neither. A hub that asks in
 * that moment reads 404, which is "none yet".
 */
export function openReleaseAsset(api: GitHubApi, place: AssetPlace): Shelf {
  const { tag, file } = place;
  const next = `next-${file}`;
  let seen: number | undefined;
  const assetsOf = (found: FoundRelease | undefined, name: string): readonly Asset[] =>
    found?.assets.filter((one) => one.name === name) ?? [];
  /** An upload that was stopped between its last two steps left the newer one under its other name. */
  const currentIn = (found: FoundRelease | undefined): Asset | undefined =>
    [...assetsOf(found, file), ...assetsOf(found, next)].find(({ isWhole }) => isWhole);
  const read = async (): Promise<Release | undefined> => {
    const asset = currentIn(await findRelease(api, tag));
    seen = asset?.id;
    if (asset === undefined) return undefined;
    const path = `/releases/assets/${asset.id}`;
    const { bytes } = await api.call({ path, accept: "application/octet-stream" });
    return parsePayload("release", bytes);
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    const found = await findRelease(api, tag);
    if (currentIn(found)?.id !== seen) {
      throw new NixwaveError("publish-not-kept", `somebody else replaced ${file} meanwhile`);
    }
    const release = found ?? (await makeRelease(api, tag));
    // The one that can be read now goes last.
    const isThere = assetsOf(release, file).some(({ isWhole }) => isWhole);
    const [name, other] = isThere ? [next, file] : [file, next];
    await removeAll(api, assetsOf(release, name));
    seen = await upload(api, release, place, name, bytes);
    await removeAll(api, assetsOf(release, other));
    if (name === file) return;
    await api.call({ method: "PATCH", path: `/releases/assets/${seen}`, body: { name: file } });
  };
  const { repository, serverUrl } = place;
  return { url: `${serverUrl}/${repository}/releases/download/${tag}/${file}`, read, write };
}

async function findRelease(api: GitHubApi, tag: string): Promise<FoundRelease | undefined> {
  const path = `/releases/tags/${encodeURIComponent(tag)}`;
  const { status, said } = await api.json({ path, expected: [404] });
  return status === 404 ? undefined : releaseIn(said);
}

/** Marked as a prerelease and never "latest": it is a place, not a version of what the repository holds. */
async function makeRelease(api: GitHubApi, tag: string): Promise<FoundRelease> {
  const about =
    "What Nixwave may run on the machines of this home, signed. The hub fetches it from here.";
  const body = { tag_name: tag, name: tag, body: about, prerelease: true, make_latest: "false" };
  const path = "/releases";
  const { status, said } = await api.json({ method: "POST", path, body, expected: [422] });
  // Also after a first try whose answer was lost.
  const found = status === 422 ? await findRelease(api, tag) : releaseIn(said);
  if (found) return found;
  throw new NixwaveError("upload-refused", `GitHub makes no release ${tag}: ${said["message"]}`);
}

async function upload(
  api: GitHubApi,
  { uploadUrl }: FoundRelease,
  { tag }: AssetPlace,
  name: string,
  bytes: Uint8Array,
): Promise<number> {
  const path = `${uploadUrl}?name=${encodeURIComponent(name)}`;
  const post = { method: "POST", path, body: bytes, expected: [422] } as const;
  let { status, said } = await api.json(post);
  if (status === 422) {
    // A try whose answer was lost or was 502 has left something under this name.
    const again = await findRelease(api, tag);
    await removeAll(api, again?.assets.filter((one) => one.name === name) ?? []);
    ({ status, said } = await api.json(post));
  }
  if (status === 422) {
    const why = `GitHub does not take ${name}: ${said["message"]}; are this repository's releases immutable?`;
    throw new NixwaveError("upload-refused", why);
  }
  // "may leave an empty asset with a state of starter" (docs.github.com/rest/releases/assets)
  if (said["state"] !== "uploaded" || said["size"] !== bytes.byteLength) {
    throw new NixwaveError(
      "upload-failed",
      `GitHub kept ${said["size"]} of ${bytes.byteLength} bytes`,
    );
  }
  return numberIn(said, "id");
}

const removeAll = async (api: GitHubApi, assets: readonly Asset[]): Promise<void> => {
  for (const { id } of assets) {
    await api.call({ method: "DELETE", path: `/releases/assets/${id}`, expected: [404] });
  }
};

function releaseIn(said: JsonObject): FoundRelease {
  const url = said["upload_url"];
  const assets = said["assets"];
  if (typeof url !== "string" || !Array.isArray(assets)) {
    throw new NixwaveError("upload-failed", "GitHub's answer is no release");
  }
  return {
    uploadUrl: url.replace(/\{.*$/, ""),
    assets: (assets as JsonObject[]).map((one) => ({
      id: numberIn(one, "id"),
      name: String(one["name"]),
      isWhole: one["state"] === "uploaded",
    })),
  };
}

function numberIn(said: JsonObject, field: string): number {
  const value = said[field];
  if (typeof value === "number") return value;
  throw new NixwaveError("upload-failed", `GitHub says no ${field}`);
}
