import type { HostName, TopicBase } from "../contract/index.ts";
import {
  type Home,
  type HomeAssistant,
  hostDiscovery,
  hubDiscovery,
  type Publication,
} from "../people/index.ts";
import type { HubBus } from "./hub-bus.ts";
import type { HubStore } from "./hub-store.ts";

/** What the fleet's dialog says of Home Assistant. */
export type HomeAssistantOptions = Pick<HomeAssistant, "prefix" | "operator" | "version">;

interface DeskPorts {
  readonly bus: Pick<HubBus, "listen" | "retainForeign">;
  readonly store: Pick<HubStore, "keep" | "recall">;
  readonly base: TopicBase;
  readonly hosts: readonly HostName[];
  readonly home: Home;
  /** Null: not ticked; whatever was announced before is taken away. */
  readonly homeAssistant: HomeAssistantOptions | null;
  readonly failed: (error: unknown) => void;
}

/** Home Assistant's own default, also where its discovery prefix is another one. */
const BIRTH_TOPICS = ["homeassistant/status"];
const ANNOUNCED = "home-assistant";

/**
 * Announces the hub and every host to Home Assistant, again whenever it says that it is there, and takes away what
 * is no more: a host that left the fleet, another prefix, a tick that was taken back. What was announced is on disk
 * before it is on the broker, so that no restart leaves a device behind that nobody remembers.
 */
export class HomeAssistantDesk {
  readonly #ports: DeskPorts;
  readonly #devices: readonly Publication[];
  #stops: readonly (() => void)[] = [];

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#devices = devicesOf(ports);
  }

  open(): void {
    const { homeAssistant, bus, failed } = this.#ports;
    try {
      this.#change();
      if (homeAssistant === null) return;
      const topics = new Set([`${homeAssistant.prefix}/status`, ...BIRTH_TOPICS]);
      this.#stops = [...topics].map((topic) =>
        bus.listen(topic, ({ bytes, retained }) => {
          const isBirth = Buffer.from(bytes).toString("utf8") === "online";
          if (isBirth && !retained) this.#announce(); // a stored birth is an old one: it has all that is retained
        }),
      );
    } catch (error) {
      failed(error);
    }
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #change(): void {
    const { store, failed } = this.#ports;
    const before = store.recall(ANNOUNCED, topicsIn) ?? [];
    const now = this.#devices.map(({ topic }) => topic);
    const gone = before.filter((topic) => !now.includes(topic));
    if (before.length === 0 && now.length === 0) return;
    store.keep(ANNOUNCED, [...now, ...gone]);
    this.#announce();
    Promise.all(gone.map((topic) => this.#say(topic, "")))
      .then(() => store.keep(ANNOUNCED, now))
      .catch(failed); // the next start tries again
  }

  #announce(): void {
    const { failed } = this.#ports;
    for (const { topic, payload } of this.#devices) this.#say(topic, payload).catch(failed);
  }

  #say(topic: string, payload: string): Promise<void> {
    return this.#ports.bus.retainForeign(topic, Buffer.from(payload));
  }
}

/** The hub first: the hosts' devices name it as the way to them. */
function devicesOf({ homeAssistant, base, hosts, home }: DeskPorts) {
  if (homeAssistant === null) return [];
  const ha: HomeAssistant = { ...homeAssistant, base, home };
  return [hubDiscovery(ha), ...hosts.map((host) => hostDiscovery(host, ha))];
}

const topicsIn = (json: unknown): readonly string[] =>
  Array.isArray(json) ? json.filter((one): one is string => typeof one === "string") : [];
