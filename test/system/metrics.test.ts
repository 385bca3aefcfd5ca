import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METRICS } from "../../src/monitor/index.ts";
import { freePort } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";
import { makeHubFolder, publishRelease, releaseAndRollout, rolloutStatus } from "./nodes-rig.ts";

const run = promisify(execFile);
const MONITORING = resolve("docs/monitoring");
const TOKEN = "only for this test";
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const soon = { timeout: 20_000, interval: 100 };

/** What promtool says of this; its own status decides. */
async function promtool(args: readonly string[], input = ""): Promise<string> {
  const running = run("promtool", [...args]);
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

/** Every metric that an expression names. */
const namesIn = (expression: string): readonly string[] =>
  [...expression.matchAll(/\bnixwave_[a-z_]+/g)].map(([name]) =>
    name in METRICS ? name : name.replace(/_(?:bucket|sum|count)$/, ""),
  );

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const panels = async (): Promise<readonly Panel[]> =>
  (
    JSON.parse(await readFile(join(MONITORING, "grafana-dashboard.json"), "utf8")) as {
      panels: Panel[];
    }
  ).panels;

describe.skipIf(needs("prometheus").skip)(
  "what docs/monitoring holds for Prometheus and Grafana",
  () => {
    it("has rules that promtool accepts, and whose tests pass", async () => {
      expect(await promtool(["check", "rules", join(MONITORING, "nixwave-alerts.yml")])).toContain(
        "2 rules found",
      );
      expect(
        await promtool(["test", "rules", join(MONITORING, "nixwave-alerts.test.yml")]),
      ).toContain("SUCCESS");
    });

    it("asks in each panel and alert only for metrics that there are, in PromQL", async () => {
      const alerts = await readFile(join(MONITORING, "nixwave-alerts.yml"), "utf8");
      const all = await panels();
      const asked = all.flatMap(({ targets }) => targets.map(({ expr }) => expr));
      const unknown = [...asked, alerts].flatMap(namesIn).filter((name) => !(name in METRICS));
      expect(unknown).toEqual([]);
      expect(all.filter(({ targets }) => targets.length === 0)).toEqual([]);
      const rules = asked.map((expr, index) => ({
        record: `r${index}`,
        expr: expr.replaceAll("$fleet", ".*"),
      }));
      const folder = await mkdtemp(join(tmpdir(), "nixwave-rules-"));
      try {
        const file = join(folder, "panels.yml");
        await writeFile(file, JSON.stringify({ groups: [{ name: "panels", rules }] })); // JSON is YAML
        expect(await promtool(["check", "rules", file])).toContain(`${asked.length} rules found`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  },
);

describe("a hub whose fleet has no tick at metrics", { timeout: 60_000 }, () => {
  it("serves none", async () => {
    await using folder = await makeHubFolder();
    const hub = await folder.open(releaseAndRollout(), {}, { metricsToken: TOKEN });
    try {
      const answer = await fetch(`${hub.editorUrl}/nixwave/metrics`, bearer(TOKEN));
      expect([answer.status, await answer.text()]).toEqual([
        404,
        "no fleet with metrics is deployed\n",
      ]);
    } finally {
      await hub.close();
    }
  });
});

describe("a hub whose fleet has metrics behind a token", { timeout: 60_000 }, () => {
  let folder: Awaited<ReturnType<typeof makeHubFolder>>;
  let hub: Awaited<ReturnType<typeof folder.open>>;
  let page: string;
  beforeAll(async () => {
    folder = await makeHubFolder();
    hub = await folder.open(releaseAndRollout(), { metrics: true }, { metricsToken: TOKEN });
    page = `${hub.editorUrl}/nixwave/metrics`;
  }, 60_000);
  afterAll(async () => {
    await hub.close();
    await folder[Symbol.asyncDispose]();
  });

  it("counts the order of things when a release comes", async () => {
    await publishRelease(hub, "counted");
    await (await rolloutStatus(hub, () => true)).seen;
    const text = await (await fetch(page, bearer(TOKEN))).text();
    expect(text).toMatch(/^nixwave_rollout_active\{fleet="[^"]+"\} 1$/m);
    expect(text).toMatch(/^nixwave_host_state\{host="rp4",state="\w+",fleet="[^"]+"\} 1$/m);
  });

  it("shows them to nobody without it", async () => {
    for (const options of [
      {},
      bearer("guess"),
      bearer(""),
      { headers: { authorization: TOKEN } },
    ]) {
      const answer = await fetch(page, options);
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      expect(await answer.text()).not.toContain("nixwave_");
    }
  });

  it("shows one fleet by its name, and no other", async () => {
    expect((await fetch(`${page}?fleet=another`, bearer(TOKEN))).status).toBe(404);
    const named = `${page}?fleet=${encodeURIComponent("github:someone/homelab")}`;
    expect((await fetch(named, bearer(TOKEN))).status).toBe(200);
  });

  it.skipIf(needs("prometheus").skip)(
    "writes what promtool finds nothing to say about",
    async () => {
      const answer = await fetch(page, bearer(TOKEN));
      expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
      const text = await answer.text();
      expect(text).toContain('nixwave_host_online{host="rp4"');
      expect(await promtool(["check", "metrics"], text)).toBe("");
    },
  );

  it.skipIf(needs("prometheus").skip)(
    "is scraped by a Prometheus that is set up as the page says",
    async () => {
      await using prometheus = await startPrometheus(page);
      await expect.poll(() => prometheus.query('up{job="nixwave"}'), soon).toEqual(["1"]);
      expect(await prometheus.query("nixwave_rollout_active")).toEqual(["1"]);
      expect(
        await prometheus.query("nixwave_newest_release_timestamp_seconds > time() - 3600"),
      ).toHaveLength(1);
      expect(await prometheus.query("nixwave_rollouts_total")).toHaveLength(7);
    },
  );

  it("writes each decision into the log, with its reason", () => {
    const lines = folder.lines.filter(({ text }) => text.startsWith("decision="));
    expect(lines.map(({ level, node }) => [level, node])).toEqual(
      lines.map(() => ["info", "nixwave-fleet home"]),
    );
    const [first] = lines;
    expect(first?.text).toMatch(
      /^decision=RolloutStarted rollout=\S+ serial=\d+ .* why="CI has released it" at=\S+Z$/,
    );
    expect(folder.lines.filter(({ text }) => text.includes(TOKEN))).toEqual([]);
  });
});

/** The documented scrape, with the place and port of this test. */
async function startPrometheus(page: string) {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-prometheus-"));
  const config = await readFile(join(MONITORING, "prometheus.yml"), "utf8");
  const here = config.replace("127.0.0.1:1880", new URL(page).host).replace("30s", "1s");
  await writeFile(join(folder, "prometheus.yml"), here);
  await writeFile(join(folder, "nixwave-metrics.token"), TOKEN);
  await writeFile(
    join(folder, "nixwave-alerts.yml"),
    await readFile(join(MONITORING, "nixwave-alerts.yml")),
  );
  await promtool(["check", "config", join(folder, "prometheus.yml")]);
  const port = await freePort();
  const child: ChildProcess = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  const ended = once(child, "exit");
  return {
    /** Values by the expression, as Prometheus writes them; none while it starts. */
    async query(expression: string): Promise<readonly string[]> {
      try {
        const answer = await fetch(
          `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`,
        );
        const { data } = (await answer.json()) as {
          data: { result: { value: [number, string] }[] };
        };
        return data.result.map(({ value }) => value[1]);
      } catch {
        return [];
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
