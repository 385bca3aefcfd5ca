import { type Answer, type Check, eachOf, found, given, ok, unsure } from "./check.ts";
import type { Facts, ReportSeen } from "./facts.ts";
import { expectedHosts, reportOf } from "./hosts-of.ts";

/** DESIGN 6, "The goal in one line". */
const OPEN_RISK: readonly string[] = [
  "so whoever reaches this broker can delay hosts, speak for hosts and sensors, and hold, approve, stop and roll back",
  "what a host runs is still signed by CI and ordered by the hub; a host that observes tries nothing",
];

/** The broker, and what stands on it. */
export const BROKER_CHECKS: readonly Check[] = [
  {
    id: "broker-unreachable",
    weight: "wrong",
    meaning: "The broker does not let us in: name, port, TLS or password.",
    wayOut: "Check that the broker runs, and address, user and password.",
    look: ({ connection: { broker, failure } }) =>
      failure ? found(failure.message, failure.wayOut) : ok(`${broker} answers`),
  },
  {
    id: "acl-too-open",
    weight: "wrong",
    meaning: "Somebody without a user name can read hosts' orders, or write some.",
    wayOut: "Switch the broker to users and rules: `nixwave acl mosquitto` prints them.",
    look: ({ stranger }) =>
      given(stranger, ({ isAdmitted, reads, writesOrders }) => {
        const lines = [
          ...(writesOrders ? ["a stranger can write orders (hosts/<host>/desired)"] : []),
          ...reads.map((topic) => `a stranger can read ${topic}`),
          ...(writesOrders ? OPEN_RISK : []),
        ];
        if (lines.length > 0) return found(lines);
        if (!isAdmitted) return ok("strangers are not let in");
        return writesOrders === null
          ? unsure("this account cannot see whether a stranger's order would arrive")
          : ok("strangers can neither read nor write orders");
      }),
  },
  {
    id: "acl-too-tight",
    weight: "wrong",
    meaning: "This account cannot read what an operator must read.",
    wayOut: "Give it the operator's rules: `nixwave acl mosquitto --operators NAME`.",
    look: (facts) => {
      if (facts.refusedKinds.length > 0) {
        return found(facts.refusedKinds.map((topic) => `the broker refuses ${topic}`));
      }
      return given(facts.presences, (presences) =>
        given(facts.reports, (reports) => {
          if (reports.length > 0) return ok(`it reads reports of ${reports.length} hosts`);
          if (presences.length === 0) return unsure("no host was ever there to be read");
          return found("it sees which hosts are online, and no host's report");
        }),
      );
    },
  },
  {
    id: "retained-lost",
    weight: "wrong",
    meaning: "Messages that the broker must retain are not there any more.",
    wayOut:
      "Let the broker keep retained messages on disk (mosquitto: persistence true); hosts and hub bring theirs at their next connection, CI's release is announced again with `nixwave announce`.",
    look: lostLook,
  },
  {
    id: "base-topic",
    weight: "wrong",
    meaning: "Hosts or hub speak below another base topic.",
    wayOut: "Write the same base into the fleet's node, services.nixwave.agent and --base.",
    look: (facts) => {
      const { foreign, base } = facts;
      const lines = foreign.map(
        (one) => `below ${one.base}, not ${base}: ${one.topics.join(", ")}`,
      );
      if (lines.length > 0) return found(lines);
      return given(expectedHosts(facts), (hosts) => {
        const missing = hosts.filter((host) => !reportOf(facts, host));
        if (missing.length === 0) return ok(`everybody speaks below ${base}`);
        return unsure(`${missing.join(", ")} may speak where this account cannot hear them`);
      });
    },
  },
  {
    id: "unreadable",
    weight: "look",
    meaning: "A topic holds what is not in Nixwave's form.",
    wayOut: "Find out who writes there; empty it with a retained message without payload.",
    look: (facts) =>
      given(facts.reports, () =>
        eachOf(
          facts.unreadable.map(({ topic, why }) => `${topic}: ${why}`),
          "every retained message can be read",
        ),
      ),
  },
];

function lostLook(facts: Facts): Answer {
  const { statements, presences, reports, rollout } = facts;
  return given(presences, () =>
    given(reports, (said) => {
      const lines = lostLines(facts, said);
      if (lines.length > 0) return found(lines);
      const blind = [statements, rollout].find(({ isKnown }) => !isKnown);
      if (blind && !blind.isKnown) return unsure(blind.why);
      return said.length === 0
        ? unsure("no host has ever reported, so nobody knows what should be there")
        : ok("what should be retained is there");
    }),
  );
}

function lostLines(facts: Facts, said: readonly ReportSeen[]): readonly string[] {
  const { statements, presences, rollout, hub, channel } = facts;
  const there = presences.isKnown ? presences.value.filter(({ isOnline }) => isOnline) : [];
  // None at all is a matter of rights (acl-too-tight).
  const silent = said.length > 0 ? there.filter(({ host }) => !reportOf(facts, host)) : [];
  const hasRun = said.some(({ report }) => report.rollout !== null || report.serial > 0);
  const isEmpty = statements.isKnown && statements.value === null;
  const wasOrdered = said.some(({ report }) => report.rollout !== null);
  const isUntold = rollout.isKnown && rollout.value === null;
  const isHubThere = hub.isKnown && hub.value?.isOnline === true;
  return [
    ...silent.map(({ host }) => `${host} is online, and no report of it is there`),
    ...(hasRun && isEmpty ? [`releases/${channel} is empty, though hosts have run releases`] : []),
    ...(wasOrdered && isUntold && isHubThere
      ? ["rollout/status is empty, though the hub is there and hosts have taken part"]
      : []),
  ];
}
