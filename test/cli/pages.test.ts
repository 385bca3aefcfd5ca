import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { CommandIo } from "../../src/cli/command-io.ts";
import { programFor } from "../../src/cli/program.ts";
import { readCommands } from "../support/page-commands.ts";

const IO = {
  env: {},
  cwd: "/",
  stdout: process.stdout,
  stderr: process.stderr,
} as unknown as CommandIo;

/** What the command line's own parser leaves over, without running anything; it throws for a value that it refuses. */
async function leftOver(words: readonly string[]): Promise<readonly string[]> {
  let [command, rest] = [await programFor(words, IO), words];
  for (;;) {
    const below = command.commands.find((one) => one.name() === rest[0]);
    if (!below) break;
    [command, rest] = [below, rest.slice(1)];
  }
  const { operands, unknown } = command.parseOptions([...rest]);
  const takes = command.registeredArguments;
  const least = takes.filter(({ required }) => required).length;
  if (command.parent === null || operands.length < least) return ["too little", ...rest];
  return [...unknown, ...operands.slice(takes.length)];
}

describe.each([
  ["docs/ci.md", 7],
  ["docs/setup.md", 2],
  ["docs/from-cachix-deploy.md", 4],
  ["docs/keys.md", 3],
])("the commands that %s shows", (file, least) => {
  const commands = readCommands(readFileSync(file, "utf8"));

  test("are some", () => expect(commands.length).toBeGreaterThanOrEqual(least));

  test.each(commands)("are taken by the command line: %s", async (line) => {
    const words = line.match(/"[^"]*"|\S+/g) ?? [];
    expect(await leftOver(words.map((word) => word.replaceAll('"', "")))).toEqual([]);
  });
});

describe("the check of a page's commands", () => {
  test.each(["sign d.json --fleat home", "sign", "publsh result", "sign a b", "keys turn ci"])(
    "would find: %s",
    async (line) => expect(await leftOver(line.split(" "))).not.toEqual([]),
  );
});

describe("the workflows that docs/ci.md shows", () => {
  const blocks = [...readFileSync("docs/ci.md", "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)];

  test.each(blocks.map(([, text = ""]) => text))("are YAML without a key twice", (text) => {
    expect(() => parse(text, { strict: true, uniqueKeys: true })).not.toThrow();
  });

  test("name the permissions of each job that has GitHub's token, and no more", () => {
    const jobs = blocks.flatMap(([, text = ""]) => {
      const { permissions, jobs: all = {} } = parse(text) as Workflow;
      return Object.entries(all).map(([name, job]) => [name, job.permissions ?? permissions]);
    });
    expect(jobs).toEqual([
      ["deploy", { contents: "write" }],
      ["deploy", { contents: "write", "id-token": "write" }],
      ["build", { contents: "read" }],
      ["sign", { contents: "write" }],
    ]);
  });
});

interface Workflow {
  readonly permissions?: object;
  readonly jobs?: Readonly<Record<string, { readonly permissions?: object }>>;
}
