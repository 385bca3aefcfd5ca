// The rooms and their one-way doors (ARCHITECTURE.md, "Rooms"). test/architecture/rooms.test.ts plants violations.
const ownedBy = (name, owners, packages) => ({
  name,
  severity: "error",
  from: { pathNot: owners },
  to: { path: `node_modules/(${packages})(/|$)` },
});
const knowsOnly = (room, allowed) => ({
  name: `${room}-knows-only-${allowed.length === 0 ? "itself" : allowed.join("-")}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: {
    path: `^(src/(?!(${["node_modules", room, ...allowed].join("|")})/)|agent/|node-red-nodes/|test/|tools/)`,
  },
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-unresolvable",
      severity: "error",
      from: { pathNot: "^node-red-nodes/resources/page/" }, // page-files.ts gives libraries their names; its test looks
      to: { couldNotResolve: true },
    },
    {
      name: "no-undeclared-package",
      severity: "error",
      from: { pathNot: "^(test|tools)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "pure-rooms-touch-nothing",
      severity: "error",
      from: { path: "^src/(contract|rollout|gate|people)/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
    },
    knowsOnly("contract", []),
    knowsOnly("gate", ["contract"]),
    knowsOnly("rollout", ["contract"]),
    knowsOnly("people", ["contract", "gate", "rollout"]),
    knowsOnly("disk", []),
    knowsOnly("store", ["contract", "disk", "gate", "rollout"]),
    knowsOnly("bus", ["contract"]),
    knowsOnly("broker", ["contract", "disk"]),
    knowsOnly("conductor", ["contract", "bus", "store", "rollout", "gate", "people"]),
    knowsOnly("monitor", ["contract", "conductor", "rollout"]),
    knowsOnly("hub", ["contract", "disk", "bus", "broker"]),
    {
      name: "core-looks-at-nobody",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(agent|node-red-nodes|test|tools)/" },
    },
    {
      name: "through-the-door-from-outside",
      severity: "error",
      from: { path: "^(agent|node-red-nodes)/" },
      to: { path: "^src/[^/]+/(?!index\\.ts$)" },
    },
    {
      name: "through-the-door-between-rooms",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/(?!node_modules/)[^/]+/(?!index\\.ts$)", pathNot: "^src/$1/" },
    },
    {
      name: "agent-stays-light",
      severity: "error",
      from: { path: "^agent/main\\.ts$" },
      to: {
        reachable: true,
        path: "node_modules/(aedes|aedes-persistence|node-red|@node-red|ajv|commander)(/|$)|^src/(rollout|gate|people|disk|store|broker|hub|cli)/|^node-red-nodes/",
      },
    },
    {
      name: "agent-knows-only-contract-bus",
      severity: "error",
      from: { path: "^agent/" },
      to: { path: "^(src/(?!(node_modules|contract|bus)/)|node-red-nodes/|test/|tools/)" },
    },
    {
      name: "nodes-do-not-touch-agent",
      severity: "error",
      from: { path: "^node-red-nodes/" },
      to: { path: "^(agent/|src/(broker|store|hub|cli)/)" },
    },
    {
      name: "nobody-imports-tests",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
    {
      name: "sqlite-only-in-disk",
      severity: "error",
      from: { pathNot: "^(src/disk|test)/|^agent/pull/nix-database\\.ts$" }, // the host has no room disk, and writes none
      to: { path: "^(node:)?sqlite$" },
    },
    ownedBy("mqtt-only-in-bus", "^(src/bus|test)/", "mqtt|mqtt-packet"),
    ownedBy("aedes-only-in-broker", "^(src/broker|test)/", "aedes|aedes-persistence|ws"),
    ownedBy("execa-only-at-the-edge", "^(agent|src/cli|src/hub|test|tools)/", "execa"),
    ownedBy("ajv-only-in-the-generator", "^(tools|test)/", "ajv"),
    ownedBy("node-red-only-in-hub", "^(src/hub|test)/", "node-red|@node-red/[^/]+"),
    ownedBy("prom-client-only-in-monitor", "^(src/monitor|test)/", "prom-client"),
    ownedBy("commander-only-in-cli", "^src/cli/", "commander"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Only our own dist: an installed package whose entry lies in its dist/ (ajv) must stay visible to the rules.
    exclude: { path: "^(dist|node-red-nodes/dist)/|/bad-imports/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
