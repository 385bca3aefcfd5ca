import { type Bus, clientIdFor, openBus, parseBrokerUrl } from "../../bus/index.ts";
import type {
  HostName,
  Progress,
  Reported,
  RolloutStatus,
  StorePath,
} from "../../contract/index.ts";
import { readPassword } from "./demo-home.ts";

/** What an operator sees of the home over the broker; the demo believes nothing else. */
export interface HomeSight {
  readonly reports: ReadonlyMap<HostName, Reported>;
  readonly progress: ReadonlyMap<HostName, Progress>;
  readonly online: ReadonlySet<HostName>;
  readonly status: RolloutStatus | null;
  /** Sources that hold. */
  readonly holds: ReadonlySet<string>;
}

export interface HomeWatch {
  readonly sight: HomeSight;
  /** Resolves when `isSo` of what is seen, now or after any change; rejects with what `isSo` throws. */
  until(isSo: (sight: HomeSight) => boolean): Promise<void>;
  /** Called after each change. */
  onChange(listener: (sight: HomeSight) => void): void;
  close(): Promise<void>;
}

/** Everything that was heard, the newest of each. */
function openSight() {
  const reports = new Map<HostName, Reported>();
  const progress = new Map<HostName, Progress>();
  const online = new Set<HostName>();
  const holds = new Set<string>();
  return { reports, progress, online, holds, status: null as RolloutStatus | null };
}

/** Who waits for something to be seen, and who wants to know of each change. */
function openLookout(sight: HomeSight) {
  const listeners: ((sight: HomeSight) => void)[] = [];
  const waiting = new Set<() => void>();
  const until = (isSo: (sight: HomeSight) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          if (!isSo(sight)) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  const changed = (): void => {
    for (const look of [...waiting]) look();
    for (const listener of listeners) listener(sight);
  };
  return {
    until,
    changed,
    onChange: (listener: (sight: HomeSight) => void) => void listeners.push(listener),
  };
}

export async function watchHome(brokerUrl: string, passwordFile: string): Promise<HomeWatch> {
  const sight = openSight();
  const { until, changed, onChange } = openLookout(sight);
  const bus = await openBus({
    broker: parseBrokerUrl(brokerUrl),
    clientId: clientIdFor("demo", "watch"),
    username: "demo",
    password: await readPassword(passwordFile),
  });
  await listen(bus, sight, changed);
  return { sight, until, onChange, close: () => bus.close() };
}

async function listen(
  bus: Bus,
  sight: ReturnType<typeof openSight>,
  changed: () => void,
): Promise<void> {
  const put = <T>(set: Set<T>, one: T, isIn: boolean): void =>
    void (isIn ? set.add(one) : set.delete(one));
  await bus.subscribe({ kind: "reported" }, ({ payload }) => {
    sight.reports.set(payload.host, payload);
    if (payload.phase !== "staging") sight.progress.delete(payload.host);
    changed();
  });
  await bus.subscribe({ kind: "progress" }, ({ address, payload }) => {
    sight.progress.set(address.host, payload);
    changed();
  });
  await bus.subscribe({ kind: "availability" }, ({ address, payload }) => {
    put(sight.online, address.host, payload.state === "online");
    changed();
  });
  await bus.subscribe({ kind: "holdState" }, ({ address, payload }) => {
    put(sight.holds, address.source, payload === "ON");
    changed();
  });
  await bus.subscribe({ kind: "rolloutStatus" }, ({ payload }) => {
    sight.status = payload;
    changed();
  });
}

/** The host's own report, and nothing else: it runs this path and boots it, and its attempt has succeeded. */
export const hasKept = (sight: HomeSight, host: HostName, path: StorePath | undefined): boolean => {
  const report = sight.reports.get(host);
  return (
    report?.outcome?.code === "succeeded" &&
    report.target === path &&
    report.current === path &&
    report.profile === path
  );
};

/** The host's own report: it tried this path and runs another one again. */
export const hasUndone = (
  sight: HomeSight,
  host: HostName,
  path: StorePath | undefined,
): boolean => {
  const report = sight.reports.get(host);
  return (
    report?.outcome?.code === "rolled-back" &&
    report.target === path &&
    report.current !== path &&
    report.current === report.profile
  );
};
