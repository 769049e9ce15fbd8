#!/usr/bin/env bash
# Makes an image of a program of this machine, where no registry can be reached:
#
#     docker/import-program.sh redis-server             # the image pakka/program-redis-server:local
#     docker/import-program.sh -t my/redis:7 redis-server redis-cli
#
# The first program is what a container runs, without a shell, as user 10001. With the engine of another machine or
# architecture it can't work: what is imported is this machine's program. Does nothing when the image is there already, made
# from the same programs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

image=
if [ "${1:-}" = -t ]; then
	image=${2:?"-t wants the name of an image"}
	shift 2
fi
if [ $# -eq 0 ]; then
	echo "usage: $0 [-t IMAGE] PROGRAM…" >&2
	exit 64
fi
program=$(command -v "$1") || { echo "$0: no program '$1' on PATH" >&2; exit 69; }
image=${image:-pakka/program-$(basename "$program"):local}

# Of every program in it, one after another.
source=$(for name in "$@"; do stat -L -c %s-%Y "$(command -v "$name")"; done | paste -sd.)
found=$(docker image inspect --format '{{index .Config.Labels "dev.pakka.source"}}' "$image" 2>/dev/null || true)
if [ "$found" != "$source" ]; then
	"$here/program-tar.sh" "$@" | docker import \
		--change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
		--change 'ENV HOME=/tmp' \
		--change 'WORKDIR /data' \
		--change 'USER 10001:10001' \
		--change "ENTRYPOINT [\"$program\"]" \
		--change "LABEL dev.pakka.image=program dev.pakka.source=$source" \
		- "$image" >/dev/null
fi
echo "$image"
