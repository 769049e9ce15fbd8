/**
 * How long histories take to write, read and check, and how much memory: each size in processes of its own, one that
 * writes, one that is `pakka check`. Prints a table; fails where a goal is missed.
 *
 *     npm run build && npx jiti bench/checker.ts [sizes, e.g. 10000,100000]
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CheckResult } from "../checker/index.ts";
import { type LongHistory, longHistory } from "../checker/testing/long-history.ts";
import { openHistory } from "../history/write.ts";

const SEED = 1;
const MIB = 2 ** 20;
const MAX_RSS_BYTES = 1024 * MIB;
const MAX_MS_OF_100K_OPERATIONS = 5_000;
/** From the smallest size to the largest, per event. */
const MAX_GROWTH = 1.2;
const ENDLESS = Number.MAX_SAFE_INTEGER;
const COMMAND = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** Says at its end what the process took; a start without work is measured apart. */
const METER = `data:text/javascript,${encodeURIComponent(
	'process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write("\\n@" + JSON.stringify({ rss: maxRSS * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1e3, ms: performance.now() })); });',
)}`;

const OR_SET = { type: "or-set", replicas: 5, size: 64, pollEvery: 50, unknownEvery: 1_000 } as const;
const KINDS: Record<string, Omit<LongHistory, "events" | "operations" | "seed">> = {
	"or-set, 64 elements": OR_SET,
	"or-set, 64 elements, one reply in 20 lost": { ...OR_SET, unknownEvery: 20 },
	"or-set, 4,000 elements": { ...OR_SET, size: 4_000, pollEvery: 1_000 },
	"g-set growing to 10,000": { ...OR_SET, type: "g-set", size: 10_000, pollEvery: 2_000 },
	"g-set, 64 elements": { ...OR_SET, type: "g-set" },
	"g-counter": { ...OR_SET, type: "g-counter", replicas: 10, size: 0 },
	"text, 2,000 characters": { ...OR_SET, type: "text", size: 2_000, pollEvery: 200 },
};

interface Measured {
	ms: number;
	cpuMs: number;
	rss: number;
}

interface Row extends Measured {
	events: number;
	operations: number;
	bytes: number;
	writeMs: number;
}

function measure(path: string): Measured & { checked: CheckResult | null } {
	const run = spawnSync(process.execPath, ["--import", METER, COMMAND, "check", path, "--reporter", "json"], {
		encoding: "utf8",
		maxBuffer: 256 * MIB,
	});
	const [message, figures] = run.stderr.split("\n@");
	if (figures === undefined) throw new Error(`pakka check ended with ${run.status}: ${run.stderr}`);
	if (run.stdout === "") throw new Error(message);
	return { ...(JSON.parse(figures) as Measured), checked: JSON.parse(run.stdout) as CheckResult };
}

/** What a start costs without any work: of an unusable history. */
function startMs(folder: string): number {
	const started = spawnSync(process.execPath, ["--import", METER, COMMAND, "check", join(folder, "none")], {
		encoding: "utf8",
	});
	return (JSON.parse(started.stderr.split("\n@")[1] as string) as Measured).cpuMs;
}

async function row(folder: string, options: LongHistory): Promise<Row> {
	const path = join(folder, "history.jsonl");
	const { header, events } = longHistory(options);
	const writer = await openHistory(path, header);
	let writeMs = 0;
	let number = 0;
	for (const event of events()) {
		const start = performance.now();
		writer.append(event);
		writeMs += performance.now() - start;
		number += 1;
	}
	await writer.close();
	const bytes = (await stat(path)).size;
	const { checked, ...measured } = measure(path);
	await rm(path);
	if (checked?.verdict !== "pass") {
		throw new Error(`a right history must pass: ${JSON.stringify(checked?.properties, null, 1)}`);
	}
	return { ...measured, events: number, operations: checked.stats.operations, bytes, writeMs };
}

function print(name: string, { events, operations, bytes, writeMs, ms, cpuMs, rss }: Row): void {
	const cells = [
		name,
		events.toLocaleString("en"),
		operations.toLocaleString("en"),
		(bytes / 1e6).toFixed(1),
		((writeMs * 1e6) / events).toFixed(0),
		ms.toFixed(0),
		cpuMs.toFixed(0),
		(((cpuMs - start) * 1e6) / events).toFixed(0),
		(rss / MIB).toFixed(0),
	];
	console.log(`| ${cells.join(" | ")} |`);
}

const sizes = (process.argv[2] ?? "10000,100000,1000000").split(",").map(Number);
const only = process.argv[3] ?? "";
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-"));
const missed: string[] = [];
const start = startMs(folder);
try {
	console.log(
		"| history | events | operations | MB | ns to write an event | ms | processor ms | without the start, ns an event | MiB |",
	);
	console.log("|---|---|---|---|---|---|---|---|---|");
	for (const [name, kind] of Object.entries(KINDS)) {
		if (!name.includes(only)) continue;
		const rows: Row[] = [];
		for (const events of sizes) {
			const measured = await row(folder, { ...kind, events, operations: ENDLESS, seed: SEED });
			print(name, measured);
			rows.push(measured);
			if (measured.rss > MAX_RSS_BYTES) missed.push(`${name}, ${events} events: memory`);
		}
		const [first, last] = [rows[0], rows.at(-1)] as [Row, Row];
		// Of processor time, since others use the machine too; without the start, which would flatter long histories.
		const growth = (last.cpuMs - start) / last.events / ((first.cpuMs - start) / first.events);
		if (growth > MAX_GROWTH) missed.push(`${name}: time grows by ${growth.toFixed(2)} per event`);
	}
	if ("10 clients".includes(only)) {
		const options = { ...OR_SET, replicas: 10, seed: SEED, events: ENDLESS, operations: 100_000 };
		const measured = await row(folder, options);
		print("or-set, 10 clients × 10,000 operations", measured);
		if (measured.ms > MAX_MS_OF_100K_OPERATIONS) missed.push("100,000 operations: time");
		if (measured.rss > MAX_RSS_BYTES) missed.push("100,000 operations: memory");
	}
} finally {
	await rm(folder, { recursive: true });
}
for (const what of missed) console.log(`missed: ${what}`);
if (missed.length > 0) process.exitCode = 1;
