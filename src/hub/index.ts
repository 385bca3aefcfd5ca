export { type Editor, type EditorOptions, openEditor } from "./node-red.ts";
export { type Hub, type HubOptions, openHub } from "./open-hub.ts";
export type { NodeRedLine } from "./quiet-settings.ts";
export { fillFleet } from "./seed-flow.ts";
