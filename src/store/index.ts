export { type HubMemory, keepHubMemory, recallHubMemory } from "./hub-memory.ts";
export { openStore } from "./open-store.ts";
export { type Relearned, type Relearning, type Retained, relearn } from "./relearn.ts";
export { forgetRestored, isRestored } from "./restored.ts";
export { SCHEMA, type Schema } from "./schema.ts";
export { sealOf } from "./seal.ts";
export type { HistoryEntry, Json, Loaded, Recovered, Store, StoreOptions } from "./store.ts";
