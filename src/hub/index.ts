export { type Editor, type EditorOptions, openEditor } from "./node-red.ts";
export { type Hub, type HubOptions, openHub } from "./open-hub.ts";
export type { EditorLogin, NodeRedLine } from "./quiet-settings.ts";
export { type FilledFlow, fillFlow, type HomeFields } from "./seed-flow.ts";
