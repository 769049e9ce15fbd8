/**
 * How long a long history takes to read and check: an or-set on five replicas, 100,000 events (30,000 operations,
 * deliveries, states, a crash, updates with unknown outcome), in a fresh process. `npx jiti bench/checker.ts`
 */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../checker/index.ts";
import { longHistory } from "../checker/testing/long-history.ts";
import { readHistory } from "../history/read.ts";
import { openHistory } from "../history/write.ts";

const EVENTS = 100_000;
const SEED = 1;
const GOAL_MS = 2_000;

const folder = await mkdtemp(join(tmpdir(), "pakka-bench-"));
try {
	const path = join(folder, "history.jsonl");
	const { header, events } = longHistory(EVENTS, SEED);
	const writer = await openHistory(path, header);
	const writeStart = performance.now();
	for (const event of events()) writer.append(event);
	await writer.close();
	const writeMs = performance.now() - writeStart;

	const before = process.memoryUsage().rss;
	const cpuBefore = process.cpuUsage();
	const start = performance.now();
	const result = await check(await readHistory(path));
	const checkMs = performance.now() - start;
	const cpu = process.cpuUsage(cpuBefore);
	const cpuMs = (cpu.user + cpu.system) / 1_000;
	const peakBytes = process.resourceUsage().maxRSS * 1024;

	const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
	console.log(
		`history: ${EVENTS} events, ${megabytes((await stat(path)).size)}, written in ${writeMs.toFixed(0)} ms`,
	);
	console.log(
		`read and checked in ${checkMs.toFixed(0)} ms (goal: under ${GOAL_MS} ms), ${cpuMs.toFixed(0)} ms of processor time`,
	);
	console.log(`resident: ${megabytes(before)} before, ${megabytes(peakBytes)} at the peak`);
	for (const { name, verdict, reason } of result.properties)
		console.log(`  ${verdict.padEnd(7)} ${name}: ${reason}`);
	if (checkMs > GOAL_MS || result.verdict !== "pass") process.exitCode = 1;
} finally {
	await rm(folder, { recursive: true });
}
