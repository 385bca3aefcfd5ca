import { type Bus, clientIdFor, openBus, parseBrokerUrl } from "../../bus/index.ts";
import {
  type HostName,
  NixwaveError,
  type Reported,
  type RolloutStatus,
} from "../../contract/index.ts";
import { readPassword } from "./demo-home.ts";
import { sayReport, sayRollout } from "./narrate.ts";
import { type Expected, missing, type Verdict, verdictOf } from "./verdict.ts";

export type Tell = (who: string, what: string) => void;

export interface HomeWatch {
  /** Resolves when every host of `expected` has spoken. */
  readonly everybodyIsHere: Promise<void>;
  /** Resolves when the release is deployed. @throws NixwaveError demo-not-deployed */
  readonly deployed: Promise<void>;
  /** What is still missing. */
  missing(): string;
  close(): Promise<void>;
}

/** Listens as an operator would, over the broker, and tells what it hears. */
export async function watchHome(
  brokerUrl: string,
  passwordFile: string,
  expected: readonly Expected[],
  tell: Tell,
): Promise<HomeWatch> {
  const reports = new Map<HostName, Reported>();
  let status: RolloutStatus | null = null;
  const here = Promise.withResolvers<void>();
  const deployed = Promise.withResolvers<void>();
  deployed.promise.catch(() => undefined); // raced by the caller while it waits
  const judge = (): void => {
    const verdict: Verdict = verdictOf(expected, reports, status);
    if (verdict.kind === "deployed") deployed.resolve();
    if (verdict.kind === "failed") {
      deployed.reject(new NixwaveError("demo-not-deployed", verdict.why));
    }
  };
  const bus: Bus = await openBus({
    broker: parseBrokerUrl(brokerUrl),
    clientId: clientIdFor("demo", "watch"),
    username: "demo",
    password: await readPassword(passwordFile),
  });
  await bus.subscribe({ kind: "reported" }, ({ payload }) => {
    const before = reports.get(payload.host);
    reports.set(payload.host, payload);
    const said = sayReport(payload);
    if (before === undefined || said !== sayReport(before)) tell(payload.host, said);
    if (expected.every(({ host }) => reports.has(host))) here.resolve();
    judge();
  });
  await bus.subscribe({ kind: "rolloutStatus" }, ({ payload }) => {
    const said = sayRollout(payload);
    if (status === null || said !== sayRollout(status)) tell("hub", said);
    status = payload;
    judge();
  });
  return {
    everybodyIsHere: here.promise,
    deployed: deployed.promise,
    missing: () => missing(expected, reports),
    close: () => bus.close(),
  };
}
