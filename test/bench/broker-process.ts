// The embedded broker in a process of its own, as `nixwave broker` runs it. The bench forks this file,
// sends a BrokerRequest and reads the port; when the bench is gone, so is this.
import { makeAccounts, type NewAccount, openBroker } from "../../src/broker/index.ts";
import { DEFAULT_BASE } from "../../src/contract/index.ts";
import { CHEAP_HASHING, ROOM_FOR_ALL } from "./broker-terms.ts";

export interface BrokerRequest {
  readonly accounts: readonly NewAccount[];
  readonly stateDir: string | null;
}

async function serve({ accounts, stateDir }: BrokerRequest): Promise<void> {
  const broker = await openBroker({
    listeners: [{ kind: "tcp", port: 0 }],
    accounts: await makeAccounts(accounts, DEFAULT_BASE, CHEAP_HASHING),
    stateDir,
    connections: ROOM_FOR_ALL,
    log: (event) => {
      // What is refused or dropped would be measured as very fast, or never arrive.
      if (event.kind !== "connected" && event.kind !== "disconnected") console.error(event);
    },
  });
  process.once("disconnect", () => void broker.close().then(() => process.exit(0)));
  process.send?.(broker.addresses[0]?.url);
}

// Only a forked process has a channel: the bench imports the types from here.
if (process.send) process.once("message", (request) => void serve(request as BrokerRequest));
