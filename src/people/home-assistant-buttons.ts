import {
  type Address,
  type ControlRequest,
  encodePayload,
  type HostName,
  type RequestId,
  topicOf,
  type UserName,
} from "../contract/index.ts";
import {
  type Component,
  type Components,
  type HomeAssistant,
  hubIsThere,
  named,
} from "./home-assistant-entity.ts";

/** Install goes to the rollout, which may still hold it, never to the host (DESIGN 5). */
export function installOf(host: HostName, ha: HomeAssistant) {
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

/** What an operator may ask of one host. */
export const hostButtons = (host: HostName, id: string, ha: HomeAssistant): Components => ({
  approve: {
    ...button(id, "approve", host, ha),
    ...whileAsked(ha, { kind: "screenHostAsks", host }),
  },
  skip: button(id, "skip", host, ha),
  retry: button(id, "retry", host, ha),
  rollback: button(id, "rollback", host, ha),
});

/** Of whatever asks now: the start, a group, a host. */
export const approveAnything = (id: string, ha: HomeAssistant): Component => ({
  ...button(id, "approve", null, ha),
  ...whileAsked(ha, { kind: "screenAsks" }),
});
