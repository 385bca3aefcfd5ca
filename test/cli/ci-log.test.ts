import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { openCiLog, summaryOf } from "../../src/cli/wait/ci-log.ts";
import type { Followed } from "../../src/cli/wait/followed.ts";
import type { Verdict } from "../../src/cli/wait/verdict.ts";
import { CHANNEL, HUB, NOON, ROLLOUT, serialAt } from "../support/contract-builders.ts";

const followed: Followed = {
  ...{ digest: "a".repeat(64) as never, serial: serialAt(0), isConnected: true, hub: "online" },
  ...{ heard: null, newest: null, asleep: new Set(), past: null, hasBegun: true },
  status: {
    ...{ v: 1, hub: HUB, rollout: ROLLOUT, channel: CHANNEL, serial: serialAt(0), title: "bump" },
    ...{ phase: "Completed", completion: "Aborted", paused: [], why: "", at: NOON },
    hosts: [{ host: "rp4" as never, state: "RolledBack", why: "bedroom | 17 °C <b>@all" }],
  },
};
const verdict: Verdict = {
  ...{ kind: "rolled-back", why: "rp4 RolledBack: 5 % ::error::gotcha" },
  ...{ wayOut: "Mend it.", onlyAsleep: false },
};

async function logged(env: Record<string, string>, lines: readonly string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const log = openCiLog({ stdout, stderr, env, now: () => NOON }, "bump", stdout);
  for (const line of lines) log.line(line);
  await log.end(verdict, followed, 10);
  return {
    out: String(stdout.read()).split("\n").slice(0, -1),
    err: String(stderr.read() ?? ""),
  };
}

describe("a CI log", () => {
  test("is plain lines with their time, then the way out, and the verdict is the last line", async () => {
    const { out } = await logged({}, ["rp4: downloading"]);
    expect(out).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\dZ {2}rp4: downloading$/),
      "  Mend it.",
      "verdict: rolled back: rp4 RolledBack: 5 % ::error::gotcha",
    ]);
  });

  test("is a group on GitHub, with an annotation when it is bad", async () => {
    const { out } = await logged({ GITHUB_ACTIONS: "true" }, ["rp4: downloading"]);
    expect(out[0]).toBe("::group::rollout of bump");
    expect(out).toContain("::endgroup::");
    expect(out).toContain(
      "::error title=nixwave::rolled back: rp4 RolledBack: 5 %25 ::error::gotcha",
    );
    expect(out.at(-1)).toMatch(/^verdict: /);
  });

  test("lets no host command the runner", async () => {
    const said = ["::set-env name=PATH::/evil", "a ##[error]b", "a\n::stop-commands::x\u001b[2J"];
    const { out } = await logged({ GITHUB_ACTIONS: "true" }, said);
    const told = out.slice(1, out.indexOf("::endgroup::"));
    expect(told).toHaveLength(3);
    for (const line of told) {
      expect(line).not.toMatch(/^\s*::|##\[/);
      expect(line).not.toContain("\u001b[2J");
    }
  });

  test("appends a summary, and a summary that cannot be written changes nothing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nixwave-summary-"));
    try {
      const file = join(folder, "summary.md");
      await logged({ GITHUB_STEP_SUMMARY: file }, []);
      await logged({ GITHUB_STEP_SUMMARY: file }, []);
      expect((await readFile(file, "utf8")).match(/### Nixwave: bump/g)).toHaveLength(2);
      const { out, err } = await logged({ GITHUB_STEP_SUMMARY: folder }, []);
      expect(err).toContain("warning: GITHUB_STEP_SUMMARY was not written");
      expect(out.at(-1)).toMatch(/^verdict: /);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("makes a table of the hosts in which nobody's words are markup", () => {
    const markdown = summaryOf("bump", "rolled back", verdict, followed);
    const row = markdown.split("\n").find((line) => line.startsWith("| rp4"));
    expect(row).toBe("| rp4 | undone | bedroom &#124; 17 °C &#60;b&#62;&#64;all |");
  });
});
