/**
 * What starting replicas in containers costs on top of a bare loop: five or-sets until all answer /health, with their networks,
 * Toxiproxy and links, against a parallel create and start of five plain containers of the same image by dockerode, without
 * waiting for what runs in them. The two take turns, and images are there already.
 *
 *     npx tsc -p bench/tsconfig.json
 *     node runs/bench/bench/docker.js [rounds]
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { registerRun } from "../controller/leftovers.ts";
import { ensureImage } from "../controller/runtimes/docker/images.ts";
import { startDockerRuntime } from "../controller/runtimes/docker/runtime.ts";
import { parseScenario } from "../scenarios/index.ts";

const REPLICAS = 5;
const MOST = 1.3;
const rounds = Number(process.argv[2] ?? "7");
const docker = new Docker();
const { image, hostCommand } = await ensureImage(docker, { note: () => undefined });
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-docker-"));
const parsed = parseScenario(`{ name: bench, replicas: { count: ${REPLICAS}, type: or-set } }`, {
	file: join(folder, "bench.scenario.yaml"),
	types: new Map([["or-set", { operations: ["add", "remove", "read"] }]]),
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { scenario } = parsed;

/** Milliseconds until all are started. */
async function bare(): Promise<number> {
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

/** Milliseconds until networks, Toxiproxy and links are there, and until all replicas are ready. */
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

const bareMs: number[] = [];
const groundMs: number[] = [];
const readyMs: number[] = [];
for (let round = 0; round < rounds; round++) {
	bareMs.push(await bare());
	const measured = await pakka();
	groundMs.push(measured.groundMs);
	readyMs.push(measured.readyMs);
	const show = (values: number[]) => Math.round(values.at(-1) ?? 0);
	process.stdout.write(
		`${round + 1}: bare ${show(bareMs)} ms, ground ${show(groundMs)} ms, ready ${show(readyMs)} ms\n`,
	);
}
await rm(folder, { recursive: true, force: true });
const ratio = median(readyMs) / median(bareMs);
process.stdout.write(
	`medians: bare ${Math.round(median(bareMs))} ms, ready ${Math.round(median(readyMs))} ms ` +
		`(${Math.round(median(groundMs))} of it networks, Toxiproxy and links): ${ratio.toFixed(2)} × (at most ${MOST})\n`,
);
process.exit(ratio <= MOST ? 0 : 1);
