import { pathFor } from "../support/contract-builders.ts";
import { GOOD_WEATHER } from "./broker-model.ts";
import { deedText } from "./deed-text.ts";
import type { Home } from "./home.ts";
import { EASY, type RuleDeed } from "./host-rules.ts";
import { CARRIER } from "./hub-world.ts";
import type { Deed } from "./story.ts";

const SENSORS_PER_HOME = ["kitchen", "bath", "attic"];
const BAD_WEATHER = { duplicate: 0.2, late: 0.2, lateByMs: 20_000 };

/** Lets one thing of a story happen to the home, and undoes it when its time is over. */
export function act(home: Home, deed: Deed): void {
  if (deed.do !== "push") home.tell("*", deedText(deed));
  switch (deed.do) {
    case "push": {
      const { title, changed, fates } = deed.push;
      const bad = Object.entries(fates).map(([host, fate]) => `${host}: ${JSON.stringify(fate)}`);
      home.tell(
        "ci",
        `publishes "${title}" (${changed.join(" ") || "same closures"}) ${bad.join(" ")}`,
      );
      home.ci.push(deed.push, home.clock.now);
      return;
    }
    case "kill-hub":
      home.hub.killSoon(deed.steps);
      return;
    case "crash-broker":
      crashBroker(home, deed.forMs, deed.losesRetained);
      return;
    case "cut-power":
      home.host(deed.host).cutPower(deed.forMs);
      return;
    case "kill-agent":
      home.host(deed.host).crashAgent();
      return;
    case "kill-activator":
      home.host(deed.host).crashActivator(deed.steps);
      return;
    case "cut-line":
      (deed.who === "hub" ? home.hub : home.host(deed.who)).connection.cutFor(deed.forMs);
      return;
    case "sleep":
      home.host(deed.host).sleep(deed.forMs);
      return;
    case "bad-network":
      home.broker.weather = BAD_WEATHER;
      home.clock.after(deed.forMs, () => {
        home.broker.weather = GOOD_WEATHER;
      });
      return;
    case "wrong-clock":
      home.setClock(deed.who, deed.byMs, !deed.noticed);
      home.clock.after(deed.forMs, () => home.setClock(deed.who, 0, true));
      return;
    case "rebuild-by-hand":
      home.host(deed.host).rebuildByHand(pathFor(`by hand ${deed.host} ${home.clock.now}`));
      return;
    case "sensor-dies": {
      const sensor = SENSORS_PER_HOME[deed.sensor] as string;
      home.house.dead.add(sensor);
      home.clock.after(deed.forMs, () => home.house.dead.delete(sensor));
      return;
    }
    case "switch":
      home.hold(deed.on);
      return;
    case "ask":
      home.ask(deed.what, deed.host);
      return;
    case "second-hub":
      home.addSecond(deed.forMs);
      return;
    default:
      changeRules(home, deed);
  }
}

/** What was changed last stands, and is taken back when its own time is over. */
function changeRules(home: Home, deed: RuleDeed): void {
  const host = home.host(deed.host);
  switch (deed.do) {
    case "observe":
      host.change({ limits: { ...host.limits, mode: "observe" } });
      home.clock.after(deed.forMs, () =>
        host.change({ limits: { ...host.limits, mode: "active" } }),
      );
      return;
    case "other-agent":
      host.change({ otherAgents: ["comin.service"] });
      home.clock.after(deed.forMs, () => host.change({ otherAgents: [] }));
      return;
    case "mood": {
      const laterUntilBootMs = deed.later ? host.bootMs + deed.forMs : null;
      host.change({ mood: { ...EASY, ...deed.mood, laterUntilBootMs } });
      if (!deed.later) home.clock.after(deed.forMs, () => host.change({ mood: EASY }));
    }
  }
}

function crashBroker(home: Home, forMs: number, losesRetained: boolean): void {
  if (!home.broker.isUp) return;
  home.broker.crash(losesRetained);
  home.clock.after(forMs, () => {
    const server = home.host(CARRIER);
    if (server.isOn && home.closures.of(server.current).carries === "works") home.broker.start();
  });
}
