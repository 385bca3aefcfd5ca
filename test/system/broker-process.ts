import { argv } from "node:process";
import { makeAccounts, openBroker } from "../../src/broker/index.ts";
import { DEFAULT_BASE } from "../../src/contract/index.ts";

/** A broker in a process of its own, for tests that kill it: `node broker-process.ts STATE-FOLDER`. */
const [stateDir] = argv.slice(2);
const accounts = await makeAccounts(
  [
    { user: "hub", role: "hub", password: "hub" },
    { user: "anna", role: "operator", password: "anna" },
  ],
  DEFAULT_BASE,
  { N: 1024, r: 1, p: 1 },
);
const broker = await openBroker({
  listeners: [{ kind: "tcp", port: 0 }],
  accounts,
  stateDir: stateDir ?? null,
});
process.stdout.write(`${broker.addresses[0]?.url}\n`);
