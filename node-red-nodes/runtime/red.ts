/** The part of Node-RED's API that Nixwave's nodes use (nodered.org, "JavaScript file"). */
export interface Red {
  readonly nodes: {
    createNode(node: RedNode, config: NodeConfig): void;
    registerType(
      type: string,
      make: NodeConstructor,
      options?: {
        readonly credentials?: Readonly<Record<string, { readonly type: "text" | "password" }>>;
      },
    ): void;
    getNode(id: string): unknown;
    /** Every node of the deployed flow as it is configured, those of subflows too. */
    eachNode(visit: (config: NodeConfig) => void): void;
  };
  readonly util: {
    /** Without a callback only for types that need no asking: num, str, env. */
    evaluateNodeProperty(value: string, type: string, node: unknown, message: FlowMessage): unknown;
  };
  /** Routes of the editor's own server; registered once in a process, whatever is deployed. */
  readonly httpAdmin: {
    get(path: string, ...handlers: readonly RequestHandler[]): void;
    post(path: string, ...handlers: readonly RequestHandler[]): void;
  };
  readonly settings: {
    /** Node-RED's own folder, absolute. */
    readonly userDir?: string;
  };
  readonly auth: {
    needsPermission(permission: string): RequestHandler;
  };
}

export interface Request {
  readonly body?: unknown;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Below where the route is mounted. */
  readonly path: string;
  /** Who is logged in; absent when the editor asks nobody. */
  readonly user?: { readonly username?: string };
}

export interface Response {
  status(code: number): Response;
  json(value: unknown): void;
  set(fields: Readonly<Record<string, string>>): Response;
  send(body: Uint8Array): void;
  redirect(status: number, address: string): void;
  /** For an answer that goes on (node:http, ServerResponse). */
  flushHeaders(): void;
  write(text: string): boolean;
  end(): void;
  destroy(): void;
  /** Its connection has ended. */
  readonly destroyed: boolean;
  /** Bytes that nobody has taken yet. */
  readonly writableLength: number;
  on(event: "close", listener: () => void): unknown;
}

/** Express's, as far as it is used here. */
export type RequestHandler = (request: Request, response: Response, next: () => void) => void;

/** What the editor stored of a node; every value is unread input. */
export interface NodeConfig {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface FlowMessage {
  payload?: unknown;
  nixwave?: unknown;
  [property: string]: unknown;
}

export interface NodeStatus {
  readonly fill: "red" | "green" | "yellow" | "blue" | "grey";
  readonly shape: "dot" | "ring";
  /** Under 20 characters. */
  readonly text: string;
}

export interface RedNode {
  readonly id: string;
  /** What registerType names; Node-RED keeps it encrypted and exports none of it. */
  readonly credentials?: Readonly<Record<string, string>>;
  send(message: readonly (FlowMessage | null)[]): void;
  status(status: NodeStatus): void;
  error(text: string): void;
  warn(text: string): void;
  log(text: string): void;
  /** Node-RED counts the listener's parameters: three mean that it calls `done`. */
  on(
    event: "input",
    listener: (message: FlowMessage, send: unknown, done: (error?: Error) => void) => void,
  ): void;
  /** Two parameters: it calls `done`, within 15 s. */
  on(event: "close", listener: (removed: boolean, done: () => void) => void): void;
}

/** A plain function, since Node-RED sets up inheritance from its own Node on the prototype. */
export type NodeConstructor = (this: RedNode, config: NodeConfig) => void;
