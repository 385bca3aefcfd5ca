/** A model of NixOS's switch-to-configuration: its verbs, lock, order of work and exit codes. */
export const SWITCH = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
top=@top@
has() { [ -e "$top/lab/$1" ]; }
say() { echo "$*" >&2; }
mkdir -p /run/nixos
exec 9>>/run/nixos/switch-to-configuration.lock
flock -n 9 || { say "Could not acquire lock"; exit 11; }
if [ "$1" != dry-activate ]; then
  has precheck && { say "Pre-switch check 'lab' failed"; say "Pre-switch checks failed"; exit 1; }
  has inhibitor && [ "$1" != boot ] && { say "Pre-switch check 'switchInhibitors' failed"; exit 1; }
fi
[ -e "/var/lib/hold-$1" ] && { : >/var/lib/held; sleep 100000 9>&-; }
case "$1" in
  check) exit 0 ;;
  boot | switch)
    has bootfail && { say "Failed to install bootloader"; exit 1; }
    has bootfail-once && [ ! -e /var/lib/bootfail-once ] && {
      : >/var/lib/bootfail-once; say "Failed to install bootloader"; exit 1; }
    has bootempty && [ "$1" = boot ] && { say "updated the boot loader"; exit 0; }
    readlink -f /nix/var/nix/profiles/system >/boot/default.new && mv /boot/default.new /boot/default
    for generation in /nix/var/nix/profiles/system-*-link; do
      n=\${generation##*/system-}; n=\${n%-link}
      to=$(readlink "$generation")
      printf 'system %s\\noptions init=%s/init loglevel=4\\n' "$to" "$to" >"/boot/loader/entries/nixos-generation-$n.conf"
      [ "$to" = "$(cat /boot/default)" ] && echo "default nixos-generation-$n.conf" >/boot/loader/loader.conf
    done
    sync
    [ -e "/var/lib/hold-$1-written" ] && { : >/var/lib/held; sleep 100000 9>&-; }
    [ "$1" = boot ] && exit 0 ;;
esac
if [ "$(cat /run/current-system/init-interface-version)" != "$(cat $top/init-interface-version)" ]; then
  say "the new configuration has an incompatible init"; exit 100
fi
[ "$1" = dry-activate ] && { say "would restart the following units: app.service"; exit 0; }
[ -e /run/wayback-fails ] && { say "activation script failed"; exit 2; }
has wayback-fails && : >/run/wayback-fails
say "activating the configuration..."
agent=etc/systemd/system/nixwave-agent.service
[ ! -e "$top/$agent" ] || cmp -s "$top/$agent" /$agent || replaced=nixwave-agent.service
cp -a "$top"/etc/systemd/system/. /etc/systemd/system/
ln -sfn "$top" /run/current-system.new && mv -T /run/current-system.new /run/current-system
has activatefail && exit 2
systemctl daemon-reload
systemctl reset-failed
if has netdown; then ip link set eth0 down; else ip link set eth0 up 2>/dev/null; fi
has hang && sleep 100000 9>&-
has killed && kill -9 $$
status=0
systemctl restart app.service $replaced || status=4
has others-flap && : >/run/others-flap
sleep 0.3
# NixOS counts what waits to be started again always
states=failed; { has unitflaps || has others-flap; } && states=failed,auto-restart
failed=$(systemctl list-units --state=$states --plain --no-legend | cut -d' ' -f1)
[ -z "$failed" ] || { say "warning: the following units failed: $failed"; status=4; }
exit $status
`;
