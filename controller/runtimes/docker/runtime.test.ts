/** Replicas in containers of a real engine: their lives, their faults, what they do wrong, and that nothing is left of them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { requirement } from "../../../test/requirements.ts";
import { runScenario } from "../../run.ts";
import { eventsOf, finalViews, lifeOf, ofKind } from "../../testing/history.ts";
import {
	type Changes,
	fault,
	gossipSets,
	makeTestFolder,
	orSets,
	type TestFolder,
} from "../../testing/scenarios.ts";
import { connectEngine, type Engine } from "./engine.ts";
import { engineAddress } from "./engine-address.ts";
import { OWNER_LABEL, RUN_LABEL } from "./labels.ts";
import { makeProgramImage } from "./testing/program-image.ts";

const docker = requirement("docker");
const IMAGES_WITHIN_MS = 120_000;
const RUN_WITHIN_MS = 60_000;

describe.skipIf(!docker.met)(`the docker runtime${docker.note}`, () => {
	let engine: Engine;
	let image: string;
	let folder: TestFolder;
	beforeAll(async () => {
		engine = connectEngine(engineAddress(process.env));
		[image, folder] = await Promise.all([makeProgramImage(engine.docker), makeTestFolder()]);
	}, IMAGES_WITHIN_MS);
	afterAll(async () => {
		await folder?.[Symbol.asyncDispose]();
		await engine?.[Symbol.asyncDispose]();
	});

	async function run(scenario: Scenario) {
		const outcome = await runScenario(scenario, { runtime: "docker", outDir: folder.path });
		return { outcome, events: await eventsOf(outcome.historyPath) };
	}

	function programs(options: Parameters<typeof gossipSets>[0], changes: Changes = {}): Scenario {
		return gossipSets(options, {
			...changes,
			replicas: { source: { kind: "image", image, adapter: null }, ...changes.replicas },
		});
	}

	it(
		"runs an image as it is; a crash that loses its disk and one that keeps it, a pause, a stop, all converge",
		async () => {
			const { outcome, events } = await run(
				programs(
					{},
					{
						workload: { operations: 100 },
						faults: [
							fault(100, 300, { kind: "crash", replica: "r1", disk: "keep" }),
							fault(100, 300, { kind: "stop", replica: "r2", graceMs: 200 }),
							fault(100, 400, { kind: "pause", replica: "r3" }),
						],
					},
				),
			);

			expect(outcome, outcome.endDetail).toMatchObject({
				endReason: "settled",
				toxiproxy: { kind: "container" },
			});
			expect(lifeOf(events, "r1")).toEqual(["started", "ready", "crashed", "started", "ready"]);
			expect(lifeOf(events, "r2")).toEqual(["started", "ready", "stopped", "started", "ready"]);
			expect(lifeOf(events, "r3")).toEqual(["started", "ready", "paused", "resumed"]);
			expect(new Set(finalViews(events)).size).toBe(1);
		},
		RUN_WITHIN_MS,
	);

	it(
		"starts a container again that needed more memory than a limit left it, and says so, unlike of one that crashed",
		async () => {
			const { outcome, events } = await run(
				programs(
					{ hoard: "r1" },
					{
						workload: { operations: 90 },
						faults: [
							fault(0, 2_500, { kind: "limit", replica: "r1", cpus: null, memoryBytes: 150_000_000 }),
							fault(300, 300, { kind: "crash", replica: "r2", disk: "lose" }),
						],
					},
				),
			);

			// It may be found silent before the engine tells why.
			const life = lifeOf(events, "r1").filter((what) => what !== "unreachable");
			expect(life).toEqual(["started", "ready", "oom-killed", "started", "ready"]);
			const [killed] = ofKind(events, "node").filter(({ what }) => what === "oom-killed");
			expect(killed?.detail).toContain("out of memory");
			expect(lifeOf(events, "r2")).toContain("crashed");
			expect(outcome.endReason).toBe("settled");
		},
		RUN_WITHIN_MS,
	);

	it(
		"takes a container off the network and back while the harness still reaches it",
		async () => {
			const { outcome, events } = await run(
				orSets({ faults: [fault(100, 600, { kind: "disconnect", replica: "r2" })] }),
			);
			expect(outcome.endReason).toBe("settled");
			expect(lifeOf(events, "r2")).toEqual(["started", "ready"]);
			expect(ofKind(events, "ok").length).toBe(60);
			expect(new Set(finalViews(events)).size).toBe(1);
		},
		RUN_WITHIN_MS,
	);

	it(
		"names a container that ends at its start with its last words, and one that never becomes healthy",
		async () => {
			const [exits, silent] = await Promise.all([
				run(programs({ exitAtStart: "r2" })),
				run(programs({ neverHealthy: "r1" })),
			]);
			expect(exits.outcome.endReason).toBe("unreadable");
			expect(exits.outcome.endDetail).toMatch(
				/r2 ended before it was ready: exit code 3.*cannot find my configuration/s,
			);
			expect(silent.outcome.endReason).toBe("unreadable");
			expect(silent.outcome.endDetail).toContain("r1 did not answer GET /health");
		},
		RUN_WITHIN_MS,
	);

	it(
		"makes the clock of an image wrong that has libfaketime, and right again",
		async (context) => {
			const scenario = programs(
				{ tellTime: "all" },
				{
					workload: { operations: 60 },
					faults: [fault(100, 200, { kind: "clock", replica: "r1", offsetMs: -3_600_000, drift: 0 })],
				},
			);
			const { outcome, events } = await run(scenario);
			if (ofKind(events, "note").some(({ what }) => what.includes("could not be set"))) {
				context.skip("the image has no libfaketime, since this machine has none");
			}
			expect(outcome.endReason).toBe("settled");
			const offsets = async (replica: string) => {
				const log = await readFile(join(outcome.folder, "logs", `${replica}.log`), "utf8");
				return [...log.matchAll(/it is (\d+)/g)].map(
					(match) => Math.round((Number(match[1]) - Date.now()) / 3_600_000) + 0,
				);
			};
			expect(new Set(await offsets("r1"))).toEqual(new Set([0, -1]));
			expect((await offsets("r1")).at(-1)).toBe(0);
			expect(new Set(await offsets("r2"))).toEqual(new Set([0]));
		},
		RUN_WITHIN_MS,
	);

	it("refuses an image that there is not, with its name and what to do, and makes nothing", async () => {
		const scenario = programs(
			{},
			{ replicas: { source: { kind: "image", image: "pakka-test/no-such:9", adapter: null } } },
		);
		await expect(run(scenario)).rejects.toThrow(/no image 'pakka-test\/no-such:9'.*docker pull/);
	});

	it("says which socket it tried when there is no engine, what to do, and that processes need none", async () => {
		const { DOCKER_HOST: before } = process.env;
		process.env["DOCKER_HOST"] = "unix:///nonexistent/docker.sock";
		try {
			await expect(run(orSets())).rejects.toThrow(
				/unix:\/\/\/nonexistent\/docker\.sock.*Start Docker.*--runtime process/s,
			);
		} finally {
			if (before === undefined) delete process.env["DOCKER_HOST"];
			else process.env["DOCKER_HOST"] = before;
		}
	});

	it(
		"has left nothing of these runs, and has not touched a volume that is not Pakka's",
		async () => {
			const { name: own } = await engine.docker.createVolume({ Name: `pakka-test-bystander-${process.pid}` });
			try {
				await run(orSets({ workload: { operations: 10 } }));
				const filters = { label: [OWNER_LABEL] };
				const [containers, networks, volumes] = await Promise.all([
					engine.docker.listContainers({ all: true, filters }),
					engine.docker.listNetworks({ filters }),
					engine.docker.listVolumes({ filters } as object),
				]);
				// Of other processes there may be some: only ours must be gone.
				const ours = [...containers, ...networks, ...(volumes.Volumes ?? [])].filter(({ Labels }) =>
					Labels?.[OWNER_LABEL]?.includes(`/${process.pid}/`),
				);
				expect(ours.map(({ Labels }) => Labels?.[RUN_LABEL])).toEqual([]);
				await expect(engine.docker.getVolume(own).inspect()).resolves.toBeDefined();
			} finally {
				await engine.docker.getVolume(own).remove();
			}
		},
		RUN_WITHIN_MS,
	);
});
