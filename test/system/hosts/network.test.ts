import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { ended, tried } from "../../support/simulated-host/lab-trial.ts";
import { makeNetwork } from "../../support/simulated-host/simulated-network.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix", "iproute2").skip || canBootHosts().skip;

it.skipIf(skip)(
  "a system that takes the network down is undone, and the network is up again",
  async () => {
    using network = makeNetwork();
    const server = createServer((socket) => socket.end());
    server.listen(0, network.gateway);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const hub = { name: "hub", kind: "tcp", host: network.gateway, port, within: "3s" };
    try {
      await using home = await tried({
        ...{ next: { troubles: ["netdown"] }, host: { network }, settings: { probes: [hub] } },
      });
      const end = await ended(home.host);
      expect(end).toMatchObject({ outcome: { code: "rolled-back", reason: "probe-failed" } });
      expect(end.outcome?.message).toContain("hub");
      expect(end.current).toBe(home.old);
      const link = await home.host.machine.run("cat", "/proc/net/dev");
      expect(link).toContain("eth0");
      const state = await home.host.machine.run("ip", "-o", "link", "show", "eth0");
      expect(state).toContain("state UP");
    } finally {
      server.close();
    }
  },
);
