import { commonForm, WIRE_SPOKEN } from "../../contract/index.ts";
import { type Answer, type Check, eachOf, given, hostsText, spanText, unsure } from "./check.ts";
import { refusals } from "./checks-of-trust.ts";
import type { Facts, ReportSeen } from "./facts.ts";
import { expectedHosts, reportOf } from "./hosts-of.ts";
import { isOlderVersion } from "./versions.ts";

const DAY_MS = 86_400_000;
/** Longer than a holiday's weekend; shorter than a statement is good for. */
const AWAY_MS = 7 * DAY_MS;
/** Half of what a trial needs at the least: a closure of some packages, unpacked. */
const LITTLE_BYTES = 1024 ** 3;

/** The agent's words for a closure that does not come, or comes unsigned. */
const CACHE_CODES: readonly string[] = [
  "closure-untrusted",
  "closure-missing",
  "closure-unsigned-here",
  "cache-unusable",
  "cache-unreachable",
  "cache-not-configured",
  "cache-login-refused",
  "cache-wrong-store",
];

/** Hosts by what they say of themselves; nobody has spoken: nobody knows. */
const ofReports =
  (well: string, lineOf: (seen: ReportSeen, facts: Facts) => string | null) =>
  (facts: Facts): Answer =>
    given(facts.reports, (reports) => {
      if (reports.length === 0) return unsure("no host has reported");
      return eachOf(
        reports.flatMap((seen) => lineOf(seen, facts) ?? []),
        well,
      );
    });

/** The code by which a host says why it failed or waits, with its own words. */
const saysWhy = ({ report: { outcome, waiting } }: ReportSeen, codes: readonly string[]) => {
  if (outcome?.reason && codes.includes(outcome.reason)) {
    return `${outcome.reason}: ${outcome.message}`;
  }
  return waiting && codes.includes(waiting.code) ? `${waiting.code}: ${waiting.message}` : null;
};

/** What hosts report, or do not. */
export const HOST_CHECKS: readonly Check[] = [
  {
    id: "cache",
    weight: "wrong",
    meaning: "A host cannot fetch from the binary cache, or does not trust its key.",
    wayOut:
      "Give the host the cache's address and public key (nix.settings.substituters, nix.settings.trusted-public-keys), or push the closure.",
    look: ofReports("no host failed at its binary cache", (seen) => {
      const why = saysWhy(seen, CACHE_CODES);
      return why && `${seen.report.host}: ${why}`;
    }),
  },
  {
    id: "two-agents",
    weight: "wrong",
    meaning: "Another deploy agent is enabled on a host: two would undo each other's work.",
    wayOut: "Disable the one that the host names (comin, cachix-agent, auto-upgrade ...).",
    look: ofReports("no host knows of a second deploy agent", (seen, facts) => {
      const own = saysWhy(seen, ["other-deploy-agent"]);
      const refused = refusals(facts, ["other-deploy-agent"]).find((line) =>
        line.startsWith(`${seen.report.host}:`),
      );
      return own ? `${seen.report.host}: ${own}` : (refused ?? null);
    }),
  },
  {
    id: "wire-too-far",
    weight: "wrong",
    meaning:
      "A host's agent and this program speak no common wire version: nothing can be ordered of that host.",
    wayOut:
      "Update the older of the two by hand, one version at a time: nixos-rebuild on that host, or the hub.",
    look: ofReports(
      "every host speaks a wire version of ours",
      ({ report: { host, wire, agent } }) =>
        commonForm(wire)
          ? null
          : `${host}: agent ${agent} speaks wire version ${wire.join(" and ")}, we ${WIRE_SPOKEN.join(" and ")}`,
    ),
  },
  {
    id: "agent-old",
    weight: "look",
    meaning:
      "A host's agent is older or newer than this program; one version apart they work together.",
    wayOut:
      "Older: update the nixwave input of that host's configuration and publish. Newer: update the hub.",
    look: ofReports("every agent is of this program's version", ({ report }, { version }) => {
      const { host, agent } = report;
      const isNewer = isOlderVersion(version, agent);
      if (!isNewer && !isOlderVersion(agent, version)) return null;
      return `${host}: agent ${agent} is ${isNewer ? "newer" : "older"}, this is ${version}`;
    }),
  },
  {
    id: "never-reported",
    weight: "wrong",
    meaning: "A host of the flow or the release was never heard of.",
    wayOut:
      "On that host: `systemctl status nixwave-agent` and `nixwave-agent status`; check its broker account and name.",
    look: (facts) =>
      given(expectedHosts(facts), (hosts) =>
        given(facts.reports, () =>
          given(facts.presences, (presences) => {
            const seen = new Set(presences.map(({ host }) => host));
            return eachOf(
              hosts
                .filter((host) => !reportOf(facts, host) && !seen.has(host))
                .map((host) => `${host}: no report, no sign of presence`),
              `heard of ${hostsText(hosts)}`,
            );
          }),
        ),
      ),
  },
  {
    id: "offline-long",
    weight: "look",
    meaning: "A host is away for more than a week.",
    wayOut: "Switch it on; it catches up by itself. Or take it out of the flow.",
    look: (facts) =>
      given(facts.presences, (presences) => {
        const away = presences.filter(({ isOnline }) => !isOnline);
        const lines: string[] = [];
        for (const { host } of away) {
          const seen = reportOf(facts, host);
          if (!seen) return unsure(`${host} is away, and nobody knows since when`);
          const since = facts.now - seen.report.at;
          if (since > AWAY_MS) lines.push(`${host}: last heard ${spanText(since)} ago`);
        }
        if (presences.length === 0) return unsure("no host was ever there");
        return eachOf(
          lines,
          away.length === 0 ? "every host is online" : "nobody is away for long",
        );
      }),
  },
  {
    id: "locked",
    weight: "wrong",
    meaning: "A host is locked for automation after an end that needs a person.",
    wayOut: "Look at the host, run `nixwave-agent unlock` there, then retry.",
    look: ofReports("no host is locked", ({ report }) =>
      report.phase === "locked" || report.outcome?.code === "inconsistent"
        ? `${report.host}: ${report.outcome?.message || "locked"}`
        : null,
    ),
  },
  {
    id: "reboot",
    weight: "look",
    meaning: "A host needs a reboot to run what it has, or before it can take the release.",
    wayOut:
      "Approve it (`nixwave approve HOST`, or on the fleet page), or restart the host yourself.",
    look: ofReports("no host needs a reboot", ({ report }) => {
      if (!report.rebootRequired && report.outcome?.code !== "needs-reboot") return null;
      const why = report.rebootReasons?.join(", ");
      return `${report.host}: needs a reboot${why ? ` (${why})` : ""}`;
    }),
  },
  {
    id: "disk-full",
    weight: "wrong",
    meaning: "A host has less than 1 GiB free, or refused a closure for want of space.",
    wayOut: "Collect garbage there: nix-collect-garbage --delete-older-than 30d.",
    look: ofReports("every host has space", (seen) => {
      const { host, freeBytes } = seen.report;
      const why = saysWhy(seen, ["disk-full", "space-too-small", "host-memory-unwritable"]);
      if (why) return `${host}: ${why}`;
      if (freeBytes >= LITTLE_BYTES) return null;
      return `${host}: ${Math.floor(freeBytes / 1024 ** 2)} MiB free`;
    }),
  },
];
