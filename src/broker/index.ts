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
  anonymousAccount,
  makeAccount,
  makeAccounts,
  type NewAccount,
  openAccounts,
  parseAccountName,
  parseRole,
  type StoredAccount,
} from "./accounts.ts";
export { changeAccountsFile, readAccountsFile, readAccountsFileIfAny } from "./accounts-file.ts";
export type { ConnectionLimits } from "./admission.ts";
export type { BrokerEvent, RefusalReason } from "./broker-event.ts";
export { MAX_PACKET_BYTES } from "./limits.ts";
export type { ListenerAddress, ListenerOptions, TlsMaterial } from "./listeners.ts";
export {
  type AclPlan,
  accountsOf,
  mosquittoAccess,
  mosquittoFiles,
  parseMosquittoTopic,
} from "./mosquitto-acl.ts";
export { mosquittoNixos } from "./mosquitto-nixos.ts";
export { type Broker, type BrokerOptions, openBroker } from "./open-broker.ts";
export { generatePassword } from "./password.ts";
