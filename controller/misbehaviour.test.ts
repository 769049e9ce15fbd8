/** Programs that misbehave: each kind is classified and shown, and no run hangs on it. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Json } from "../history/events.ts";
import { identify } from "./process-identity.ts";
import { type RunOutcome, runScenario } from "./run.ts";
import { MAX_LOG_BYTES } from "./runtimes/process/log-file.ts";
import { HEALTHY_WITHIN_MS } from "./runtimes/process/node-process.ts";
import { eventsOf, finalViews, lifeOf, ofKind } from "./testing/history.ts";
import { type Changes, fault, gossipSets, makeTestFolder, orSets } from "./testing/scenarios.ts";

async function run(options: Record<string, Json>, changes: Changes = {}) {
	await using folder = await makeTestFolder();
	const outcome = await runScenario(gossipSets(options, changes), {
		runtime: "process",
		outDir: folder.path,
	});
	const events = await eventsOf(outcome.historyPath);
	const logBytes = (await stat(join(outcome.folder, "logs/r2.log"))).size;
	return { outcome, events, logBytes };
}

const nodeEvent = (events: Awaited<ReturnType<typeof eventsOf>>, what: string) =>
	ofKind(events, "node").filter((event) => event.what === what);

describe.concurrent("a program without the SDK", () => {
	it("is driven, crashed, and read like any other replica", async () => {
		const faults = [fault(100, 300, { kind: "crash" as const, replica: "r1", disk: "keep" as const })];
		const { outcome, events } = await run({}, { faults });
		expect(outcome.endReason).toBe("settled");
		expect(new Set(finalViews(events)).size).toBe(1);
		expect(ofKind(events, "ok").length).toBeGreaterThan(20);
		expect(lifeOf(events, "r1")).toEqual(["started", "ready", "crashed", "started", "ready"]);
	});

	it("that exits at once is shown with its exit code and last words", async () => {
		const { outcome, events } = await run({ exitAtStart: "r2" });
		expect(outcome.endReason).toBe("unreadable");
		expect(outcome.endDetail).toContain("r2 ended before it was ready: exit code 3");
		expect(outcome.endDetail).toContain("cannot find my configuration");
		expect(nodeEvent(events, "exited")).toMatchObject([{ replica: "r2" }]);
		expect(ofKind(events, "invoke")).toEqual([]);
	});

	it("that never becomes healthy is given up on after a bound", async () => {
		const { outcome, events } = await run({ neverHealthy: "r2" });
		expect(outcome.endReason).toBe("unreadable");
		expect(outcome.endDetail).toContain(`within ${HEALTHY_WITHIN_MS} ms`);
		expect(outcome.endDetail).toContain("r2 listens");
		expect(nodeEvent(events, "unhealthy")).toMatchObject([{ replica: "r2" }]);
	}, 40_000);

	it("that dies in mid-run is shown, and the run ends as unreadable", async () => {
		const { outcome, events } = await run({ exitAfter: 5 });
		expect(outcome.endReason).toBe("unreadable");
		expect(nodeEvent(events, "exited")).toMatchObject([
			{ replica: "r1", detail: expect.stringContaining("exit code 7") as string },
		]);
		const [lost] = ofKind(events, "info");
		expect(lost).toMatchObject({ replica: "r1", process: 0 });
		const later = ofKind(events, "invoke").filter(
			({ id, index }) => id.startsWith("c1-") && index > (lost?.index ?? 0),
		);
		expect(later.length).toBeGreaterThan(0);
		expect(new Set(later.map(({ process }) => process))).toEqual(new Set([3]));
		expect(ofKind(events, "fail").some(({ error }) => error.code === "ECONNREFUSED")).toBe(true);
	}, 30_000);

	it("that floods its log runs on, with a bounded log", async () => {
		const { outcome, events, logBytes } = await run({ flood: "r2" });
		expect(outcome.endReason).toBe("settled");
		expect(nodeEvent(events, "log-flood")).toMatchObject([{ replica: "r2" }]);
		expect(logBytes).toBeGreaterThan(MAX_LOG_BYTES / 2);
		expect(logBytes).toBeLessThan(MAX_LOG_BYTES + 4 * 1024 * 1024);
	}, 30_000);

	it("that answers garbage is named for it, once for states and once for operations", async () => {
		const { outcome, events } = await run({ garbageState: "r2", garbageOperation: "r3" });
		expect(outcome.endReason).toBe("unreadable");
		expect(
			nodeEvent(events, "garbage")
				.map(({ replica }) => replica)
				.sort(),
		).toEqual(["r2", "r3"]);
		const infos = ofKind(events, "info").filter(({ replica }) => replica === "r3");
		expect(infos).toHaveLength(20);
		expect(new Set(infos.map(({ process }) => process)).size).toBe(20);
	}, 30_000);

	it("that hangs on operations costs each a time-out and no more", async () => {
		const workload = { operations: 12, timeoutMs: 200 };
		const { outcome, events } = await run({ hangOnOperation: "r1" }, { workload });
		expect(outcome.endReason).toBe("settled");
		// 200 ms may be too little for the others as well, on a busy machine.
		const infos = ofKind(events, "info").filter(({ replica }) => replica === "r1");
		expect(infos.map(({ error }) => error.code)).toEqual(["timeout", "timeout", "timeout", "timeout"]);
		expect(infos.map(({ process }) => process)).toEqual([0, 3, 6, 9]);
	});

	it("takes the processes that it started with it", async () => {
		const pids: number[] = [];
		await using folder = await makeTestFolder();
		const { execFileSync } = await import("node:child_process");
		await runScenario(gossipSets({ child: "r1" }), {
			runtime: "process",
			outDir: folder.path,
			onProgress: ({ phase }) => {
				if (phase !== "final") return;
				const out = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
				for (const line of out.split("\n"))
					if (line.endsWith("sleep 600")) pids.push(Number(line.trim().split(" ")[0]));
			},
		});
		expect(pids.length).toBeGreaterThan(0);
		expect(pids.filter((pid) => identify(pid) !== null)).toEqual([]);
	});
});

describe("what can't be run", () => {
	const refused = async (
		scenario: Parameters<typeof runScenario>[0],
		runtime: "process" | "docker" = "process",
	) => {
		await using folder = await makeTestFolder();
		return await runScenario(scenario, { runtime, outDir: folder.path }).then(
			(outcome: RunOutcome) => outcome.endReason,
			(error: Error) => error.message,
		);
	};

	it("is refused by name and place before anything starts", async () => {
		const clock = fault(0, 100, { kind: "clock", replica: "r1", offsetMs: 1, drift: 0 });
		const reorder = fault(0, 100, { kind: "reorder", spreadMs: 50, links: null });
		const command = { kind: "command" as const, argv: ["no-such-program"] };
		expect(
			await refused(orSets({ replicas: { source: { kind: "image", image: "x", adapter: null } } })),
		).toContain("replicas.image");
		expect(
			await refused(orSets({ replicas: { source: { kind: "maelstrom", argv: ["no-such-node"] } } })),
		).toContain("no executable program 'no-such-node'");
		expect(
			await refused(orSets({ replicas: { source: { kind: "built-in", type: "no-such-type" } } })),
		).toContain("'no-such-type'");
		expect(await refused(orSets({ replicas: { source: command } }))).toContain(
			"no executable program 'no-such-program'",
		);
		expect(await refused(orSets({ replicas: { lanes: 1 }, faults: [reorder] }))).toContain(
			"faults[0].reorder",
		);
		expect(await refused(gossipSets({}, { faults: [clock] }))).toContain("faults[0].clock");
		expect(await refused(gossipSets({}, { replicas: { type: null } }))).toContain("give a script");
	});
});
