export interface NodeRedLine {
  readonly level: "error" | "warn" | "info";
  /** The type and name or id of the node that speaks; null for Node-RED itself. */
  readonly node: string | null;
  readonly text: string;
}

export interface NodeRedPlaces {
  /** Node-RED's own folder: settings, flow, credentials. */
  readonly userDirectory: string;
  /** Absolute: Node-RED looks a relative one up in the current folder first. */
  readonly flowFile: string;
  /** The package that holds Nixwave's nodes. */
  readonly nodesDirectory: string;
  readonly credentialSecret: string;
  /** Who may open the editor; absent: everybody who reaches it. */
  readonly login?: EditorLogin;
  readonly log?: (line: NodeRedLine) => void;
}

/** Node-RED's own form (nodered.org, "Securing Node-RED"), asked anew for each login. */
export interface EditorLogin {
  readonly knows: (user: string) => boolean;
  /** Others see everything and change nothing; absent: everybody may. */
  readonly mayWrite?: (user: string) => boolean;
  readonly accepts: (user: string, password: string) => Promise<boolean>;
}

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
export const quietSettings = (options: NodeRedPlaces) => ({
  userDir: options.userDirectory,
  flowFile: options.flowFile,
  nodesDir: [options.nodesDirectory],
  credentialSecret: options.credentialSecret,
  httpAdminRoot: "/",
  httpNodeRoot: false,
  ...(options.login && { adminAuth: adminAuthOf(options.login) }),
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

const adminAuthOf = ({ knows, accepts, mayWrite = () => true }: EditorLogin) => {
  const asUser = (username: string) => ({
    username,
    permissions: mayWrite(username) ? "*" : "read",
  });
  return {
    type: "credentials",
    users: async (username: string) => (knows(username) ? asUser(username) : null),
    authenticate: async (username: string, password: string) =>
      (await accepts(username, password)) ? asUser(username) : null,
  };
};

function lineOf({ level, type, name, id, msg }: LogRecord): NodeRedLine {
  const node = type === undefined ? null : `${type} ${name ?? id ?? ""}`.trim();
  const text = msg instanceof Error ? msg.message : String(msg);
  if (level <= ERROR_LEVEL) return { level: "error", node, text };
  return { level: level <= WARN_LEVEL ? "warn" : "info", node, text };
}
