#!/bin/sh
# Stands for bootctl on a simulated host, whose firmware is boot.sh: same words, a file for the EFI variable.
[ -e /sys/firmware/efi ] || { echo "Not booted with EFI" >&2; exit 1; }
[ ! -e /boot/lab-bootctl-fails ] || { echo "Failed to update EFI variable: No space left on device" >&2; exit 1; }
case "$1" in
  set-oneshot) [ -z "$2" ] && rm -f /boot/one-shot || { echo "$2" >/boot/one-shot.new && mv /boot/one-shot.new /boot/one-shot; } ;;
  is-installed) echo yes ;;
  status) echo "System:"; echo "Current Boot Loader:"; echo "      Product: systemd-boot 252" ;;
  *) exit 1 ;;
esac
