import type { HostName } from "../../contract/index.ts";
import { type BrokerSession, readRetainedRelease } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { lookOnce } from "../fleet/look.ts";
import type { HomeSettings } from "../setup/home-settings.ts";
import type { HomeSeen, HostSeen } from "./weigh-hosts.ts";

/** What the broker holds now. @throws NixwaveError as Bus.snapshot */
export async function seeHome(
  io: CommandIo,
  session: BrokerSession,
  { channel }: HomeSettings,
): Promise<HomeSeen> {
  const { bus, timeoutMs } = session;
  const [release, sights, orders] = [
    await readRetainedRelease(session, channel),
    await lookOnce(session),
    await bus.snapshot("desired", { timeoutMs }),
  ];
  const desired = new Map(orders.map(({ address, payload }) => [address.host, payload]));
  const hosts = new Map<HostName, HostSeen>();
  for (const { host, online, reported } of sights.now(io.now()).hosts) {
    hosts.set(host, { online, reported, desired: desired.get(host) ?? null });
  }
  return { release: release ?? null, hosts };
}
