import { randomUUID } from "node:crypto";
import { type Bus, openBus } from "../../src/bus/index.ts";
import {
  type HostName,
  type Order,
  parseOrder,
  parseSessionId,
  parseStatement,
  type Reported,
  type Statement,
} from "../../src/contract/index.ts";
import { pathFor, reportedOf } from "../support/contract-builders.ts";

import { credentials, type Reached } from "./nodes-rig.ts";

/** Plays a host on the wire: answers each order with what `answer` makes of it. */
export async function playHost(
  hub: Reached,
  host: HostName,
  seen: Order[],
  answer: Answer = doWell,
): Promise<Bus> {
  const session = parseSessionId(randomUUID());
  const bus = await openBus({
    ...credentials(host, hub),
    presence: { address: { kind: "availability", host }, session },
  });
  let seq = 0;
  await bus.subscribe({ kind: "desired", host }, ({ payload }) => {
    const order = parseOrder(Buffer.from(payload.order.payload, "base64"));
    const statement = parseStatement(Buffer.from(payload.statement.payload, "base64"));
    const hasTried = seen.some(
      ({ goal, attempt }) => goal === "trial" && attempt === order.attempt,
    );
    seen.push(order);
    const said = returning(answer(order, statement), hasTried);
    if (!said) return;
    const { rollout, attempt, counter } = order;
    const target = statement.storePath;
    seq += 1;
    const own = { host, session, seq, rollout, attempt, counter, target };
    const report = reportedOf("old", { ...own, ...said });
    bus.retain({ kind: "reported", host }, report).catch(() => undefined); // the test has ended
  });
  return bus;
}

/** Who has tried goes back; who has not has nothing to go back from. */
function returning(said: Partial<Reported> | null, hasTried: boolean): Partial<Reported> | null {
  if (said?.outcome?.code !== "canceled" || !hasTried) return said;
  return { ...said, outcome: { ...said.outcome, code: "rolled-back" } };
}

/** A host on which everything works. */
export const doWell: Answer = ({ goal }, { storePath }) => {
  switch (goal) {
    case "stage":
      return { phase: "staged", current: pathFor("old") };
    case "trial":
    case "boot":
      return { phase: "in-trial", current: storePath };
    case "commit":
      return {
        ...{ current: storePath, profile: storePath },
        outcome: { code: "succeeded", reason: null, message: "" },
      };
    case "revert":
      return { outcome: { code: "canceled", reason: "revert-ordered", message: "" } };
  }
};

export type Answer = (order: Order, statement: Statement) => Partial<Reported> | null;
