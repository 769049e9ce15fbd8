#!/usr/bin/env bash
# Installs and starts what the optional tests need, on Debian as root: a Docker engine with images made from what is
# installed here (no registry is asked for any), the real Toxiproxy server (where Go is present), Redis, etcd, Chromium. Safe
# to run again. What it starts is written to the file named by
# PAKKA_PROVISION_PIDS (one process id a line), so that the caller can end it.
set -euo pipefail

note() { printf 'provision: %s\n' "$*"; }

packages=()
command -v chromium >/dev/null || packages+=(chromium)
command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] || packages+=(docker.io)
command -v python3 >/dev/null || packages+=(python3)
command -v redis-server >/dev/null || packages+=(redis-server)
command -v etcd >/dev/null || packages+=(etcd-server)
compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || packages+=(libfaketime)
if [ ${#packages[@]} -gt 0 ]; then
	note "installing ${packages[*]}"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
	# Tests start their own: the service that Debian starts is not wanted.
	case " ${packages[*]} " in *" etcd-server "*)
		if command -v systemctl >/dev/null; then systemctl disable --now etcd >/dev/null 2>&1 || true; fi
		service etcd stop >/dev/null 2>&1 || true ;;
	esac
fi

if ! command -v toxiproxy-server >/dev/null; then
	if command -v go >/dev/null; then
		note "building toxiproxy-server"
		folder=$(mktemp -d)
		GOBIN="$folder" go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0
		install -m 755 "$folder/server" /usr/local/bin/toxiproxy-server
		rm -rf "$folder"
	else
		note "no Go: the real Toxiproxy server is left out"
	fi
fi

engine_answers() { timeout 5 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
if ! engine_answers; then
	note "starting dockerd"
	# One that is still stopping its containers would take the new one's file with it.
	before=$(cat /var/run/docker.pid 2>/dev/null || true)
	for _ in $(seq 1 120); do
		[ -n "$before" ] && [ -d "/proc/$before" ] || break
		sleep 0.5
	done
	rm -f /var/run/docker.pid
	nohup dockerd --host unix:///var/run/docker.sock >/var/log/pakka-dockerd.log 2>&1 &
	[ -z "${PAKKA_PROVISION_PIDS:-}" ] || echo $! >>"$PAKKA_PROVISION_PIDS"
	for _ in $(seq 1 60); do
		engine_answers && break
		sleep 0.5
	done
	if engine_answers; then
		note "Docker engine $(docker version --format '{{.Server.Version}}')"
	else
		note "the Docker engine did not answer within 30 s; its log ends:"
		tail -n 20 /var/log/pakka-dockerd.log
		exit 1
	fi
fi

# A base for Pakka's own image, and the third-party server of examples/redis.
docker_scripts=$(cd "$(dirname "$0")/../docker" && pwd)
base=$("$docker_scripts/import-base-image.sh")
redis=$("$docker_scripts/import-program.sh" redis-server)
note "images: $base, $redis"

note "ready: $(toxiproxy-server --version 2>/dev/null || echo 'no toxiproxy-server'), $(chromium --version 2>/dev/null || echo 'no chromium')"
