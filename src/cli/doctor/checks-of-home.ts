import { type Answer, type Check, eachOf, found, given, ok, spanText, unsure } from "./check.ts";
import type { Facts, SensorSeen, WebSeen } from "./facts.ts";

const FORGOTTEN_MS = 2 * 86_400_000;

/** The hub, its flow, and the sensors that it judges by. */
export const HOME_CHECKS: readonly Check[] = [
  {
    id: "hub-away",
    weight: "wrong",
    meaning: "The hub is not running, or not on this broker.",
    wayOut:
      "Start it (`nixwave hub`, or Node-RED with the fleet's node deployed), and look at its log.",
    look: ({ hub }) =>
      given(hub, (seen) => {
        if (!seen) return found("nothing is retained on hub/status: no hub was ever here");
        return seen.isOnline ? ok("the hub is there") : found("the hub has gone");
      }),
  },
  {
    id: "hold-forgotten",
    weight: "look",
    meaning: "Somebody holds deployments for more than two days.",
    wayOut:
      "Release it where it was set (`nixwave resume`, the switch or tile that the line names).",
    look: holdLook,
  },
  {
    id: "sensor-silent",
    weight: "look",
    meaning: "A sensor that a gate judges by says nothing: the gate will not pass.",
    wayOut: "Check the sensor and its topic; the gate's dialog lists topics that are alive.",
    look: ({ sensors, listenedMs }) => given(sensors, (seen) => sensorsLook(seen, listenedMs)),
  },
  {
    id: "web-away",
    weight: "wrong",
    meaning: "A release node fetches from an address that does not answer: nothing new comes.",
    wayOut: "Correct the address in the release node's dialog, or mend its server.",
    look: ({ webs }) => given(webs, websLook),
  },
  {
    id: "flow-invalid",
    weight: "wrong",
    meaning: "The flow file cannot be read, or a node in it points to nothing.",
    wayOut: "Open the flow in the editor and correct the nodes that are named; then deploy.",
    look: ({ flow }) =>
      given(flow, ({ file, faults }) =>
        eachOf(
          faults.map((fault) => `${file}: ${fault}`),
          "the flow holds together",
        ),
      ),
  },
];

function sensorsLook(seen: readonly SensorSeen[], listenedMs: number): Answer {
  if (seen.length === 0) return ok("no gate listens to a sensor");
  const quiet = seen.filter(({ heard }) => heard !== "live" && heard !== "refused");
  const silent = quiet.filter(({ expiresMs }) => listenedMs >= expiresMs);
  if (silent.length > 0) {
    return found(
      silent.map((one) => `${one.topic}: ${ofSilence(one.heard)} in ${spanText(listenedMs)}`),
    );
  }
  const [barred, ...more] = seen.filter(({ heard }) => heard === "refused");
  if (barred) {
    return unsure(
      `${barred.topic}${others(more.length)}: the broker does not let this account listen; the hub's may`,
    );
  }
  const [first] = quiet;
  if (!first) return ok(`heard ${seen.length === 1 ? "the sensor" : `all ${seen.length} sensors`}`);
  const longest = Math.max(...quiet.map(({ expiresMs }) => expiresMs));
  const waits = `--listen ${Math.ceil(longest / 1000)}s waits as long as the gate`;
  const which = `${first.topic}${others(quiet.length - 1)}`;
  return unsure(`${which}: nothing in ${spanText(listenedMs)}; ${waits}`);
}

function websLook(seen: readonly WebSeen[]): Answer {
  if (seen.length === 0) return ok("no release node fetches from the web");
  const failed = seen.filter(({ failure }) => failure !== null);
  const away = failed.filter(({ isBarred }) => !isBarred);
  if (away.length > 0) return found(away.map(({ address, failure }) => `${address}: ${failure}`));
  const [barred] = failed;
  if (!barred) return ok("the address of the release answers");
  const { address, failure } = barred;
  return unsure(`${address}: ${failure} without the hub's token; the release node shows the rest`);
}

const others = (count: number): string => {
  if (count === 0) return "";
  return count === 1 ? " and 1 other" : ` and ${count} others`;
};

const ofSilence = (heard: SensorSeen["heard"]): string =>
  heard === "retained" ? "nothing but a retained copy" : "nothing";

function holdLook({ holds, rollout, now }: Facts): Answer {
  return given(holds, (sources) =>
    given(rollout, (seen) => {
      const pause = seen?.status.paused.find(({ condition }) => condition === "Hold");
      if (sources.length === 0 && !pause) return ok("nobody holds deployments");
      const by = sources.length === 0 ? "somebody" : sources.join(" and ");
      if (!pause) return unsure(`held by ${by}; no rollout says since when`);
      const held = now - pause.since;
      if (held <= FORGOTTEN_MS) return ok(`held by ${by} for ${spanText(held)}`);
      return found(`held by ${by} for ${spanText(held)}`);
    }),
  );
}
