/**
 * What a run says whose Docker engine is really stopped, how soon, and that nothing of it is left when the engine is back:
 *
 *     npx tsc -p bench/tsconfig.json
 *     node runs/bench/bench/docker-engine-stop.js
 *
 * For each of SIGTERM and SIGKILL: `pakka run --runtime docker` until its replicas are up, the signal to dockerd (by the process id
 * in its own file), the run's end, `scripts/provision.sh` (which starts dockerd again), `pakka clean`. Stops the engine of the
 * machine, so nothing else may be using it; wants root. Exit code 1 when the run did not end with 70 within
 * {@link ENDS_WITHIN_MS}, or something is left after the cleaning.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";

const PID_FILE = "/var/run/docker.pid";
const STARTED_WITHIN_MS = 60_000;
/** A call that hangs is given up after 30 s. */
const ENDS_WITHIN_MS = 45_000;
/** It gives each container ten seconds to stop. */
const ENGINE_GONE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 200;
const REPLICAS = 3;
const SCENARIO = `
name: engine-stop
replicas: { count: ${REPLICAS}, type: or-set }
workload: { duration: 120s, rate: 20/s }
`;

const docker = new Docker();
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-engine-stop-"));
await writeFile(join(folder, "stop.scenario.yaml"), SCENARIO);

/** Names of what a controller has in the engine. */
async function owned(pid: number): Promise<string[]> {
	const filters = { label: ["dev.pakka.owner"] };
	const isOwn = ({ Labels }: { Labels?: Record<string, string> | undefined }) =>
		Labels?.["dev.pakka.owner"]?.split("/")[1] === String(pid);
	const [containers, networks, { Volumes }] = await Promise.all([
		docker.listContainers({ all: true, filters }),
		docker.listNetworks({ filters }),
		docker.listVolumes({ filters } as object),
	]);
	return [
		...containers.filter(isOwn).map(({ Names }) => Names[0] ?? ""),
		...networks.filter(isOwn).map(({ Name }) => Name),
		...(Volumes ?? []).filter(isOwn).map(({ Name }) => Name),
	];
}

async function stopDuringRun(signal: "SIGTERM" | "SIGKILL"): Promise<boolean> {
	const args = [join(folder, "stop.scenario.yaml"), "--runtime", "docker", "--out", folder];
	const child = spawn(process.execPath, ["dist/cli/main.js", "run", ...args], {
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, NO_COLOR: "1" },
	});
	let said = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
	}
	const ended = once(child, "exit") as Promise<[number | null]>;
	const pid = child.pid ?? 0;
	// Two networks, Toxiproxy, and for each replica a container and a volume.
	const whole = 3 + 2 * REPLICAS;
	for (let waitedMs = 0; (await owned(pid)).length < whole; waitedMs += LOOK_EVERY_MS) {
		if (waitedMs > STARTED_WITHIN_MS) throw new Error(`the run did not start:\n${said}`);
		await sleep(LOOK_EVERY_MS);
	}
	await sleep(4_000);
	const engine = Number((await readFile(PID_FILE, "utf8")).trim());
	process.kill(engine, signal);
	const stoppedAtMs = performance.now();
	const [code] = await Promise.race([ended, sleep(ENDS_WITHIN_MS, [null] as [null])]);
	const endedMs = Math.round(performance.now() - stoppedAtMs);
	if (code === null) child.kill("SIGKILL");
	process.stdout.write(
		`\n${signal} to dockerd: the run ended with exit code ${code} after ${endedMs} ms\n${said}`,
	);
	await goneWithin(engine, ENGINE_GONE_WITHIN_MS);
	spawnSync("bash", ["scripts/provision.sh"], { stdio: "inherit" });
	const before = await owned(pid);
	const clean = spawnSync(process.execPath, ["dist/cli/main.js", "clean"], { encoding: "utf8" });
	const after = await owned(pid);
	process.stdout.write(
		`the engine is back with ${before.length} of the run's; pakka clean: ${clean.stdout.trim()}; left: ${after.length}\n`,
	);
	return code === 70 && after.length === 0;
}

/** A second engine beside one that is still stopping its containers would lose its file. */
async function goneWithin(pid: number, boundMs: number): Promise<void> {
	for (let waitedMs = 0; waitedMs < boundMs; waitedMs += LOOK_EVERY_MS) {
		try {
			process.kill(pid, 0);
		} catch {
			return;
		}
		await sleep(LOOK_EVERY_MS);
	}
	throw new Error(`dockerd (${pid}) is still there ${boundMs} ms after the signal`);
}

const good: boolean[] = [];
try {
	for (const signal of ["SIGTERM", "SIGKILL"] as const) good.push(await stopDuringRun(signal));
} finally {
	await rm(folder, { recursive: true, force: true });
}
process.exitCode = good.every(Boolean) ? 0 : 1;
