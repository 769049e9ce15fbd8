#!/usr/bin/env bash
# Writes a tar of programs of this machine to stdout, with all that they need to run in an otherwise empty container:
# the libraries that ldd lists, certificates, time zones, users. What `docker import` takes.
#
#     docker/program-tar.sh node | docker import - my/base
#
# Leaves out a shell and everything else that is not named. Linux only.
set -euo pipefail

USER_ID=10001

if [ $# -eq 0 ]; then
	echo "usage: $0 PROGRAM… (names on PATH, or paths)" >&2
	exit 64
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Under the same path as here; a symbolic link becomes the file that it leads to.
add() { mkdir -p "$root$(dirname "$1")" && cp -L "$1" "$root$1"; }

for program in "$@"; do
	path=$(command -v "$program") || { echo "$0: no program '$program' on PATH" >&2; exit 69; }
	case $path in /*) ;; *) path=$(realpath "$path") ;; esac
	add "$path"
	# Static programs have none, and ldd says so by failing. Lines: `name => /path (0x…)`, `/path (0x…)`.
	for library in $(ldd "$path" 2>/dev/null | grep -o '/[^ ]*' || true); do add "$library"; done
done

# Where the machine has it, clocks of the container's programs can be skewed.
for library in /usr/lib/*/faketime/libfaketime.so.1; do [ ! -e "$library" ] || add "$library"; done
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || add /etc/ssl/certs/ca-certificates.crt
if [ -d /usr/share/zoneinfo ]; then
	mkdir -p "$root/usr/share"
	cp -a /usr/share/zoneinfo "$root/usr/share/"
	rm -rf "$root/usr/share/zoneinfo/"{posix,right}
fi
mkdir -p "$root/etc" "$root/data" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
printf 'root:x:0:0:root:/:/sbin/nologin\npakka:x:%d:%d:pakka:/tmp:/sbin/nologin\n' $USER_ID $USER_ID >"$root/etc/passwd"
printf 'root:x:0:\npakka:x:%d:\n' $USER_ID >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
chmod 755 "$root"
chmod 1777 "$root/tmp"

# One archive of two owners: the first is only the header of a folder, a block of 512 bytes.
tar --create --format=gnu --directory "$root" --owner=$USER_ID --group=$USER_ID --numeric-owner ./data | head -c 512
tar --create --format=gnu --directory "$root" --sort=name --owner=0 --group=0 --numeric-owner --exclude=./data .
