# The way back from a boot on trial. Nobody has armed a deadman in this boot yet, and this system's own Nixwave may be
# broken: the old system's program, which its marker names and a root keeps, looks until somebody has, and until the host
# that it reboots goes down. Where the system that runs boots next too, no reboot would lead elsewhere.
trial=/nix/var/nixwave/trial.v1
old=/nix/var/nix/gcroots/nixwave/running/nixwave/host.json
runs=/run/current-system
boots=/nix/var/nix/profiles/system
while grep -qs '"phase" *: *"re\(booting\|covering\)"' "$trial" && [ "$(readlink -f "$runs")" != "$(readlink -f "$boots")" ]; do
  sleep 15
  program=$(sed -n 's/.*"activator" *: *"\([^"]*\)".*/\1/p' "$old")
  [ -z "$program" ] || "$program" deadman
done
exit 0
