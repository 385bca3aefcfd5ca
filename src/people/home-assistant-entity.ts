import { type TopicBase, topicOf, type UserName } from "../contract/index.ts";
import type { Home } from "./home.ts";
import { say, type TextKey } from "./say.ts";

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
export type Component = Readonly<Record<string, unknown>> & {
  readonly platform: string;
  readonly unique_id?: string;
};
export type Components = Readonly<Record<string, Component>>;

/** A birth or will is JSON; Home Assistant compares the rendered word. */
export const PRESENCE = "{{ value_json.state }}";

/** Of every entity: a hub that is away tells nothing new. */
export const hubIsThere = ({ base }: HomeAssistant) => ({
  topic: topicOf(base, { kind: "hubStatus" }),
  value_template: PRESENCE,
});

/** What every entity has: a name for people, one for the machine, one for automations. */
export function named(
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
