import {
  type Address,
  type ControlRequest,
  encodePayload,
  type HostName,
  parseHoldSource,
  type RequestId,
  type ScreenEvent,
  type TopicBase,
  topicOf,
  type UserName,
} from "../contract/index.ts";
import { EFFECT_TYPES } from "../rollout/index.ts";
import type { Home } from "./home.ts";
import type { Notification } from "./notification.ts";
import { say, type TextKey } from "./say.ts";
import type { Publication } from "./screens.ts";

/** Where Home Assistant listens, and what it is told about us. */
export interface HomeAssistant {
  readonly base: TopicBase;
  /** Its discovery prefix, "homeassistant" unless somebody changed it. */
  readonly prefix: string;
  /** Of Nixwave. */
  readonly version: string;
  /** The operator account that Home Assistant uses; null: no buttons but hold and deploy. */
  readonly operator: UserName | null;
  readonly home: Home;
}

/** Without an id: takes a component away that an earlier announcement had. */
type Component = Readonly<Record<string, unknown>> & {
  readonly platform: string;
  readonly unique_id?: string;
};
type Components = Readonly<Record<string, Component>>;

const HOLD_SOURCE = parseHoldSource("Home-Assistant");
/** A birth or will is JSON; Home Assistant compares the rendered word. */
const PRESENCE = "{{ value_json.state }}";

const hubIsThere = ({ base }: HomeAssistant) => ({
  topic: topicOf(base, { kind: "hubStatus" }),
  value_template: PRESENCE,
});

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

function named(
  id: string,
  name: string,
  platform: string,
  label: Extract<TextKey, `ha.${string}`>,
  ha: HomeAssistant,
) {
  const unique = `${id}_${name}`;
  const entity = `${platform}.${unique.replaceAll("-", "_").toLowerCase()}`;
  const text = say(ha.home.language, label);
  return { platform, unique_id: unique, default_entity_id: entity, name: text };
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

/** Install goes to the rollout, which may still hold it, never to the host (DESIGN 5). */
function installOf(host: HostName, ha: HomeAssistant) {
  if (ha.operator === null) {
    return { command_topic: topicOf(ha.base, { kind: "deploySet" }), payload_install: "PRESS" };
  }
  const { topic, payload } = requestOf(ha.operator, "install", host, ha);
  return { command_topic: topic, payload_install: payload };
}

/** One id for ever: a request that comes twice within a minute is the same one. */
function requestOf(
  user: UserName,
  action: ControlRequest["action"],
  host: HostName | null,
  { base }: HomeAssistant,
): { readonly topic: string; readonly payload: string } {
  const request = { id: "home-assistant" as RequestId, action, ...(host === null ? {} : { host }) };
  return {
    topic: topicOf(base, { kind: "controlRequest", user }),
    payload: new TextDecoder().decode(encodePayload("controlRequest", request)),
  };
}

type Press = "approve" | "skip" | "retry" | "rollback";

function button(id: string, press: Press, host: HostName | null, ha: HomeAssistant): Component {
  if (ha.operator === null) return { platform: "button" };
  const { topic, payload } = requestOf(ha.operator, press, host, ha);
  return {
    ...named(id, press, "button", `ha.${press}`, ha),
    command_topic: topic,
    payload_press: payload,
  };
}

/** Besides the hub: an approval that nobody asks for cannot be given. */
const whileAsked = (ha: HomeAssistant, asks: Address<"screenAsks" | "screenHostAsks">) =>
  ha.operator === null
    ? {}
    : {
        availability: [
          hubIsThere(ha),
          {
            topic: topicOf(ha.base, asks),
            payload_available: "ON",
            payload_not_available: "OFF",
          },
        ],
        availability_mode: "all",
      };

const hostButtons = (host: HostName, id: string, ha: HomeAssistant): Components => ({
  approve: {
    ...button(id, "approve", host, ha),
    ...whileAsked(ha, { kind: "screenHostAsks", host }),
  },
  skip: button(id, "skip", host, ha),
  retry: button(id, "retry", host, ha),
  rollback: button(id, "rollback", host, ha),
});

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
    approve: {
      ...button(id, "approve", null, ha),
      ...whileAsked(ha, { kind: "screenAsks" }),
    },
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
