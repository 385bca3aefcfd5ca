import {
  type HostName,
  parseHoldSource,
  type ScreenEvent,
  type TopicBase,
  topicOf,
} from "../contract/index.ts";
import { EFFECT_TYPES } from "../rollout/index.ts";
import { approveAnything, hostButtons, installOf } from "./home-assistant-buttons.ts";
import {
  type Component,
  type Components,
  type HomeAssistant,
  hubIsThere,
  named,
  PRESENCE,
} from "./home-assistant-entity.ts";
import type { Notification } from "./notification.ts";
import { say } from "./say.ts";
import type { Publication } from "./screens.ts";

const HOLD_SOURCE = parseHoldSource("Home-Assistant");
const idOf = (base: TopicBase, name: string): string => `${base.replaceAll("/", "_")}_${name}`;
/** A host called "hub" is not the hub. */
const hostId = (base: TopicBase, host: HostName): string => idOf(base, `host_${host}`);
const hubId = (base: TopicBase): string => idOf(base, "hub");

const configTopic = ({ prefix }: HomeAssistant, id: string): string =>
  `${prefix}/device/${id}/config`;

/** The device of one host. Retained; to be sent again when Home Assistant says that it is online. */
export function hostDiscovery(host: HostName, ha: HomeAssistant): Publication {
  const id = hostId(ha.base, host);
  const device = {
    identifiers: [id],
    name: host,
    manufacturer: "NixOS",
    model: say(ha.home.language, "ha.hostModel"),
    via_device: hubId(ha.base),
  };
  return publication(ha, id, device, hostComponents(host, id, ha));
}

/** The device of the hub: hold, deploy, what happens and why it waits. */
export function hubDiscovery(ha: HomeAssistant): Publication {
  const id = hubId(ha.base);
  const { language } = ha.home;
  const device = {
    identifiers: [id],
    name: say(language, "ha.hub"),
    model: say(language, "ha.hubModel"),
    sw_version: ha.version,
  };
  return publication(ha, id, device, hubComponents(id, ha));
}

function publication(
  ha: HomeAssistant,
  id: string,
  device: Readonly<Record<string, unknown>>,
  components: Components,
): Publication {
  const payload = {
    device,
    origin: { name: "nixwave", sw_version: ha.version },
    // The hub alone: what is known of a host that sleeps stays readable, and its own entity says that it sleeps.
    availability: [hubIsThere(ha)],
    components,
  };
  return { topic: configTopic(ha, id), payload: JSON.stringify(payload), retain: true };
}

function hostComponents(host: HostName, id: string, ha: HomeAssistant): Components {
  const topic = (kind: `screenHost${"State" | "Update" | "Problem" | "Reboot"}`) =>
    topicOf(ha.base, { kind, host });
  return {
    update: {
      ...named(id, "update", "update", "ha.update", ha),
      state_topic: topic("screenHostUpdate"),
      ...installOf(host, ha),
    },
    state: {
      ...named(id, "state", "sensor", "ha.state", ha),
      state_topic: topic("screenHostState"),
    },
    problem: {
      ...named(id, "problem", "binary_sensor", "ha.problem", ha),
      state_topic: topic("screenHostProblem"),
      device_class: "problem",
    },
    reboot: {
      ...named(id, "reboot", "binary_sensor", "ha.reboot", ha),
      state_topic: topic("screenHostReboot"),
      entity_category: "diagnostic",
    },
    online: {
      ...named(id, "online", "binary_sensor", "ha.online", ha),
      state_topic: topicOf(ha.base, { kind: "availability", host }),
      value_template: PRESENCE,
      payload_on: "online",
      payload_off: "offline",
      device_class: "connectivity",
    },
    ...hostButtons(host, id, ha),
  };
}

function hubComponents(id: string, ha: HomeAssistant): Components {
  const screen = (
    name: "rollout" | "release" | "why",
    kind: "screenState" | "screenRelease" | "screenWhy",
  ): Component => ({
    ...named(id, name, "sensor", `ha.${name}`, ha),
    state_topic: topicOf(ha.base, { kind }),
  });
  return {
    hold: {
      ...named(id, "hold", "switch", "ha.hold", ha),
      state_topic: topicOf(ha.base, { kind: "holdState", source: HOLD_SOURCE }),
      command_topic: topicOf(ha.base, { kind: "holdSet", source: HOLD_SOURCE }),
      payload_on: "ON",
      payload_off: "OFF",
    },
    deploy: {
      ...named(id, "deploy", "button", "ha.deploy", ha),
      command_topic: topicOf(ha.base, { kind: "deploySet" }),
      payload_press: "PRESS",
    },
    approve: approveAnything(id, ha),
    events: {
      ...named(id, "events", "event", "ha.events", ha),
      state_topic: topicOf(ha.base, { kind: "screenEvent" }),
      event_types: EVENT_TYPES,
    },
    problem: {
      ...named(id, "problem", "binary_sensor", "ha.problem", ha),
      state_topic: topicOf(ha.base, { kind: "screenProblem" }),
      device_class: "problem",
    },
    rollout: screen("rollout", "screenState"),
    release: screen("release", "screenRelease"),
    why: screen("why", "screenWhy"),
  };
}

const kebab = (type: string): string =>
  type.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
const EVENT_TYPES = EFFECT_TYPES.filter((type) => type !== "Order").map(kebab);

/** One event for Home Assistant's event entity. Not retained: it discards replayed ones. */
export const eventPublication = (
  type: (typeof EFFECT_TYPES)[number],
  notification: Notification,
  base: TopicBase,
): Publication => ({
  topic: topicOf(base, { kind: "screenEvent" }),
  payload: JSON.stringify({
    event_type: kebab(type),
    title: notification.title,
    message: notification.body,
    priority: notification.priority,
  } satisfies ScreenEvent),
  retain: false,
});
