import type { SimulatedHost } from "./host-shape.ts";

const UNIT = `[Unit]
DefaultDependencies=no
[Service]
BusName=org.freedesktop.login1
ExecStart=/lib/systemd/systemd-logind
RuntimeDirectory=systemd/sessions systemd/seats systemd/users systemd/inhibit systemd/shutdown
RuntimeDirectoryPreserve=yes
StateDirectory=systemd/linger
`;

/** The machine's own logind in a simulated host, which has no seat and no devices: it keeps locks and can list them. */
export async function startLogind({ units, run }: SimulatedHost): Promise<void> {
  await units.install("systemd-logind.service", UNIT);
  await run("systemctl", "start", "systemd-logind.service");
}

/** What blocks sleep, as logind itself lists it. */
export const inhibitorsOf = ({ run }: SimulatedHost): Promise<string> =>
  run("systemd-inhibit", "--list", "--no-pager", "--no-legend");
