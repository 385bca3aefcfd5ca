# What the hub may do: talk to the network, and write its own folder. Flows run in it, so a flow can do as much.
import ../sandbox-base.nix
// {
  KeyringMode = "private";
  ProcSubset = "pid";
  RestrictAddressFamilies = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
    "AF_NETLINK" # Node's os.networkInterfaces()
  ];
}
