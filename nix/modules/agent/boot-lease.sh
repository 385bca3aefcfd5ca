# The way back from a boot on trial. Nobody has armed a deadman in this boot yet, and this system's own Nixwave may be
# broken: the old system's program, which its marker names and a root keeps, looks until somebody has.
trial=/nix/var/nixwave/trial.v1
old=/nix/var/nix/gcroots/nixwave/running/nixwave/host.json
while grep -qs '"phase" *: *"rebooting"' "$trial"; do
  sleep 15
  program=$(sed -n 's/.*"activator" *: *"\([^"]*\)".*/\1/p' "$old")
  [ -z "$program" ] || "$program" deadman
done
exit 0
