/**
 * Whether anything is left in the Docker engine of a `pakka run --runtime docker` that is ended at a random moment by SIGINT,
 * SIGTERM or SIGKILL:
 *
 *     npx tsc -p bench/tsconfig.json
 *     node runs/bench/bench/docker-leftovers.js [--trials 100] [--seed 1] [--at-once 3] [--latest 6000]
 *
 * A moment is counted from when the run's first object is in the engine; in one trial of {@link ONE_FROM_START_IN} from the start of
 * the program, so that those before it are tried too. After each trial it waits until nothing with that controller's label is left, at most {@link GONE_WITHIN_MS}. A container, a
 * network and a volume without labels, made before the first trial, must still be there after the last. Exit code 1 otherwise.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import Docker from "dockerode";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

const GONE_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;
/** From the first object to the middle of the workload: containers are made, started, ready, crashed and started again. */
const LATEST_MOMENT_MS = "6000";
const ONE_FROM_START_IN = 10;
const LATEST_FROM_START_MS = 2_000;
const FIRST_OBJECT_WITHIN_MS = 60_000;
const OWNER_LABEL = "dev.pakka.owner";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
const SCENARIO = `
name: leftovers
replicas: { count: 3, type: or-set }
workload: { duration: 60s, rate: 50/s }
faults:
  - { every: 500ms, until: 60s, random: [crash, pause, partition] }
`;

const { values } = parseArgs({
	options: {
		trials: { type: "string", default: "100" },
		seed: { type: "string", default: "1" },
		latest: { type: "string", default: LATEST_MOMENT_MS },
		"at-once": { type: "string", default: "3" },
		/** The command line under test. */
		program: { type: "string", default: "dist/cli/main.js" },
	},
});
const trials = Number(values.trials);
const random = xoroshiro128plus(Number(values.seed));
const docker = new Docker();
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-leftovers-"));
await writeFile(join(folder, "leftovers.scenario.yaml"), SCENARIO);

/** Kinds and names of what a controller owns in the engine; of all controllers where none is named. */
async function owned(pid: number): Promise<string[]> {
	const filters = { label: [OWNER_LABEL] };
	const [containers, networks, { Volumes }] = await Promise.all([
		docker.listContainers({ all: true, filters }),
		docker.listNetworks({ filters }),
		docker.listVolumes({ filters } as object),
	]);
	const isOwn = ({ Labels }: { Labels?: Record<string, string> | undefined }) =>
		Labels?.[OWNER_LABEL]?.split("/")[1] === String(pid);
	return [
		...containers.filter(isOwn).map(({ Names }) => `container ${Names[0]}`),
		...networks.filter(isOwn).map(({ Name }) => `network ${Name}`),
		...(Volumes ?? []).filter(isOwn).map(({ Name }) => `volume ${Name}`),
	];
}

async function firstObjectOf(pid: number): Promise<void> {
	const deadlineMs = performance.now() + FIRST_OBJECT_WITHIN_MS;
	while ((await owned(pid)).length === 0) {
		if (performance.now() > deadlineMs) {
			throw new Error(`a run had made nothing within ${FIRST_OBJECT_WITHIN_MS} ms`);
		}
		await sleep(LOOK_EVERY_MS);
	}
}

interface Trial {
	number: number;
	signal: (typeof SIGNALS)[number];
	afterMs: number;
	since: "start" | "first object";
}

async function trial({
	number,
	signal,
	afterMs,
	since,
}: Trial): Promise<{ line: string; had: number; left: string[] }> {
	const child = spawn(
		process.execPath,
		[values.program, "run", join(folder, "leftovers.scenario.yaml"), "--runtime", "docker", "--out", folder],
		{ stdio: "ignore" },
	);
	const ended = once(child, "exit");
	const pid = child.pid ?? 0;
	if (since === "first object") await firstObjectOf(pid);
	await sleep(afterMs);
	const before = await owned(pid);
	child.kill(signal);
	const killedAtMs = performance.now();
	let left = await owned(pid);
	while (performance.now() - killedAtMs < GONE_WITHIN_MS) {
		// What the engine is still making may come after a look that found nothing: look to the end for a few.
		left = await owned(pid);
		if (left.length === 0 && child.exitCode !== null) break;
		if (left.length === 0 && child.signalCode !== null && performance.now() - killedAtMs > 3_000) break;
		await sleep(LOOK_EVERY_MS);
	}
	const goneMs = Math.round(performance.now() - killedAtMs);
	await ended;
	const words = left.length === 0 ? `nothing left after ${goneMs} ms` : `LEFT: ${left.join(", ")}`;
	const had = before.length;
	return {
		line: `${number + 1}\t${signal}\t${afterMs} ms after its ${since}\thad ${had}\t${words}`,
		had,
		left,
	};
}

const bystander = `pakka-bench-bystander-${process.pid}`;
const [image] = await docker.listImages();
if (image === undefined) throw new Error("the engine has no image to make a bystander of");
const container = await docker.createContainer({ name: bystander, Image: image.Id, Cmd: ["none"] });
const network = await docker.createNetwork({ Name: bystander });
await docker.createVolume({ Name: bystander });
// Drawn beforehand, so that how many are under way at once changes none of them.
const planned = Array.from({ length: trials }, (_, number): Trial => {
	const fromStart = number % ONE_FROM_START_IN === 0;
	return {
		number,
		signal: SIGNALS[number % SIGNALS.length] ?? "SIGKILL",
		afterMs: uniformInt(random, 0, fromStart ? LATEST_FROM_START_MS : Number(values.latest)),
		since: fromStart ? "start" : "first object",
	};
});
let failures = 0;
let withObjects = 0;
async function takeTrials(): Promise<void> {
	for (let next = planned.shift(); next !== undefined; next = planned.shift()) {
		const { line, had, left } = await trial(next);
		process.stdout.write(`${line}\n`);
		if (left.length > 0) failures++;
		if (had > 0) withObjects++;
	}
}
try {
	await Promise.all(Array.from({ length: Number(values["at-once"]) }, takeTrials));
	await Promise.all([container.inspect(), network.inspect(), docker.getVolume(bystander).inspect()]);
	process.stdout.write("what carries no label is still there\n");
} finally {
	await container.remove({ force: true });
	await network.remove();
	await docker.getVolume(bystander).remove();
	await rm(folder, { recursive: true, force: true });
}
process.stdout.write(
	`${trials} trials, ${withObjects} with something in the engine when they were killed, ${failures} left something behind\n`,
);
process.exitCode = failures > 0 ? 1 : 0;
