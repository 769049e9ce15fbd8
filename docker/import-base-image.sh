#!/usr/bin/env bash
# Makes a base image for docker/Dockerfile from this machine's Node, where no registry can be reached:
#
#     docker/import-base-image.sh            # the image pakka/base:local
#     docker/import-base-image.sh my/base:20
#
# `pakka run --runtime docker` takes pakka/base:local by itself when there is no node image, and makes it when it can.
# Does nothing when the image is there already, made from the same Node.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

image=${1:-pakka/base:local}
node=$(command -v node) || { echo "$0: no node on PATH" >&2; exit 69; }
source=$(stat -L -c %s-%Y "$node")
found=$(docker image inspect --format '{{index .Config.Labels "dev.pakka.source"}}' "$image" 2>/dev/null || true)
if [ "$found" != "$source" ]; then
	"$here/program-tar.sh" "$node" | docker import \
		--change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
		--change "CMD [\"$node\"]" \
		--change "LABEL dev.pakka.image=base dev.pakka.source=$source" \
		- "$image" >/dev/null
fi
echo "$image"
