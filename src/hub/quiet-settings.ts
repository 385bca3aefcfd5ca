import type { EditorOptions, NodeRedLine } from "./node-red.ts";

interface LogRecord {
  readonly level: number;
  readonly type?: string;
  readonly name?: string;
  readonly id?: string;
  readonly msg: unknown;
}

// @node-red/util, lib/log.js
const ERROR_LEVEL = 20;
const WARN_LEVEL = 30;

/** Node-RED that asks nobody outside: no telemetry, no palette catalogue, no npm, no tours. */
export const quietSettings = (options: EditorOptions) => ({
  userDir: options.userDirectory,
  flowFile: options.flowFile,
  nodesDir: [options.nodesDirectory],
  credentialSecret: options.credentialSecret,
  httpAdminRoot: "/",
  httpNodeRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  externalModules: {
    autoInstall: false,
    palette: { allowInstall: false, allowUpload: false },
    modules: { allowInstall: false },
  },
  editorTheme: { projects: { enabled: false }, palette: { catalogues: [] }, tours: false },
  functionExternalModules: false,
  diagnostics: { enabled: false, ui: false },
  runtimeState: { enabled: false, ui: false },
  logging: {
    nixwave: {
      level: "info",
      metrics: false,
      audit: false,
      handler: () => (record: LogRecord) => options.log?.(lineOf(record)),
    },
  },
});

function lineOf({ level, type, name, id, msg }: LogRecord): NodeRedLine {
  const node = type === undefined ? null : `${type} ${name ?? id ?? ""}`.trim();
  const text = msg instanceof Error ? msg.message : String(msg);
  if (level <= ERROR_LEVEL) return { level: "error", node, text };
  return { level: level <= WARN_LEVEL ? "warn" : "info", node, text };
}
