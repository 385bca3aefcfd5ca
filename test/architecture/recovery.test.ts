import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { sessionNames } from "../support/console-session.ts";

const root = new URL("../../", import.meta.url);
const DEEP = "test/system/deep/";
const read = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

it("every procedure of docs/recovery.md is run by a test, and every console in it is in a procedure", async () => {
  const guide = await read("docs/recovery.md");
  const files = (await readdir(new URL(DEEP, root))).filter((name) => name.startsWith("recovery-"));
  const tests = (await Promise.all(files.map((name) => read(`${DEEP}${name}`)))).join("\n");
  const followed = [...tests.matchAll(/follow\("([^"]+)"\)/g)].map(([, name]) => name);
  const named = sessionNames(guide);
  expect(named.length).toBeGreaterThan(15);
  expect(new Set(followed)).toEqual(new Set(named));
  const sessions = guide.match(
    /<!-- session: [^>]+ -->\n```console\n[^`]*```\n<!-- \/session -->/g,
  );
  expect(sessions).toHaveLength(named.length);
  expect(guide.match(/^```/gm)).toHaveLength(2 * named.length);
});

it("every link inside docs/recovery.md leads to a section of it", async () => {
  const guide = await read("docs/recovery.md");
  const anchors = [...guide.matchAll(/^## (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
  const security = await read("docs/security.md");
  const links = [
    ...[...guide.matchAll(/\]\(#([^)]+)\)/g)].map(([, to]) => to),
    ...[...security.matchAll(/\]\(recovery\.md#([^)]+)\)/g)].map(([, to]) => to),
  ];
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) expect(anchors).toContain(link);
});
