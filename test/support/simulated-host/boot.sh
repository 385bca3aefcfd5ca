# boot.sh DISK NAME BOOT-ID: the host's firmware, boot loader and stage 1, in namespaces of its own. Ends as systemd.
set -eu
disk=$1 name=$2 boot_id=$3
hostname "$name"
mount -t proc proc /proc
umount -R -l /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$disk/etc,workdir=$disk/etc-work" /etc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/dbus /run/lab
for folder in nix var boot; do mount --bind "$disk/$folder" "/$folder"; done
if [ -e "$disk/efi" ]; then
  mount -t tmpfs tmpfs /sys/firmware
  mkdir -p /sys/firmware/efi
  mount --bind "$disk/efi" /sys/firmware/efi
fi
echo "$boot_id" >/run/lab/boot_id
mount --bind /run/lab/boot_id /proc/sys/kernel/random/boot_id
echo "$name" >/etc/hostname
[ -e "$disk/machine-id" ] || tr -d - </proc/sys/kernel/random/boot_id >"$disk/machine-id"
cp "$disk/machine-id" /etc/machine-id

# Stock targets only: nothing of the machine's own distribution is started.
units=/etc/systemd/system
rm -rf "$units" && mkdir -p "$units/sockets.target.wants" "$units/multi-user.target.wants"
for unit in sysinit basic sockets timers paths slices multi-user shutdown final umount local-fs local-fs-pre \
  network network-online exit halt poweroff reboot; do cp -L "/lib/systemd/system/$unit.target" "$units/"; done
for unit in systemd-exit.service systemd-reboot.service systemd-poweroff.service dbus.service dbus.socket; do
  cp -L "/lib/systemd/system/$unit" "$units/"
done
ln -s multi-user.target "$units/default.target"
ln -s ../dbus.socket "$units/sockets.target.wants/dbus.socket"
cp -a "$disk/units/." "$units/"

# The boot loader: an entry for one boot wins and is used up, as with systemd-boot; else the default.
system=
if [ -e /boot/one-shot ]; then
  entry=$(cat /boot/one-shot) && rm /boot/one-shot
  system=$(sed -n 's/^system //p' "/boot/loader/entries/$entry")
elif [ -e /boot/default ]; then system=$(cat /boot/default); fi
if [ -n "$system" ]; then
  ln -s "$system" /run/booted-system
  ln -s "$system" /run/current-system
  [ ! -d "$system/etc/systemd/system" ] || cp -a "$system/etc/systemd/system/." "$units/"
fi
ip link set eth0 up 2>/dev/null || true # without a network the namespace has none
# As on a machine: what systemd mounts for a unit (its credentials) is seen by the unit. In a container it does not do it itself.
mount --make-rshared /
exec env -i container=lab PATH="$disk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
  SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/transient:/run/systemd/generator \
  /lib/systemd/systemd --system --log-level=info --log-target=console --show-status=false
