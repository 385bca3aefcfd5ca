# What the agent may do: talk to the network and to systemd's sockets, read the system, write its inbox.
# It parses what comes from outside, so it is the one that must hold nothing (DESIGN 7: root never parses MQTT).
# Left open on purpose beside what sandbox-base.nix leaves: all of /proc (boot id and uptime), the host's network,
# and the word of children to systemd (`systemd-notify` is one).
{ memoryLimit }:
import ../sandbox-base.nix
// {
  MemoryMax = memoryLimit;
  TasksMax = 64;
  ProcSubset = "all";
  ReadWritePaths = [ "/run/nixwave/in" ];
  RestrictAddressFamilies = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
  ];
}
