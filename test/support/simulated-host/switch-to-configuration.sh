#!/bin/sh
# A model of NixOS' switch-to-configuration: same verbs, lock, order of work and exit codes. What goes wrong is
# told by files in the system's lab/ (fixture-system.ts lists them).
out=@out@
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
verb=$1
does() { [ -e "$out/lab/$1" ]; }
once() { does "$1" && [ ! -e "/var/lib/lab-$1" ] && : >"/var/lib/lab-$1"; }
case $verb in check | switch | boot | test | dry-activate) ;; *)
  echo "Usage: switch-to-configuration [check|switch|boot|test|dry-activate]" >&2
  exit 1
  ;;
esac
mkdir -p /run/nixos
exec 9>>/run/nixos/switch-to-configuration.lock
flock -n 9 || { echo "Could not acquire lock" >&2; exit 11; }
inhibitors_differ() {
  [ -e "$out/switch-inhibitors" ] && [ -e /run/current-system/switch-inhibitors ] &&
    ! cmp -s "$out/switch-inhibitors" /run/current-system/switch-inhibitors
}
failed_check() { printf "Pre-switch check '%s' failed\nPre-switch checks failed\n" "$1" >&2; exit 1; }
does precheck && failed_check precheck
case $verb in check | switch | test) inhibitors_differ && failed_check switchInhibitors ;; esac
[ "$verb" = check ] && exit 0
if [ "$verb" = switch ] || [ "$verb" = boot ]; then
  if does bootfail || once bootfail-once; then echo "Failed to install bootloader" >&2; exit 1; fi
  for link in /nix/var/nix/profiles/system-*-link; do
    [ -L "$link" ] || continue
    number=${link%-link}
    number=${number##*-}
    printf 'title NixOS generation %s\nsystem %s\n' "$number" "$(readlink "$link")" \
      >"/boot/loader/entries/nixos-generation-$number.conf"
    [ "$(readlink "$link")" != "$out" ] || echo "default nixos-generation-$number.conf" >/boot/loader/loader.conf
  done
  echo "$out" >/boot/default.new && sync /boot/default.new && mv /boot/default.new /boot/default
fi
[ "$verb" = boot ] && exit 0
if [ -e /run/current-system/init-interface-version ] &&
  ! cmp -s /run/current-system/init-interface-version "$out/init-interface-version"; then
  echo "Warning: the new NixOS configuration has an 'init' that is incompatible" >&2
  exit 100
fi
new=$out/etc/systemd/system old=/run/current-system/etc/systemd/system live=/etc/systemd/system
names() { for file in "$1"/*.*; do [ ! -f "$file" ] || basename "$file"; done; }
says() { grep -q "^$2\$" "$1" 2>/dev/null; }
changed="" added=""
for unit in $(names "$new"); do
  if [ ! -e "$live/$unit" ]; then added="$added $unit"
  elif ! cmp -s "$new/$unit" "$live/$unit" && ! says "$new/$unit" X-RestartIfChanged=false; then changed="$changed $unit"; fi
done
if [ "$verb" = dry-activate ]; then
  [ -z "$changed" ] || echo "would restart the following units:$(echo "$changed" | sed 's/ /, /g; s/^,//')" >&2
  [ -z "$added" ] || echo "would start the following units:$(echo "$added" | sed 's/ /, /g; s/^,//')" >&2
  exit 0
fi
does lies && exit 0
for unit in $(names "$old"); do
  [ -e "$new/$unit" ] || { says "$old/$unit" X-StopOnRemoval=false || systemctl stop "$unit"; rm -f "$live/$unit" "$live/multi-user.target.wants/$unit"; }
done
echo "activating the configuration..." >&2
does killed-early && kill -9 $$
does activatefail && exit 2
cp -a "$new/." "$live/" 2>/dev/null
ln -sfn "$out" /run/current-system.new && mv -T /run/current-system.new /run/current-system
systemctl daemon-reload
systemctl reset-failed 2>/dev/null
does hang && sleep 600
does killed && kill -9 $$
does panic && exit 101
[ ! -e /sys/class/net/eth0 ] || if does netdown; then ip link set eth0 down; else ip link set eth0 up; fi
status=0
for unit in $changed; do
  echo "restarting the following units: $unit" >&2
  systemctl restart "$unit" || status=4
done
for unit in $added; do
  [ -e "$new/multi-user.target.wants/$unit" ] || continue
  echo "starting the following units: $unit" >&2
  systemctl start "$unit" || status=4
done
sleep 0.25 # as the real one settles before it looks for failed units
failed=$(systemctl list-units --failed --plain --no-legend | awk '{print $1}')
[ -z "$failed" ] || { echo "warning: the following units failed: $failed" >&2; status=4; }
exit $status
