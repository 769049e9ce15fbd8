/**
 * What some tests need of the machine: a real Toxiproxy server, a Docker engine, Chromium, Redis. Where it is
 * missing the test is skipped and says what is missing; with `PAKKA_REQUIRE=toxiproxy,chromium` a skip is a failure.
 *
 *     const toxiproxy = requirement("toxiproxy");
 *     describe.skipIf(!toxiproxy.met)(`against the real server${toxiproxy.note}`, () => { … toxiproxy.path … });
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export type Need = "toxiproxy" | "docker" | "chromium" | "redis" | "python" | "etcd";

export interface Requirement {
	met: boolean;
	/** Absolute path of the program; empty when not met. */
	path: string;
	/** Empty when met, otherwise ` (skipped: …)` for the test's title. */
	note: string;
}

const PROGRAMS: Record<Need, string[]> = {
	toxiproxy: ["toxiproxy-server"],
	docker: ["docker"],
	chromium: ["chromium", "chromium-browser", "google-chrome"],
	redis: ["redis-server"],
	python: ["python3"],
	etcd: ["etcd"],
};
const DOCKER_PING_TIMEOUT_MS = 5_000;

/** @throws when it is missing and `PAKKA_REQUIRE` names it */
export function requirement(need: Need): Requirement {
	const path = PROGRAMS[need].map(findOnPath).find((found) => found !== null) ?? "";
	const missing = path === "" ? `no ${PROGRAMS[need].join(" or ")} on PATH` : whyUnusable(need, path);
	if (missing === null) return { met: true, path, note: "" };
	if ((process.env["PAKKA_REQUIRE"] ?? "").split(",").includes(need)) {
		throw new Error(`PAKKA_REQUIRE names ${need}, but ${missing}. Run scripts/provision.sh first.`);
	}
	return { met: false, path: "", note: ` (skipped: ${missing})` };
}

function whyUnusable(need: Need, path: string): string | null {
	if (need !== "docker") return null;
	try {
		execFileSync(path, ["version", "--format", "{{.Server.Version}}"], {
			timeout: DOCKER_PING_TIMEOUT_MS,
			stdio: "pipe",
		});
		return null;
	} catch {
		return "no Docker engine answers";
	}
}

function findOnPath(program: string): string | null {
	for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
		const path = join(folder, program);
		if (folder !== "" && existsSync(path)) return path;
	}
	return null;
}
