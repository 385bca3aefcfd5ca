import { NixwaveError } from "../../src/contract/index.ts";
import { LANGUAGES, type Language } from "../../src/people/index.ts";
import type { NodeConfig, NodeStatus, Red, RedNode } from "../runtime/red.ts";
import { guarded, onInput, readable } from "../shared-by-nodes/on-input.ts";
import { countdown, type StatusWord, say } from "../shared-by-nodes/status-words.ts";
import { ntfyMessageIn } from "./notification-in.ts";
import { parseNtfyServer } from "./ntfy-post.ts";
import { PostBox } from "./post-box.ts";

const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;
const REST_MS = 5000;

/** ntfy: one notification per rollout, rewritten in place. It needs no fleet. */
export default function registerNotify(red: Red): void {
  function NotifyNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const show = shower(this, LANGUAGES.find((one) => one === config["language"]) ?? "en");
    const sender = openSender(this, config, show);
    onInput(this, (message, done) => {
      if (sender === "no-topic") {
        done();
        return;
      }
      if (!sender) throw new NixwaveError("invalid-field", "server or topic cannot be used");
      const letter = ntfyMessageIn(message, sender.topic, sender.click);
      if (!letter) {
        done();
        return;
      }
      sender.box.post({
        message: letter,
        onSent: guarded(this, (reply) => {
          show("green", "sent");
          this.send([{ ...message, ntfy: reply }]);
          done();
        }),
        onLost: guarded(this, (why, status) => {
          show("red", status === 401 || status === 403 ? "tokenRefused" : "notSent");
          done(readable(new NixwaveError("web-request-failed", `not sent: ${why}`)));
        }),
      });
    });
    this.on("close", (_removed, done) => {
      if (sender !== "no-topic") sender?.box.close();
      done();
    });
  }
  red.nodes.registerType("nixwave-notify", NotifyNode, {
    credentials: { token: { type: "password" } },
  });
}

type Show = (fill: NodeStatus["fill"], word: StatusWord, left?: string) => void;

const shower =
  (node: RedNode, language: Language): Show =>
  (fill, word, left = "") =>
    node.status({
      fill,
      shape: fill === "yellow" ? "ring" : "dot",
      text: say(language, word, { left }),
    });

/** Flows ship without a topic, since nobody may guess it: until there is one, nothing is sent and nothing is wrong. */
function openSender(node: RedNode, config: NodeConfig, show: Show) {
  const topic = String(config["topic"] ?? "").trim();
  if (topic === "") {
    show("grey", "noTopic");
    return "no-topic";
  }
  try {
    const server = parseNtfyServer(String(config["server"] ?? ""));
    if (!TOPIC.test(topic)) throw new NixwaveError("invalid-field", "the topic cannot be used");
    const click = String(config["click"] ?? "").trim();
    const box = new PostBox({
      ...{ server, token: node.credentials?.["token"] ?? "", restMs: REST_MS },
      onRetry: (afterMs) => show("yellow", "retryIn", countdown(afterMs)),
    });
    show("grey", "idle");
    return { box, topic, click: click === "" ? null : click };
  } catch (error) {
    node.error(readable(error).message);
    show("red", "wrongSettings");
    return null;
  }
}
