# What the agent may do: talk to the network and to systemd's sockets, read the system, write its inbox.
# It parses what comes from outside, so it is the one that must hold nothing (DESIGN 7: root never parses MQTT).
# Left open on purpose: writable and executable memory (V8 compiles), all of /proc (boot id and uptime),
# the host's network, and the word of children to systemd (`systemd-notify` is one).
{ memoryLimit }:
{
  MemoryMax = memoryLimit;
  MemorySwapMax = "0";
  TasksMax = 64;
  UMask = "0077";
  AmbientCapabilities = "";
  CapabilityBoundingSet = "";
  NoNewPrivileges = true;
  DevicePolicy = "closed";
  LockPersonality = true;
  PrivateDevices = true;
  PrivateTmp = true;
  PrivateUsers = true;
  ProcSubset = "all";
  ProtectClock = true;
  ProtectControlGroups = true;
  ProtectHome = true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectProc = "invisible";
  ProtectSystem = "strict";
  ReadWritePaths = [ "/run/nixwave/in" ];
  RemoveIPC = true;
  RestrictAddressFamilies = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
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
