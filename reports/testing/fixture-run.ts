/**
 * Writes a run's folder that looks like a real one, without a controller: five replicas of a set, simulated in
 * memory with a partition, a crash, a pause, reordering and duplicates. `verdict: "fail"` plants the mistake of a
 * set that forgets a removal which overtakes its addition; the evidence is what then happened.
 *
 *     const folder = await writeFixtureRun({ folder, events: 2_000, seed: 1, verdict: "fail" });
 */
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PropertyVerdict } from "../../checker/verdict.ts";
import type { Json } from "../../history/events.ts";
import { writeResult } from "../result.ts";
import type { RunResult } from "../run-result.ts";
import { type FixtureEvent, type FixtureSimulation, simulateFixture } from "./fixture-simulation.ts";

export interface FixtureOptions {
	/** Made when it is missing. */
	folder: string;
	/** Of the history, about. */
	events: number;
	seed: number;
	verdict: "pass" | "fail";
	/** The recording stops in the middle of a line, without results. */
	cutOff?: boolean;
	/** Added to the set by a client, beside the ordinary words. */
	hostile?: string[];
}

export async function writeFixtureRun(options: FixtureOptions): Promise<string> {
	const { folder, cutOff = false } = options;
	await mkdir(join(folder, "logs"), { recursive: true });
	const run = simulateFixture({
		events: options.events,
		seed: options.seed,
		forgetful: options.verdict === "fail",
		words: [...WORDS, ...(options.hostile ?? [])],
	});
	const kept = cutOff ? run.events.slice(0, Math.floor(run.events.length * 0.6)) : run.events;
	await writeLines(join(folder, "history.jsonl"), historyLines(run, kept, options, cutOff));
	await writeLines(
		join(folder, "journal.jsonl"),
		run.messages.map((message) => JSON.stringify(message)),
	);
	await writeFile(join(folder, "scenario.json"), `${JSON.stringify(scenarioOf(run, options), null, "\t")}\n`);
	for (const replica of run.replicas) {
		await writeFile(join(folder, "logs", `${replica}.log`), logOf(replica, options));
	}
	if (!cutOff) await writeResult(folder, resultOf(run, options));
	return folder;
}

const WORDS = [
	"milk",
	"bread",
	"eggs",
	"tea",
	"rice",
	"salt",
	"apples",
	"cheese",
	"coffee",
	"pepper",
	"olives",
	"honey",
];
const NANOSECONDS_PER_MILLISECOND = 1e6;

function* historyLines(
	run: FixtureSimulation,
	events: FixtureEvent[],
	options: FixtureOptions,
	cutOff: boolean,
): Generator<string> {
	yield JSON.stringify({
		pakka: 1,
		scenario: "cart-split-brain",
		seed: options.seed,
		type: "or-set",
		replicas: run.replicas,
		runtime: "process",
		startedAt: STARTED_AT,
	});
	for (const event of events) yield JSON.stringify(event);
	if (cutOff) yield '{"index":99999999,"time":1,"event":"del';
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
	await pipeline(function* () {
		for (const line of lines) yield line.startsWith('{"index":99999999,') ? line : `${line}\n`;
	}, createWriteStream(path));
}

const STARTED_AT = "2026-03-14T09:26:53.589Z";

function scenarioOf(run: FixtureSimulation, options: FixtureOptions): Json {
	return {
		name: "cart-split-brain",
		description: "Five carts, a split brain, a crash, reordering; all must agree afterwards.",
		replicas: { names: run.replicas, source: { kind: "built-in", type: "or-set" } },
		seed: options.seed,
		workload: { operations: run.operations, ratePerSecond: 100, clients: 5 },
		expect: "pass",
	};
}

function logOf(replica: string, options: FixtureOptions): string {
	const lines = [
		"starting",
		"listening for peers",
		"ready",
		"peer connection lost, retrying in 120 ms",
		"peer connected",
	];
	return [...lines, ...(options.hostile ?? [])].map((line, n) => `[${replica}] 0.${n}00 ${line}\n`).join("");
}

function resultOf(run: FixtureSimulation, options: FixtureOptions): RunResult {
	const properties = [...propertiesOf(run)];
	const failed = properties.some((property) => property.verdict === "fail");
	return {
		scenario: "cart-split-brain",
		runtime: "process",
		seed: options.seed,
		verdict: failed ? "fail" : "pass",
		expect: "pass",
		met: !failed,
		properties,
		stats: {
			replicas: run.replicas.length,
			operations: run.operations,
			ok: run.outcomes.ok,
			fail: run.outcomes.fail,
			info: run.outcomes.info,
			faults: 5,
			convergedAfterMs: failed ? null : 340,
			availability: run.outcomes.ok / Math.max(1, run.operations),
		},
		replay: `pakka replay runs/2026-03-14T09-26-53-cart-split-brain-${options.seed}`,
		durationMs: Math.round(run.endNs / NANOSECONDS_PER_MILLISECOND),
		startedAt: STARTED_AT,
		endReason: "settled",
		warnings: [],
		folder: options.folder,
		scenarioFile: "scenarios/library/cart-split-brain.scenario.yaml",
		environment: {
			Pakka: "0.1.0",
			Node: "v20.20.2",
			System: "linux x64",
			Processors: "2",
			Toxiproxy: "embedded 2.12.0",
		},
	};
}

function* propertiesOf(run: FixtureSimulation): Generator<PropertyVerdict> {
	const found = run.divergence;
	const examined = { observations: run.observations, "delivered sets": Math.floor(run.observations / 3) };
	if (found === null) {
		yield passed("convergence", "all 5 replicas ended with the same view", { replicas: 5 });
		yield passed(
			"strong-convergence",
			"replicas with equal delivered sets had equal views at every moment",
			examined,
		);
	} else {
		yield {
			name: "convergence",
			verdict: "fail",
			reason: `after settling, ${found.replicas.join(" and ")} differ: ${found.word} is in one view only`,
			evidence: { replicas: found.replicas, events: run.finals, views: run.finalViews, path: found.path },
		};
		yield {
			name: "strong-convergence",
			verdict: "fail",
			reason:
				`${found.replicas.join(" and ")} had both delivered the same ${found.delivered} updates at ` +
				`${(found.time / 1e9).toFixed(2)} s and showed different carts (${found.word})`,
			evidence: {
				replicas: found.replicas,
				events: found.events,
				updates: found.updates,
				time: found.time,
				path: found.path,
				views: found.views,
				explanation: {
					sentence: `${found.replicas[0]} applied the remove of ${found.word} before the add that it removes.`,
					updates: found.updates.map((update) => ({
						update,
						operation: "c1-1",
						f: "add",
						value: found.word,
						hadSeen: [],
					})),
					firstDisagreement: { time: found.time, replicas: found.replicas, events: found.events },
					deliveries: Object.fromEntries([
						...found.replicas.map((replica) => [replica, found.updates]),
						["nobody", []],
					]) as Record<string, string[]>,
					path: found.path,
				},
				examined,
			},
		};
	}
	yield passed("eventual-delivery", "every update that one replica delivered was delivered by all", {
		updates: run.updates,
	});
	yield passed("termination", "every operation that was invoked completed", { operations: run.operations });
	if (found !== null) {
		yield {
			name: "specification",
			verdict: "fail",
			reason: `${found.replicas[0]} shows ${found.word}, whose only additions had been removed`,
			evidence: {
				replicas: found.replicas.slice(0, 1),
				expected: Object.values(found.views)[1] ?? null,
				found: Object.values(found.views)[0] ?? null,
			},
		};
	}
	yield passed("session", "every client read what it had written before", { sessions: 5 });
}

function passed(name: string, reason: string, examined: Record<string, number>): PropertyVerdict {
	return { name, verdict: "pass", reason, evidence: { examined } };
}
