import { NixwaveError } from "../../src/contract/index.ts";
import { type Home, LANGUAGES, type Language, parseTimeZone } from "../../src/people/index.ts";
import { zoneOf } from "../fleet/fleet-config.ts";
import type { NodeConfig, NodeStatus, Red, RedNode } from "../runtime/red.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, onInput, readable } from "../shared-by-nodes/on-input.ts";
import { countdown, type StatusWord, say } from "../shared-by-nodes/status-words.ts";
import { migrateNotify } from "./migrations.ts";
import { notificationIn } from "./notification-in.ts";
import { parseNotifyConfig } from "./notify-config.ts";
import { serveTests } from "./notify-routes.ts";
import { PhoneLine } from "./phone-line.ts";

const TYPE = "nixwave-notify";
const REST_MS = 5000;

interface NotifyNode extends RedNode {
  /** Null while nothing can be sent. */
  line: PhoneLine | null;
}

/** ntfy: one notification per rollout, rewritten in place. Buttons and quiet hours need a fleet. */
export default function registerNotify(red: Red): void {
  function NotifyNode(this: RedNode, stored: NodeConfig): void {
    red.nodes.createNode(this, stored);
    const node = this as NotifyNode;
    const fleets = fleetsIn(red);
    const config = migrateNotify(
      stored,
      fleets.map(({ id }) => id),
    );
    const fleet = fleets.find(({ id }) => id === config["fleet"]) ?? null;
    const home = homeOf(config, fleet);
    const show = shower(node, home.language);
    const isSilent = String(config["topic"] ?? "").trim() === "";
    node.line = isSilent ? null : openLine(node, config, home, show);
    if (node.line && fleet) join(red, node, config, show);
    onInput(node, (message, done) => {
      if (isSilent) return done();
      if (!node.line) throw new NixwaveError("invalid-field", "server or topic cannot be used");
      const notification = notificationIn(message);
      if (!notification) return done();
      node.line.post(notification, {
        onSent: guarded(node, (reply) => {
          show("green", "sent");
          node.send([{ ...message, ntfy: reply }]);
          done();
        }),
        onLost: guarded(node, (why, status) => {
          show("red", status === 401 || status === 403 ? "tokenRefused" : "notSent");
          done(readable(new NixwaveError("web-request-failed", `not sent: ${why}`)));
        }),
        onFolded: done,
      });
    });
    node.on("close", (_removed, done) => {
      node.line?.close();
      done();
    });
    // Flows ship without a topic, since nobody may guess it: until there is one, nothing is wrong.
    if (isSilent) show("grey", "noTopic");
  }
  red.nodes.registerType(TYPE, NotifyNode, {
    credentials: {
      token: { type: "password" },
      buttonToken: { type: "password" },
      awayToken: { type: "password" },
    },
  });
  serveTests(red, (id) => {
    const found = red.nodes.getNode(id) as (NotifyNode & { readonly type?: string }) | null;
    return found?.type === TYPE ? found.line : null;
  });
}

/** The line shows for itself how it stands: a notification needs no hub. */
function join(red: Red, node: NotifyNode, config: NodeConfig, show: Show): void {
  joinFleet(red, node, config, (conductor) => {
    show("grey", "idle");
    return node.line?.join(conductor) ?? (() => undefined);
  });
  show("grey", "idle");
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

/** Node-RED stops for everybody when a constructor throws: what cannot be used leaves the node inert. */
function openLine(node: RedNode, config: NodeConfig, home: Home, show: Show): PhoneLine | null {
  try {
    const line = new PhoneLine({
      ...{ id: node.id, home, restMs: REST_MS },
      config: parseNotifyConfig(config, node.credentials ?? {}),
      warn: (text) => node.warn(text),
      onRetry: (afterMs) => show("yellow", "retryIn", countdown(afterMs)),
    });
    show("grey", "idle");
    return line;
  } catch (error) {
    node.error(readable(error).message);
    show("red", "wrongSettings");
    return null;
  }
}

function fleetsIn(red: Red): readonly NodeConfig[] {
  const found: NodeConfig[] = [];
  red.nodes.eachNode((one) => {
    if (one["type"] === "nixwave-fleet") found.push(one);
  });
  return found;
}

/** The fleet's language and the time on its wall; of a node without one the computer's. */
function homeOf(config: NodeConfig, fleet: NodeConfig | null): Home {
  const wanted = fleet?.["language"] ?? config["language"];
  return {
    language: LANGUAGES.find((one) => one === wanted) ?? "en",
    zone: zoneIn(fleet),
  };
}

function zoneIn(fleet: NodeConfig | null): Home["zone"] {
  try {
    return zoneOf(fleet?.["zone"]);
  } catch {
    return parseTimeZone("UTC"); // the fleet's node says that its zone cannot be used
  }
}
