import { NixwaveError } from "../../src/contract/index.ts";
import { parseQuietHours, type QuietHours } from "../../src/people/index.ts";
import type { NodeConfig } from "../runtime/red.ts";
import { parseBearerToken } from "../shared-by-nodes/bearer-token.ts";
import { type NtfyTopic, parseNtfyServer } from "./ntfy-post.ts";

export interface NotifyConfig {
  readonly home: NtfyTopic;
  /** Where buttons are heard; of the same server. */
  readonly control: NtfyTopic;
  /** Where phones post, which may know the server by another name. */
  readonly phoneUrl: URL;
  /** May only write to the control topic; everybody who reads the topic sees it. "" for none. */
  readonly buttonToken: string;
  readonly click: string | null;
  readonly quiet: QuietHours | null;
  /** Elsewhere: what says that the hub has not come back must not live on its machine. */
  readonly away: { readonly to: NtfyTopic; readonly afterMs: number } | null;
}

const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;
const MINUTES = /^(\d{1,3})m$/;
const AWAY_MINUTES = 20;
const CONTROL_SUFFIX = "-ctl";

/** @throws NixwaveError invalid-field */
export function parseNotifyConfig(
  config: NodeConfig,
  credentials: Readonly<Record<string, string | undefined>>,
): NotifyConfig {
  const textOf = (name: string): string => String(config[name] ?? "").trim();
  const server = parseNtfyServer(textOf("server"));
  const topic = topicIn(textOf("topic"), "the topic");
  const tokenOf = (name: string): string => parseBearerToken(credentials[name]);
  const token = tokenOf("token");
  const control = textOf("controlTopic") || `${topic}${CONTROL_SUFFIX}`;
  const phoneUrl = textOf("phoneUrl");
  const awayServer = textOf("awayServer");
  return {
    home: { server, topic, token },
    control: { server, topic: topicIn(control, "the control topic"), token },
    phoneUrl: phoneUrl === "" ? server : parseNtfyServer(phoneUrl),
    buttonToken: tokenOf("buttonToken"),
    click: textOf("click") || null,
    quiet: parseQuietHours(textOf("quietFrom"), textOf("quietTo")),
    away:
      awayServer === ""
        ? null
        : {
            to: {
              server: parseNtfyServer(awayServer),
              topic: topicIn(textOf("awayTopic"), "the topic elsewhere"),
              token: tokenOf("awayToken"),
            },
            afterMs: minutesIn(textOf("awayAfter")),
          },
  };
}

function topicIn(topic: string, what: string): string {
  if (TOPIC.test(topic)) return topic;
  throw new NixwaveError(
    "invalid-field",
    `${what} takes 1 to 64 letters, digits, _ and -, not ${JSON.stringify(topic.slice(0, 80))}`,
  );
}

/** ntfy schedules 10 s to 3 days ahead. */
function minutesIn(text: string): number {
  const minutes = text === "" ? AWAY_MINUTES : Number(MINUTES.exec(text)?.[1] ?? 0);
  if (minutes >= 1) return minutes * 60_000;
  throw new NixwaveError("invalid-field", "the time until it is missed must be such as 20m");
}
