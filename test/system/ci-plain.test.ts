import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, it } from "vitest";
import {
  openUnverified,
  parsePayload,
  parseStatement,
  STATEMENT_TYPE,
} from "../../src/contract/index.ts";
import { openWorkshop } from "../cli/memory-io.ts";
import { SECRET } from "../cli/signing-workshop.ts";
import { smallStore } from "../cli/small-systems.ts";
import { needs } from "../support/system-parts.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A file server with PUT, as package registries and S3 have it. */
async function fileServer() {
  let kept: Buffer | null = null;
  const server = createServer(async (request, response) => {
    if (request.method === "PUT") {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      kept = Buffer.concat(parts);
      response.writeHead(201).end();
    } else if (kept) response.end(kept);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/main.json`;
  return { url, kept: () => kept, close: () => server.close() };
}

const serialIn = (bytes: Buffer | null): number => {
  const [first] = parsePayload("release", bytes ?? Buffer.of()).statements;
  if (!first) throw new Error("no statement");
  return parseStatement(openUnverified(first, STATEMENT_TYPE)).serial;
};

it.skipIf(needs("nix", "curl").skip)(
  "the plain commands of docs/ci.md publish a first release, and another on top of it",
  async () => {
    const page = await readFile(new URL("../../docs/ci.md", import.meta.url), "utf8");
    const script = page.split("```sh\n").find((block) => block.startsWith("before=")) ?? "";
    const workshop = await openWorkshop();
    const store = smallStore(workshop.folder);
    await writeFile(workshop.at("result"), await store.specOf());
    await mkdir(workshop.at("bin"));
    const program = `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`;
    await writeFile(workshop.at("bin", "nixwave"), program);
    await chmod(workshop.at("bin", "nixwave"), 0o755);
    const server = await fileServer();
    const run = async (): Promise<number> => {
      await execa("rm", ["-f", "description.json", "release.json"], { cwd: workshop.folder });
      // The runner's own store is not the test's.
      const text = script
        .split("```")[0]
        ?.replace("describe result", `describe result --store ${store.url}`);
      const path = `${workshop.at("bin")}:${dirname(process.execPath)}:${process.env["PATH"]}`;
      const env = {
        PATH: path,
        HOME: workshop.folder,
        NIXWAVE_SIGNING_KEY: SECRET,
        URL: server.url,
      };
      const places = { ...env, UPLOAD_URL: server.url, NIX_CONFIG: "substituters =\n" };
      await execa("bash", ["-eu", "-c", text ?? ""], {
        cwd: workshop.folder,
        extendEnv: false,
        env: places,
      });
      return serialIn(server.kept());
    };
    const first = await run();
    expect(await run()).toBeGreaterThan(first);
    expect(
      (await readFile(join(workshop.folder, "release.json"))).equals(server.kept() ?? Buffer.of()),
    ).toBe(true);
    server.close();
    await store.loosen();
    await workshop.remove();
  },
);
