/**
 * What starting replicas in containers costs on top of bare loops of parallel dockerode create + start, all in turns in one run, with
 * the images there already. Pakka: five or-sets until all answer /health, with their networks, Toxiproxy and links.
 *
 * - `plain`: create and start of five containers of the same image with none of Pakka's options, which do nothing.
 * - `same`: create and start of five containers with the very options that Pakka creates replicas with (two networks, a published
 *   port, a volume, limits, the replica's own program), in networks that are there already, until all answer /health. Also
 *   without waiting for that: `same, started`.
 *
 *     npx tsc -p bench/tsconfig.json
 *     node runs/bench/bench/docker.js [rounds]
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { registerRun } from "../controller/leftovers.ts";
import { containerOptions, NO_LIMITS } from "../controller/runtimes/docker/container-options.ts";
import { connectEngine } from "../controller/runtimes/docker/engine.ts";
import { engineAddress } from "../controller/runtimes/docker/engine-address.ts";
import { ensureImage, NODE_USER } from "../controller/runtimes/docker/images.ts";
import { labelsOf } from "../controller/runtimes/docker/labels.ts";
import { createNetworks } from "../controller/runtimes/docker/networks.ts";
import { removeRun } from "../controller/runtimes/docker/remove-runs.ts";
import { environmentOf } from "../controller/runtimes/docker/replica-source.ts";
import { startDockerRuntime } from "../controller/runtimes/docker/runtime.ts";
import { parseScenario } from "../scenarios/index.ts";

const REPLICAS = 5;
const MOST = 1.3;
/** The kernel takes the namespaces of removed containers apart afterwards, under the lock that new ones need. */
const SETTLE_MS = 1_500;
const rounds = Number(process.argv[2] ?? "7");
const docker = new Docker();
const engine = connectEngine(engineAddress(process.env));
const { image, hostCommand } = await ensureImage(docker, { note: () => undefined });
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-docker-"));
const parsed = parseScenario(`{ name: bench, replicas: { count: ${REPLICAS}, type: or-set } }`, {
	file: join(folder, "bench.scenario.yaml"),
	types: new Map([["or-set", { operations: ["add", "remove", "read"] }]]),
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { scenario } = parsed;

/** Milliseconds until all are started. */
async function plain(): Promise<number> {
	const [program = ""] = hostCommand;
	const beganMs = performance.now();
	const containers = await Promise.all(
		Array.from({ length: REPLICAS }, async () => {
			const container = await docker.createContainer({
				Image: image,
				Entrypoint: [program],
				// Something that stays: the replica itself would end for want of its environment.
				Cmd: ["-e", "setInterval(() => {}, 1000)"],
			});
			await container.start();
			return container;
		}),
	);
	const tookMs = performance.now() - beganMs;
	await Promise.all(containers.map((container) => container.remove({ force: true })));
	return tookMs;
}

const CONTROL_PORT = 7001;
const POLL_MS = 25;

/** Milliseconds until all are started, and until all answer. */
async function same(): Promise<{ startedMs: number; readyMs: number }> {
	const runId = randomBytes(6).toString("hex");
	const labels = labelsOf(runId);
	const networks = await createNetworks(engine, runId, labels);
	const [program = "", ...rest] = hostCommand;
	const beganMs = performance.now();
	const started = await Promise.all(
		scenario.replicas.names.map(async (replica, number) => {
			const container = await docker.createContainer(
				containerOptions({
					name: `pakka-${runId}-${replica}`,
					image,
					entrypoint: [program],
					command: [...rest, "--type", "or-set"],
					imageUser: NODE_USER,
					environment: environmentOf(scenario, runId, {
						replica,
						peers: {},
						dataPath: "/data",
						incarnation: 0,
					}),
					labels,
					network: networks.control,
					volumes: [{ name: `pakka-${runId}-${replica}`, path: "/data", readOnly: false, copiesImage: true }],
					publishedPort: CONTROL_PORT,
					publishedOn: "127.0.0.1",
					limits: NO_LIMITS,
				}),
			);
			const links = docker.getNetwork(networks.links);
			await links.connect({ Container: container.id, EndpointConfig: { Aliases: [`node-${number}`] } });
			await container.start();
			const startedMs = performance.now() - beganMs;
			const { NetworkSettings } = await container.inspect();
			await answers(Number(NetworkSettings.Ports[`${CONTROL_PORT}/tcp`]?.[0]?.HostPort));
			return startedMs;
		}),
	);
	const readyMs = performance.now() - beganMs;
	await removeRun(engine, runId, false);
	return { startedMs: Math.max(...started), readyMs };
}

async function answers(port: number): Promise<void> {
	for (;;) {
		const signal = AbortSignal.timeout(1_000);
		const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal }).catch(() => null);
		if (answer?.status === 200) return;
		await sleep(POLL_MS);
	}
}

/** Milliseconds until all are ready, and how many of them until the links are there. */
async function pakka(): Promise<{ groundMs: number; readyMs: number }> {
	await using leftovers = await registerRun(randomBytes(6).toString("hex"));
	const beganMs = performance.now();
	await using runtime = await startDockerRuntime({
		runId: leftovers.runId,
		scenario,
		leftovers,
		logsFolder: folder,
		report: () => undefined,
		note: () => undefined,
		random: () => 0.5,
	});
	const groundMs = performance.now() - beganMs;
	const outcomes = await Promise.all(scenario.replicas.names.map((replica) => runtime.start(replica)));
	const readyMs = performance.now() - beganMs;
	const failed = outcomes.find((outcome) => outcome.kind === "failed");
	if (failed !== undefined) throw new Error(failed.reason);
	return { groundMs, readyMs };
}

const median = (values: number[]): number =>
	values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const took = {
	plain: [] as number[],
	sameStarted: [] as number[],
	same: [] as number[],
	pakka: [] as number[],
};
for (let round = 0; round < rounds; round++) {
	await sleep(SETTLE_MS);
	took.plain.push(await plain());
	await sleep(SETTLE_MS);
	const bare = await same();
	took.sameStarted.push(bare.startedMs);
	took.same.push(bare.readyMs);
	await sleep(SETTLE_MS);
	const { readyMs, groundMs } = await pakka();
	took.pakka.push(readyMs);
	process.stdout.write(
		`${round + 1}: ${Object.entries(took)
			.map(([name, values]) => `${name} ${Math.round(values.at(-1) ?? 0)} ms`)
			.join(", ")} (links after ${Math.round(groundMs)} ms)\n`,
	);
}
await rm(folder, { recursive: true, force: true });
await engine[Symbol.asyncDispose]();
const ready = median(took.pakka);
const against = (name: keyof typeof took) =>
	`${(ready / median(took[name])).toFixed(2)} × ${name} (${Math.round(median(took[name]))} ms)`;
const least = (name: keyof typeof took) => Math.round(Math.min(...took[name]));
process.stdout.write(
	`fastest: Pakka ${least("pakka")} ms, same ${least("same")} ms, plain ${least("plain")} ms\n` +
		`medians: Pakka ready in ${Math.round(ready)} ms: ${against("same")}, ${against("sameStarted")}, ${against("plain")}\n`,
);
process.exitCode = ready <= MOST * median(took.same) ? 0 : 1;
