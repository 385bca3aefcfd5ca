import type { HostName } from "../../contract/index.ts";
import { type Facts, type Known, known, type ReportSeen, unknown } from "./facts.ts";

/** Whom the flow or the release names: those that should be heard of. */
export function expectedHosts({ flow, statements }: Facts): Known<readonly HostName[]> {
  const ofFlow = flow.isKnown ? flow.value.hosts : [];
  const ofRelease = statements.isKnown ? (statements.value ?? []).map(({ host }) => host) : [];
  const hosts = [...new Set([...ofFlow, ...ofRelease])];
  if (hosts.length > 0) return known(hosts);
  return unknown("neither a flow (--flow, --state) nor a release names the hosts");
}

export const reportOf = ({ reports }: Facts, host: HostName): ReportSeen | undefined =>
  reports.isKnown ? reports.value.find(({ report }) => report.host === host) : undefined;
