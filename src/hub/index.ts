export type { NodeRedLine } from "./node-red.ts";
export { type Hub, type HubOptions, openHub } from "./open-hub.ts";
export { fillFleet } from "./seed-flow.ts";
