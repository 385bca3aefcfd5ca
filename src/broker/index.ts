export {
  type Access,
  type Account,
  type Action,
  accessOf,
  DEVICE_TOPICS,
  HUB_WRITES,
  mayAccess,
  maySubscribe,
  parseDeviceTopic,
} from "./access.ts";
export {
  type Accounts,
  makeAccounts,
  type NewAccount,
  openAccounts,
  parseAccountName,
  parseRole,
  type StoredAccount,
} from "./accounts.ts";
export type { ConnectionLimits } from "./admission.ts";
export type { BrokerEvent, RefusalReason } from "./broker-event.ts";
export type { ListenerAddress, ListenerOptions, TlsMaterial } from "./listeners.ts";
export { type Broker, type BrokerOptions, MAX_PACKET_BYTES, openBroker } from "./open-broker.ts";
export { generatePassword } from "./password.ts";
