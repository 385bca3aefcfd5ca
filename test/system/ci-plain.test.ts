import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseDescription } from "../../src/cli/description.ts";
import {
  openUnverified,
  parsePayload,
  parseStatement,
  STATEMENT_TYPE,
} from "../../src/contract/index.ts";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { SECRET } from "../cli/signing-workshop.ts";
import { smallStore } from "../cli/small-systems.ts";
import type { Action } from "../support/action-run.ts";
import { needs } from "../support/system-parts.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = join(ROOT, "src", "cli", "main.ts");

/** A file server with PUT, as package registries and S3 have it. @param once as Forgejo: a name is taken until it is deleted */
async function fileServer(once: boolean) {
  let kept: Buffer | null = null;
  let fails: number | null = null;
  const put = async (request: IncomingMessage): Promise<number> => {
    if (once && kept) return 409;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    kept = Buffer.concat(parts);
    return 201;
  };
  const server = createServer(async (request, response) => {
    const there = kept;
    if (fails !== null && request.method === "GET") response.writeHead(fails).end();
    else if (request.method === "PUT") response.writeHead(await put(request)).end();
    else if (!there) response.writeHead(404).end();
    else if (request.method === "DELETE") {
      kept = null;
      response.writeHead(204).end();
    } else response.end(there);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/main.json`;
  const fail = (status: number): void => {
    fails = status;
  };
  return { url, kept: () => kept, fail, close: () => server.close() };
}

const serialIn = (bytes: Buffer | null): number => {
  const [first] = parsePayload("release", bytes ?? Buffer.of()).statements;
  if (!first) throw new Error("no statement");
  return parseStatement(openUnverified(first, STATEMENT_TYPE)).serial;
};

const PAGE = await readFile(join(ROOT, "docs", "ci.md"), "utf8");
const fences = (kind: string): readonly string[] =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${kind}\n([^]*?)\`\`\``, "g"))].map(([, text = ""]) => text);
/** What a job runs once the systems are built and pushed. */
const fromBefore = (lines: readonly string[]): string =>
  lines.slice(lines.indexOf("before=before.json")).join("\n");
const fileWith = (job: string): Record<string, unknown> =>
  parse(fences("yaml").find((text) => text.startsWith(`${job}:`)) ?? "") as Record<string, unknown>;

const SCRIPTS: readonly (readonly [name: string, script: string, once: boolean])[] = [
  ["any other system", fences("sh").find((text) => text.startsWith("before=")) ?? "", false],
  ["GitLab", fromBefore((fileWith("deploy")["deploy"] as { script: string[] }).script), false],
  [
    "Woodpecker with Forgejo",
    fromBefore((fileWith("when")["steps"] as { commands: string[] }[])[0]?.commands ?? []),
    true,
  ],
];

describe.skipIf(needs("nix", "curl").skip)("the plain commands of docs/ci.md", () => {
  let workshop: Workshop;
  let store: ReturnType<typeof smallStore>;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    workshop = await openWorkshop();
    store = smallStore(workshop.folder);
    await writeFile(workshop.at("result"), await store.specOf());
    await mkdir(workshop.at("bin"));
    const program = `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`;
    await writeFile(workshop.at("bin", "nixwave"), program);
    await chmod(workshop.at("bin", "nixwave"), 0o755);
    env = {
      PATH: `${workshop.at("bin")}:${dirname(process.execPath)}:${process.env["PATH"]}`,
      HOME: workshop.folder,
      NIX_CONFIG: "substituters =\n",
    };
  });
  afterAll(async () => {
    await store.loosen();
    await workshop.remove();
  });
  const bash = (script: string, more: Readonly<Record<string, string>>) => {
    const options = { cwd: workshop.folder, extendEnv: false, env: { ...env, ...more } };
    return execa("bash", ["--noprofile", "--norc", "-euo", "pipefail", "-c", script], options);
  };

  it.each(SCRIPTS)(
    "for %s publish a first release and another on top of it, and none while the place of both fails",
    async (_name, script, once) => {
      const server = await fileServer(once);
      // The runner's own store is not the test's.
      const text = script.replace("describe result", `describe result --store ${store.url}`);
      const secrets = { NIXWAVE_SIGNING_KEY: SECRET, CI_JOB_TOKEN: "t", FORGEJO_TOKEN: "t" };
      const places = { URL: server.url, UPLOAD_URL: server.url, CI_COMMIT_TITLE: "A title" };
      const run = async (): Promise<number> => {
        await bash("rm -f before.json description.json release.json", {});
        await bash(text, { ...secrets, ...places });
        return serialIn(server.kept());
      };
      const first = await run();
      expect(await run()).toBeGreaterThan(first);
      expect(await readFile(workshop.at("release.json"))).toEqual(server.kept());
      const before = server.kept();
      server.fail(503);
      await expect(run()).rejects.toMatchObject({
        stderr: expect.stringContaining("no 404 but 503: nothing is signed, run this job again"),
      });
      expect(server.kept()).toBe(before);
      server.close();
      await expect(run()).rejects.toMatchObject({ stderr: expect.stringContaining("but 000: ") });
    },
  );

  it("stand behind an action too, for a job without the key", async () => {
    const action = parse(await readFile(join(ROOT, "ci", "describe", "action.yml"), "utf8"));
    const step = (action as Action).runs.steps.find(({ id }) => id === "describe");
    const inputs = { INPUT_SPEC: "result", INPUT_OUT: "said.json", INPUT_STORE: store.url };
    expect(new Set(Object.keys(step?.env ?? {}))).toEqual(new Set(Object.keys(inputs)));
    const path = join(ROOT, "ci", "describe");
    await bash(step?.run ?? "exit 1", { ...inputs, GITHUB_ACTION_PATH: path });
    const said = parseDescription(await readFile(workshop.at("said.json")));
    expect(said.length).toBeGreaterThan(1);
  });
});
