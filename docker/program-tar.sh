#!/usr/bin/env bash
# Writes a tar of programs of this machine to stdout, with all that they need to run in an otherwise empty container:
# the libraries that ldd lists, certificates, time zones, users; with Python its standard library. What `docker import` takes.
#
#     docker/program-tar.sh node | docker import - my/base
#
# Programs are found in the PATH of the container. A script comes with the programs of its first line. Leaves out a shell,
# installed packages and everything else that is not named. Linux only.
set -euo pipefail

USER_ID=10001
# That of the images which are made of it.
CONTAINER_PATH=:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:

if [ $# -eq 0 ]; then
	echo "usage: $0 PROGRAM… (names on PATH, or paths)" >&2
	exit 64
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Under the same path as here; a symbolic link becomes the file that it leads to.
add() { mkdir -p "$root$(dirname "$1")" && cp -L "$1" "$root$1"; }

link() { # $2: where it is to be seen
	[ -e "$root$2" ] || { mkdir -p "$root$(dirname "$2")" && ln -s "$1" "$root$2"; }
}

add_program() { # its absolute path
	[ ! -e "$root$1" ] || return 0
	local file=$1 name line word found
	name=$(basename "$1")
	case $name in python | python[23] | python[23].*)
		# Not what PATH leads to, which may be a link or a script that chooses a version.
		file=$("$1" -c 'import sys; print(sys.executable)')
		add_standard_library "$file" ;;
	esac
	add "$file"
	[ "$file" = "$1" ] || link "$file" "$1"
	case $CONTAINER_PATH in *":$(dirname "$1"):"*) ;; *) link "$file" "/usr/local/bin/$name" ;; esac
	# Not in a pipe: of a program without lines its first command would be ended by the second.
	line=
	IFS= read -r line < <(head -c 200 "$file" | tr -d '\0') || true
	if [ "${line:0:2}" = "#!" ]; then
		for word in ${line:2}; do
			case $word in -*) continue ;; esac
			found=$(command -v "$word") || { echo "$0: $file wants $word, and there is no such program" >&2; exit 69; }
			add_program "$found"
		done
	else
		add_libraries "$file"
	fi
}

# Static programs have none, and ldd says so by failing. Lines: `name => /path (0x…)`, `/path (0x…)`.
add_libraries() {
	local library
	for library in $(ldd "$@" 2>/dev/null | grep -v ':$' | grep -o '/[^ ]*' | sort -u || true); do
		[ -e "$root$library" ] || add "$library"
	done
}

add_standard_library() {
	local folder
	folder=$("$1" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
	mkdir -p "$root$folder"
	tar --create --directory "$folder" --exclude=./test --exclude=./site-packages --exclude=./dist-packages \
		--exclude='./config-*' --exclude=./idlelib --exclude=./tkinter --exclude=./turtledemo --exclude=./ensurepip \
		--exclude=./lib2to3 . | tar --extract --no-same-owner --directory "$root$folder"
	add_libraries "$folder"/lib-dynload/*.so
}

for program in "$@"; do
	path=$(command -v "$program") || { echo "$0: no program '$program' on PATH" >&2; exit 69; }
	case $path in /*) ;; *) path=$(realpath "$path") ;; esac
	add_program "$path"
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
