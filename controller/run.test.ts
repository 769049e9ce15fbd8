/** Whole runs of or-sets as processes behind Toxiproxy, with the real server where there is one, and with the embedded one. */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { MessageRecord } from "../history/events.ts";
import { readJournal } from "../history/journal.ts";
import { requirement } from "../test/requirements.ts";
import { processesWithEnvironment } from "./process-identity.ts";
import type { Progress } from "./progress.ts";
import { runScenario } from "./run.ts";
import { listRecords, readRecord } from "./run-registry.ts";
import { eventsOf, finalViews, lifeOf, ofKind } from "./testing/history.ts";
import { fault, makeTestFolder, orSets } from "./testing/scenarios.ts";

const real = requirement("toxiproxy");
const SEED = 11;

const FAULTS = [
	fault(0, 1_200, { kind: "reorder", spreadMs: 80, links: null }),
	fault(0, 1_200, { kind: "duplicate", share: 0.2, links: null }),
	fault(100, 500, { kind: "partition", shape: "halves", mode: "hold" }),
	fault(200, 400, { kind: "crash", replica: "r3", disk: "keep" }),
	fault(500, 300, { kind: "pause", replica: "r2" }),
	fault(300, 300, { kind: "clock", replica: "r1", offsetMs: -300_000, drift: 0 }),
	fault(1_000, null, { kind: "reset", links: null }),
	fault(1_000, null, { kind: "crash", replica: "r1", disk: "keep" }),
];

for (const which of ["binary", "embedded"] as const) {
	const met = which === "embedded" || real.met;
	describe.skipIf(!met)(`a run with the ${which} Toxiproxy${which === "binary" ? real.note : ""}`, () => {
		it(`converges after reordering, a partition, crashes and a pause (seed ${SEED})`, async () => {
			await using folder = await makeTestFolder();
			process.env["PAKKA_TOXIPROXY"] = which;
			const shown: Progress[] = [];
			const scenario = orSets({ seed: SEED, faults: FAULTS, workload: { operations: 150, clients: 6 } });
			const outcome = await runScenario(scenario, {
				runtime: "process",
				outDir: folder.path,
				onProgress: (progress) => shown.push(progress),
			});
			delete process.env["PAKKA_TOXIPROXY"];
			expect([outcome.endReason, outcome.endDetail, outcome.toxiproxy?.kind]).toEqual([
				"settled",
				"equal delivered sets and unchanged views for 300 ms",
				which,
			]);

			const events = await eventsOf(outcome.historyPath);
			expect(finalViews(events)).toHaveLength(3);
			expect(new Set(finalViews(events)).size).toBe(1);
			expect(ofKind(events, "invoke")).toHaveLength(150);
			expect(ofKind(events, "ok").length).toBeGreaterThan(30);
			expect(ofKind(events, "deliver").length).toBeGreaterThan(60);
			expect(ofKind(events, "phase").map(({ phase }) => phase)).toEqual([
				"workload",
				"heal",
				"settle",
				"final",
			]);
			expect(lifeOf(events, "r3")).toEqual(["started", "ready", "crashed", "started", "ready"]);
			expect(lifeOf(events, "r2")).toEqual(["started", "ready", "paused", "resumed"]);
			expect(lifeOf(events, "r1")).toEqual(["started", "ready", "crashed", "started", "ready"]);
			for (const { number } of ofKind(events, "fault")) {
				const phases = ofKind(events, "fault").filter((other) => other.number === number);
				expect(phases.map(({ phase }) => phase)).toEqual(["start", "end"]);
			}
			expect(events.at(-1)?.event).toBe("end");

			const messages: MessageRecord[] = [];
			for await (const message of readJournal(outcome.journalPath)) messages.push(message);
			expect(messages.some(({ overtaken }) => overtaken)).toBe(true);
			expect(messages.every(({ sentAt, receivedAt }) => sentAt <= receivedAt + 5e6)).toBe(true);

			expect(shown.at(-1)).toMatchObject({ phase: "final", completed: 150, planned: 150, distinctViews: 1 });
			expect(shown.some(({ faults }) => faults.includes("crash r3"))).toBe(true);
			expect(existsSync(join(outcome.folder, "scenario.json"))).toBe(true);
			expect(readdirSync(join(outcome.folder, "logs")).sort()).toEqual(["r1.log", "r2.log", "r3.log"]);
		}, 30_000);
	});
}

describe("a run", () => {
	it("loses what was on a disk that the crash lost, and still converges", async () => {
		await using folder = await makeTestFolder();
		const faults = [fault(300, 200, { kind: "crash", replica: "r2", disk: "lose" })];
		const outcome = await runScenario(orSets({ faults }), { runtime: "process", outDir: folder.path });
		const events = await eventsOf(outcome.historyPath);
		expect(lifeOf(events, "r2")).toEqual(["started", "ready", "crashed", "started", "ready"]);
		expect(new Set(finalViews(events)).size).toBe(1);
	});

	it("of a drawn schedule ends every fault that it began (seed 3)", async () => {
		await using folder = await makeTestFolder();
		const faults = [
			{
				everyMs: 200,
				untilMs: 1_700,
				random: ["partition" as const, "crash" as const, "pause" as const, "latency" as const],
			},
		];
		const scenario = orSets({ seed: 3, faults, workload: { operations: 100 } });
		const outcome = await runScenario(scenario, { runtime: "process", outDir: folder.path });
		const events = await eventsOf(outcome.historyPath);
		const starts = ofKind(events, "fault").filter(({ phase }) => phase === "start");
		const ends = ofKind(events, "fault").filter(({ phase }) => phase === "end");
		expect(starts.length).toBeGreaterThan(4);
		expect(new Set(ends.map(({ number }) => number))).toEqual(new Set(starts.map(({ number }) => number)));
		expect(ends).toHaveLength(starts.length);
		expect(outcome.endReason).toBe("settled");
		expect(new Set(finalViews(events)).size).toBe(1);
	}, 30_000);

	it("that is interrupted ends at once, is readable, and leaves nothing", async () => {
		await using folder = await makeTestFolder();
		const interrupt = new AbortController();
		const runIds: string[] = [];
		const scenario = orSets({
			workload: { operations: 10_000 },
			faults: [fault(0, null, { kind: "pause", replica: "r1" })],
		});
		const outcome = await runScenario(scenario, {
			runtime: "process",
			outDir: folder.path,
			signal: interrupt.signal,
			onProgress: ({ completed }) => {
				if (completed < 10 || interrupt.signal.aborted) return;
				for (const path of listRecords()) {
					const record = readRecord(path);
					if (record?.controller.pid === process.pid) runIds.push(record.runId);
				}
				interrupt.abort();
			},
		});
		expect(outcome.endReason).toBe("interrupted");
		const events = await eventsOf(outcome.historyPath);
		expect(events.at(-1)).toMatchObject({ event: "end", reason: "interrupted" });
		expect(runIds.length).toBeGreaterThan(0);
		expect(runIds.flatMap((id) => processesWithEnvironment("PAKKA_RUN", id))).toEqual([]);
		expect(listRecords().filter((path) => runIds.some((id) => path.includes(id)))).toEqual([]);
	});

	it("does not disturb others that run beside it in the same process, even of the same seed", async () => {
		await using folder = await makeTestFolder();
		const options = { runtime: "process" as const, outDir: folder.path };
		const outcomes = await Promise.all([runScenario(orSets(), options), runScenario(orSets(), options)]);
		expect(outcomes.map(({ endReason }) => endReason)).toEqual(["settled", "settled"]);
		const texts = await Promise.all(
			outcomes.map(({ folder: path }) => readFile(join(path, "scenario.json"))),
		);
		expect(texts[0]).toEqual(texts[1]);
		expect(outcomes[0]?.folder).not.toBe(outcomes[1]?.folder);
	});

	it("of the same seed invokes the same operations with the same values", async () => {
		await using folder = await makeTestFolder();
		const invoked = async () => {
			const outcome = await runScenario(orSets({ seed: 9 }), { runtime: "process", outDir: folder.path });
			const events = ofKind(await eventsOf(outcome.historyPath), "invoke");
			return events
				.map(({ id, f, value, replica }) => `${id} ${replica} ${f} ${JSON.stringify(value)}`)
				.sort();
		};
		expect(await invoked()).toEqual(await invoked());
	});
});
