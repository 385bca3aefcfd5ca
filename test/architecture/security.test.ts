import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

describe("docs/security.md", () => {
  let page: string;
  const rowsOf = (text: string) => [...text.matchAll(/^\| (A\d+) \| (.+) \|$/gm)];
  const split = (): readonly [threats: string, proofs: string] => {
    const [threats = "", rest = ""] = page.split("<!-- proofs -->");
    return [threats, rest.split("<!-- /proofs -->")[0] ?? ""];
  };
  beforeAll(async () => {
    page = await read("docs/security.md");
  });

  it("proves each threat, and nothing that is no threat", () => {
    const [threats, proofs] = split().map((text) => new Set(rowsOf(text).map(([, id]) => id)));
    expect(threats?.size).toBeGreaterThan(15);
    expect(proofs).toEqual(threats);
  });

  it("names tests that are there under that name, and none that is left out of a run", async () => {
    const [, proofs] = split();
    for (const [, id, proof = ""] of rowsOf(proofs)) {
      const [, file, title] = /^`(test\/.+\.test\.ts)`: (.+)$/.exec(proof) ?? [];
      expect(file, `${id}: ${proof}`).toBeDefined();
      const text = await read(file as string);
      const found = text.indexOf(JSON.stringify(title));
      expect(found, `${file} has no test "${title}"`).toBeGreaterThan(0);
      const call = /(\w+)(\.\w+)*(\([^()]*(\([^()]*\))*[^()]*\))?\(\s*$/.exec(text.slice(0, found));
      expect(call?.[0], `${title} is not called`).toMatch(/^(it|test)\b(?!\.(skip|todo|fails))/);
    }
  });

  it("links to pages that are there", async () => {
    for (const [, link = ""] of page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      await expect(read(`docs/${link}`), link).resolves.toBeTruthy();
    }
  });
});
