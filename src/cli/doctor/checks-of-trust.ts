import { dateText } from "../words.ts";
import { type Answer, type Check, eachOf, found, given, ok, spanText, unsure } from "./check.ts";
import type { Facts, StatementSeen } from "./facts.ts";
import { reportOf } from "./hosts-of.ts";

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;

/** A release must be there to be judged. */
function released(
  { statements, channel }: Facts,
  judge: (statements: readonly StatementSeen[]) => Answer,
): Answer {
  return given(statements, (seen) =>
    seen === null ? unsure(`releases/${channel} is empty`) : judge(seen),
  );
}

/** Keys, signatures and serials. */
export const TRUST_CHECKS: readonly Check[] = [
  {
    id: "release-key",
    weight: "wrong",
    meaning: "The release is signed with a key that the configuration does not trust.",
    wayOut:
      "Compare CI's public key (`nixwave keygen`, .public) with the fleet's node and the hosts' releaseKeys.",
    look: (facts) =>
      released(facts, (statements) => {
        const lines = statements.flatMap(({ host, fault }) =>
          fault.isKnown && fault.value !== null ? [`${host}: ${fault.value}`] : [],
        );
        if (lines.length > 0) return found(lines);
        const blind = statements.find(({ fault }) => !fault.isKnown)?.fault;
        if (blind && !blind.isKnown) return unsure(blind.why);
        return ok(`the trusted keys verify all ${statements.length} statements`);
      }),
  },
  {
    id: "hub-key",
    weight: "wrong",
    meaning: "Orders are signed with a key that hosts, or this hub, do not know.",
    wayOut:
      "Copy the hub's public key from the fleet's dialog into hubKeys of the host's configuration.",
    look: (facts) => {
      const refused = refusals(facts, ["signature-invalid"]);
      if (refused.length > 0) return found(refused);
      return given(facts.orders, (orders) => {
        const wrong = orders.filter(({ isSigned }) => isSigned.isKnown && !isSigned.value);
        if (wrong.length > 0) {
          return found(
            wrong.map(({ host }) => `${host}: its order is not signed with the hub's key`),
          );
        }
        const blind = orders.find(({ isSigned }) => !isSigned.isKnown)?.isSigned;
        if (blind && !blind.isKnown) return unsure(blind.why);
        if (orders.length === 0) return unsure("there is no order to look at");
        return ok(`the hub's key signed all ${orders.length} orders`);
      });
    },
  },
  {
    id: "two-hubs",
    weight: "wrong",
    meaning: "Two hubs order the hosts of one fleet, so no order goes out.",
    wayOut: "Stop one of them; then `nixwave unfence` lets the other go on.",
    look: twoHubs,
  },
  {
    id: "statement-expired",
    weight: "wrong",
    meaning: "CI's word has expired, or will within a week: hosts take nothing of it then.",
    wayOut: "Run CI again; it signs the same paths anew.",
    look: (facts) =>
      released(facts, (statements) =>
        eachOf(
          statements
            .filter(({ expires }) => expires - facts.now < SOON_MS)
            .map(({ host, expires }) =>
              expires <= facts.now
                ? `${host}: expired ${spanText(facts.now - expires)} ago`
                : `${host}: expires in ${spanText(expires - facts.now)}`,
            ),
          "no statement expires within a week",
        ),
      ),
  },
  {
    id: "ratchet-ahead",
    weight: "wrong",
    meaning: "A host has committed something newer than CI's release, and refuses what is older.",
    wayOut: "Publish from CI again (a rising serial), or raise trustEpoch after a stolen key.",
    look: (facts) =>
      released(facts, (statements) =>
        given(facts.reports, () => {
          const lines = statements.flatMap(({ host, serial }) => {
            const floor = reportOf(facts, host)?.report.floor ?? 0;
            if (floor <= serial) return [];
            return [
              `${host}: takes nothing before ${dateText(floor)}, the release is of ${dateText(serial)}`,
            ];
          });
          return eachOf(lines, "no host is ahead of CI");
        }),
      ),
  },
];

/** "rp4: refused an order (signature-invalid): ..." of hosts whose last refusal is one of these. */
export function refusals({ reports }: Facts, codes: readonly string[]): readonly string[] {
  if (!reports.isKnown) return [];
  return reports.value.flatMap(({ report: { host, refusal } }) =>
    refusal && codes.includes(refusal.code)
      ? [`${host}: refused an order (${refusal.code}): ${refusal.message}`]
      : [],
  );
}

function twoHubs(facts: Facts): Answer {
  const { hub, orders, rollout, listenedMs } = facts;
  const refused = refusals(facts, ["order-equivocation"]);
  const isFenced =
    rollout.isKnown &&
    rollout.value?.status.paused.some(({ condition }) => condition === "Fenced") === true;
  const lines = [
    ...refused,
    ...(isFenced ? ["the hub has stopped: another one orders its hosts"] : []),
  ];
  // A hub that is there, unfenced and knows all these orders was told by a person to go on beside the old ones.
  const isSettled =
    hub.isKnown &&
    hub.value?.isOnline === true &&
    rollout.isKnown &&
    orders.isKnown &&
    orders.value.every(({ isSigned }) => isSigned.isKnown && isSigned.value);
  if (orders.isKnown && !isSettled) {
    const instances = new Set(orders.value.map((order) => order.hub));
    if (instances.size > 1) lines.push(`orders of ${instances.size} hubs stand on the broker`);
  }
  return given(hub, (seen) => {
    const births = seen?.births ?? [];
    // One that is back after a restart is born once; who is born again as before takes turns with another.
    const isAlternating = births.some(
      (session, index) => births.indexOf(session) < index - 1 && births[index - 1] !== session,
    );
    if (isAlternating)
      lines.push(`two hubs took turns on hub/status within ${spanText(listenedMs)}`);
    if (lines.length > 0) return found(lines);
    if (!orders.isKnown) return unsure(orders.why);
    return ok("one hub orders the hosts");
  });
}
