#!/bin/sh
# Runs a command in an image's file system, as a container engine does with a read-only root, a user and no capabilities:
#   enter.sh ROOT USER:GROUP TMP COMMAND...
# TMP is what is at /tmp: none (nothing writable), a size such as 64m, or full. BIND names a folder of the host to show there too, read-only.
# It must start as root in a mount namespace of its own, or as "root" of a user namespace. The command replaces this process.
set -eu
root=$1 user=${2%:*} group=${2#*:} tmp=$3
shift 3

mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
# A new one if there is a namespace of process ids for it.
mount -t proc proc "$root/proc" 2> /dev/null || mount --rbind /proc "$root/proc"
size=$tmp
[ "$tmp" != full ] || size=64k
[ "$tmp" = none ] || mount -t tmpfs -o "size=$size,mode=1777" tmpfs "$root/tmp"
if [ -n "${BIND:-}" ]; then
    # It may lie below /tmp.
    mkdir -p "$root$BIND"
    mount --bind "$BIND" "$root$BIND"
    mount -o remount,bind,ro "$root$BIND"
fi
[ "$tmp" != full ] || cat /dev/zero > "$root/tmp/full" 2> /dev/null || true
mount -o remount,bind,ro "$root"

if [ "$(cat /proc/self/uid_map | tr -s ' ')" = " 0 0 4294967295" ]; then
    exec setpriv --no-new-privs --inh-caps=-all unshare --root="$root" --wd=/ --setuid="$user" --setgid="$group" -- "$@"
else
    # Only the caller's own user is available: under the image's number, and still without capabilities.
    exec setpriv --no-new-privs unshare --user --map-user="$user" --map-group="$group" --root="$root" --wd=/ -- "$@"
fi
