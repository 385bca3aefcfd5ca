import { migrateFleet } from "../fleet/migrations.ts";
import type { NodeConfig } from "../runtime/red.ts";

/** The hosts of a fleet's dialog; the fleet node itself refuses what is not usable there. */
export function fleetHostsIn(fleet: NodeConfig) {
  const { hosts } = migrateFleet(fleet);
  if (!Array.isArray(hosts)) return [];
  return hosts.map((item: unknown) => {
    const { host, carries, optional } = Object(item) as Readonly<Record<string, unknown>>;
    return {
      host: String(host ?? ""),
      carries: Array.isArray(carries) ? carries.map(String) : [],
      optional: optional === true,
    };
  });
}
