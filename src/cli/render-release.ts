import type { EpochMs } from "../contract/index.ts";
import { type HostChange, isRefresh } from "./make-release.ts";
import type { Paint } from "./paint.ts";
import type { HostReport, ReleaseReport, Verdict } from "./release-report.ts";
import { dateText, distanceText, hashText, pathText, tableText } from "./words.ts";

const HEAD = [
  "HOST",
  "SYSTEM",
  "STORE PATH",
  "NAR",
  "SERIAL",
  "EXPIRES",
  "SIGNED BY",
  "VERDICT",
  "TITLE",
];
const VERDICT_COLUMN = HEAD.indexOf("VERDICT");
const NOTHING = "?";

/** What `nixwave verify` prints: a table, and under it why statements are refused. */
export function renderReport(
  source: string,
  report: ReleaseReport,
  now: EpochMs,
  paint: Paint,
): string {
  const count = report.hosts.length;
  const fleet = `fleet ${report.fleet}${report.fleetChecked ? "" : " (not checked: no --fleet)"}`;
  const channel = `channel ${report.channel}${report.channelChecked ? "" : " (not checked: no --channel)"}`;
  const title = `${source}: ${count} ${count === 1 ? "host" : "hosts"}, ${fleet}, ${channel}`;
  const [head, ...rows] = tableText([HEAD, ...report.hosts.map((host) => cells(host, now))]);
  const lines = rows.map((row, index) => paintVerdict(row, report.hosts[index], paint));
  const reasons = report.hosts.flatMap(({ statement, verdict }) =>
    verdict.kind === "refused"
      ? [paint("error", `${statement?.host ?? NOTHING}: ${verdict.code}: ${verdict.why}`)]
      : [],
  );
  const all = [paint("strong", title), paint("quiet", (head ?? []).join("")), ...lines, ...reasons];
  return `${all.join("\n")}\n`;
}

/** The same for programs. */
export function reportAsJson(source: string, report: ReleaseReport): string {
  const hosts = report.hosts.map(({ statement, signers, verdict }) => ({
    host: statement?.host ?? null,
    verdict: verdict.kind,
    code: verdict.kind === "refused" ? verdict.code : null,
    why: verdict.kind === "refused" ? verdict.why : null,
    signers,
    statement: statement ?? null,
  }));
  const { fleet, channel, fleetChecked, channelChecked } = report;
  return `${JSON.stringify({ source, fleet, fleetChecked, channel, channelChecked, hosts }, null, 2)}\n`;
}

const CHANGE: Readonly<Record<HostChange["change"], string>> = {
  first: "new",
  changed: "changed",
  refreshed: "unchanged",
  carried: "carried over",
  dropped: "no longer named, stays as it is",
  "not-rising": "older",
  equivocal: "contradicts itself",
};

/** What a release does to each host, one line a host, and what that means. */
export function renderChanges(changes: readonly HostChange[], paint: Paint): string {
  const rows = changes.map(({ host, change, statement }) => [
    `  ${host}`,
    CHANGE[change],
    pathText(statement.storePath),
  ]);
  const lines = tableText(rows).map((row, index) => {
    const change = changes[index]?.change;
    const moves = change === "changed" || change === "first";
    return paint(moves ? "strong" : "quiet", row.join(""));
  });
  const meaning = isRefresh(changes)
    ? "refresh: no closure changes; statements are renewed and no rollout starts"
    : countText(changes);
  return `${[...lines, meaning].join("\n")}\n`;
}

function countText(changes: readonly HostChange[]): string {
  const kinds = [...new Set(changes.map(({ change }) => change))];
  return kinds
    .map((kind) => `${changes.filter(({ change }) => change === kind).length} ${CHANGE[kind]}`)
    .join("; ");
}

function cells({ statement, signers, verdict }: HostReport, now: EpochMs): readonly string[] {
  const said = statement && [
    statement.host,
    statement.system,
    pathText(statement.storePath),
    hashText(statement.narHash),
    dateText(statement.serial),
    distanceText(statement.expires, now),
  ];
  return [
    ...(said ?? Array.from({ length: VERDICT_COLUMN - 1 }, () => NOTHING)),
    signers.map(printableName).join(", "),
    verdict.kind === "refused" ? verdict.code : verdict.kind,
    statement?.title ?? "",
  ];
}

/** A key id comes from nobody's signature; spaces would forge columns. */
const printableName = (name: string): string => name.replace(/[^\x21-\x7e]/g, NOTHING);

const TONE = { accepted: "good", unverified: "warn", refused: "error" } as const satisfies Record<
  Verdict["kind"],
  Parameters<Paint>[0]
>;

function paintVerdict(row: readonly string[], host: HostReport | undefined, paint: Paint): string {
  const tone = TONE[host?.verdict.kind ?? "unverified"];
  return row
    .map((cell, column) => (column === VERDICT_COLUMN ? paint(tone, cell) : cell))
    .join("")
    .trimEnd();
}
