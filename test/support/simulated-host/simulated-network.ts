import { OURS, run } from "./lab-ground.ts";

/** A home's network: a bridge in a namespace of its own, one cable per host, and one to this machine. */
export interface SimulatedNetwork extends Disposable {
  /** This machine's address in it: where the test's broker and cache listen. */
  readonly gateway: string;
  /** Plugs a host in. */
  connect(host: string): NetworkPlug;
}

export interface NetworkPlug extends Disposable {
  readonly namespace: string;
  readonly address: string;
  cut(): void;
  mend(): void;
}

let made = 0;

/** Only own interfaces are made; those of the machine are not touched. There is no way out of this network. */
export function makeNetwork(): SimulatedNetwork {
  const number = ++made;
  const lan = `${OURS}-lan${number}`;
  const cable = `nw${process.pid}m${number}`;
  const subnet = `10.77.${freeSubnet()}`;
  const inLan = (...args: readonly string[]) => run("ip", "-n", lan, ...args);
  run("ip", "netns", "add", lan);
  inLan("link", "add", "br0", "type", "bridge");
  inLan("link", "set", "br0", "up");
  run("ip", "link", "add", cable, "type", "veth", "peer", "name", "machine", "netns", lan);
  inLan("link", "set", "machine", "master", "br0", "up");
  run("ip", "address", "add", `${subnet}.1/24`, "dev", cable);
  run("ip", "link", "set", cable, "up");
  let hosts = 0;
  return {
    gateway: `${subnet}.1`,
    connect: (host) => {
      const place = ++hosts;
      const plug = { lan, number: place, namespace: `${OURS}-${host}${number}` };
      return plugIn(plug, `${subnet}.${10 + place}`);
    },
    [Symbol.dispose]: () => {
      run("ip", "link", "del", cable);
      run("ip", "netns", "del", lan);
    },
  };
}

function plugIn(
  { lan, number, namespace }: { lan: string; number: number; namespace: string },
  address: string,
): NetworkPlug {
  const inHost = (...args: readonly string[]) => run("ip", "-n", namespace, ...args);
  const port = `port${number}`;
  run("ip", "netns", "add", namespace);
  run(
    "ip",
    "-n",
    lan,
    "link",
    "add",
    port,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    namespace,
  );
  run("ip", "-n", lan, "link", "set", port, "master", "br0", "up");
  inHost("link", "set", "lo", "up");
  inHost("address", "add", `${address}/24`, "dev", "eth0");
  inHost("link", "set", "eth0", "up");
  return {
    namespace,
    address,
    cut: () => void run("ip", "-n", lan, "link", "set", port, "down"),
    mend: () => void run("ip", "-n", lan, "link", "set", port, "up"),
    [Symbol.dispose]: () => void run("ip", "netns", "del", namespace),
  };
}

const MOST_SUBNETS = 250;

function freeSubnet(): number {
  const taken = run("ip", "-o", "-4", "address");
  const start = process.pid % MOST_SUBNETS;
  for (let step = 0; step < MOST_SUBNETS; step++) {
    const candidate = 1 + ((start + step) % MOST_SUBNETS);
    if (!taken.includes(` 10.77.${candidate}.`)) return candidate;
  }
  throw new Error("no free 10.77.x.0/24");
}
