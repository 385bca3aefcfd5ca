// The editor's own way to the hub: its routes with its login, its pushes, its rights (node-red: RED.comms, RED.user).
import { openFleetPanel } from "./fleet-panel.js";

const CHOICE = "nixwave-sidebar-fleet";
const OWN_TYPE = "nixwave-fleet";
const CHANGES = ["nodes:add", "nodes:change", "nodes:remove", "flows:loaded", "deploy"];
const HTTP_NOT_FOUND = 404;

/** @param say text of the plugin's catalogue */
export function openEditorTab(RED, root, say) {
  const isNobodyLoggedIn = !RED.settings.user || RED.settings.user.anonymous;
  const panel = openFleetPanel({
    holdSource: isNobodyLoggedIn ? "editor" : null,
    ...{ root, labels: labelsOf(say), transport: transportOf(RED, say), memory: memoryOf() },
    mayWrite: RED.user.hasPermission("nixwave.write"),
  });
  let due = 0;
  const update = () => {
    clearTimeout(due); // a flow that is imported adds many nodes at once
    due = setTimeout(() => panel.setFleets(fleetsIn(RED)), 100);
  };
  for (const event of CHANGES) {
    RED.events.on(event, (node) => {
      const isAboutNode = event.startsWith("nodes:");
      if (isAboutNode && node?.type !== OWN_TYPE) return;
      update();
      if (event === "deploy") panel.reload();
    });
  }
  RED.comms.on("connect", panel.reload);
  update();
}

function fleetsIn(RED) {
  const found = [];
  RED.nodes.eachConfig((node) => {
    if (node.type === OWN_TYPE)
      found.push({ id: node.id, label: node.name || node.fleet || node.id });
  });
  return found;
}

/** `$.ajax` carries the editor's login. */
function transportOf(RED, say) {
  const address = (fleet, what) => `nixwave/fleet/${encodeURIComponent(fleet)}/${what}`;
  const request = (options) =>
    new Promise((resolve, reject) => {
      $.ajax({ ...options, dataType: "json", cache: false, timeout: 10_000 })
        .done(resolve)
        .fail((answer) => {
          const { message } = answer.responseJSON ?? {};
          const isForbidden = answer.status === 401 || answer.status === 403;
          reject({
            isGone: answer.status === HTTP_NOT_FOUND,
            message: message ?? (isForbidden ? say("forbidden") : say("unreachable")),
          });
        });
    });
  return {
    load: (fleet) => request({ url: address(fleet, "state") }),
    ask: (fleet, asked) =>
      request({
        ...{ url: address(fleet, "ask"), method: "POST", contentType: "application/json" },
        data: JSON.stringify(asked),
      }),
    listen(fleet, told) {
      const topic = `nixwave/${fleet}`;
      const onPush = (_topic, view) => told(view.isClosed ? null : view);
      RED.comms.subscribe(topic, onPush);
      return () => RED.comms.unsubscribe(topic, onPush);
    },
  };
}

/** Without storage (a private window) the choice lasts as long as the page. */
function memoryOf() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(CHOICE);
  } catch {
    chosen = null;
  }
  return {
    get: () => chosen,
    set(id) {
      chosen = id;
      try {
        localStorage.setItem(CHOICE, id);
      } catch {
        return;
      }
    },
  };
}

function labelsOf(say) {
  const digits = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }; // as the fleet's own words
  const clock = new Intl.DateTimeFormat(undefined, digits);
  const button = (name) => ({ text: say(`button.${name}`), tip: say(`tip.${name}`) });
  return {
    ...Object.fromEntries(
      ["fleet", "rollout", "hosts", "noFleet", "notOpen", "loading"].map((key) => [key, say(key)]),
    ),
    ...Object.fromEntries(
      ["unreachable", "taken", "refused", "cancel"].map((key) => [key, say(key)]),
    ),
    stale: (date) => say("stale", { when: clock.format(date) }),
    online: ({ online, all }) => say("online", { online, all }),
    buttons: {
      hold: button("hold"),
      resume: button("resume"),
      deploy: button("deploy"),
      deployNow: {
        ...button("deployNow"),
        spoken: say("sure.deployNow"),
        sure: say("sure.deployNow"),
      },
      abort: { ...button("abort"), sure: say("sure.abort") },
    },
    question: { abort: say("question.abort"), deployNow: say("question.deployNow") },
  };
}
