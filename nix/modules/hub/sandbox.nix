# What the hub may do: talk to the network, and write its own folder. Flows run in it, so a flow can do as much.
# Left open on purpose: writable and executable memory (V8 compiles), and the network.
{
  MemorySwapMax = "0";
  UMask = "0077";
  AmbientCapabilities = "";
  CapabilityBoundingSet = "";
  NoNewPrivileges = true;
  DevicePolicy = "closed";
  KeyringMode = "private";
  LockPersonality = true;
  PrivateDevices = true;
  PrivateTmp = true;
  PrivateUsers = true;
  ProcSubset = "pid";
  ProtectClock = true;
  ProtectControlGroups = true;
  ProtectHome = true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectProc = "invisible";
  ProtectSystem = "strict";
  RemoveIPC = true;
  RestrictAddressFamilies = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
    "AF_NETLINK" # Node's os.networkInterfaces()
  ];
  RestrictNamespaces = true;
  RestrictRealtime = true;
  RestrictSUIDSGID = true;
  SystemCallArchitectures = "native";
  SystemCallErrorNumber = "EPERM";
  SystemCallFilter = [
    "@system-service"
    "~@privileged @resources"
  ];
}
