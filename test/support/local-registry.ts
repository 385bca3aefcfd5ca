import { execFile } from "node:child_process";
import { once } from "node:events";
import { access, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A package that somebody fetches; nix/packages/locked.nix says where a registry has it. */
export interface FetchedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly path: string;
}

/**
 * A registry on this machine, with the very archives that `npm ci` fetched: npm keeps them by their hash.
 * @returns its address, and the paths that it was asked for and could not give
 */
export async function startLocalRegistry(packages: readonly FetchedPackage[]) {
  const archives = await archivesOf(packages);
  const missing: string[] = [];
  const server = createServer(async ({ url = "" }, response) => {
    const archive = await readFile(archives.get(url.slice(1)) ?? "").catch(() => undefined);
    if (archive === undefined) missing.push(url);
    response.statusCode = archive === undefined ? 404 : 200;
    response.end(archive);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    missing,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** The files in npm's cache by the path in a registry. What is missing there is fetched by npm itself. */
async function archivesOf(packages: readonly FetchedPackage[]): Promise<Map<string, string>> {
  const { stdout } = await run("npm", ["config", "get", "cache"]);
  const fileOf = ({ integrity }: FetchedPackage): string => {
    const hash = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
    const place = [hash.slice(0, 2), hash.slice(2, 4), hash.slice(4)];
    return join(stdout.trim(), "_cacache", "content-v2", "sha512", ...place);
  };
  const isThere = (one: FetchedPackage): Promise<boolean> =>
    access(fileOf(one)).then(
      () => true,
      () => false,
    );
  const there = await Promise.all(packages.map(isThere));
  const absent = packages.filter((_one, index) => !there[index]);
  if (absent.length > 0) {
    await run("npm", ["cache", "add", ...absent.map(({ name, version }) => `${name}@${version}`)]);
  }
  return new Map(packages.map((one) => [one.path, fileOf(one)]));
}
