export { type BackedUp, backUp, backUpInto } from "./backup/back-up.ts";
export { restore } from "./backup/restore.ts";
export { compareFlows, type FlowChange } from "./compare-flows.ts";
export { type HubPlaces, hubPlaces, textIn } from "./hub-folder.ts";
export { type Editor, type EditorOptions, openEditor } from "./node-red.ts";
export { type FirstHome, type Home, openHome } from "./open-home.ts";
export { type Hub, type HubOptions, openHub } from "./open-hub.ts";
export type { EditorLogin, NodeRedLine } from "./quiet-settings.ts";
export {
  type FilledFlow,
  type FlowNode,
  fillFlow,
  type HomeFields,
  parseFlow,
} from "./seed-flow.ts";
