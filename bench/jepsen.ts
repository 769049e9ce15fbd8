/**
 * How long a history of Jepsen's takes to be read and judged, and how much memory: one writes it, one is `pakka check`.
 *
 *     npm run build && npx jiti bench/jepsen.ts [sizes, e.g. 100000,1000000]
 */
import { spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

const MIB = 2 ** 20;
const MAX_RSS_BYTES = 1024 * MIB;
const CLIENTS = 5;
const COMMAND = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const METER = `data:text/javascript,${encodeURIComponent(
	'process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write("\\n@" + JSON.stringify({ rss: maxRSS * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1e3, ms: performance.now() })); });',
)}`;

/** A counter that is always right: a tenth of the operations are reads, the last of each client marked. */
function* counter(lines: number): Generator<string, void, void> {
	let [index, sum] = [0, 0];
	const line = (process: number, type: string, f: string, value: number | null, more = "") => {
		const text = `{:process ${process}, :type :${type}, :f :${f}, :value ${value ?? "nil"}, :index ${index}, :time ${index * 1_000}${more}}\n`;
		index += 1;
		return text;
	};
	for (let operation = 0; operation < lines / 2 - CLIENTS; operation++) {
		const process = operation % CLIENTS;
		const isRead = operation % 10 === 9;
		yield line(process, "invoke", isRead ? "read" : "add", isRead ? null : 3);
		if (!isRead) sum += 3;
		yield line(process, "ok", isRead ? "read" : "add", isRead ? sum : 3);
	}
	for (let process = 0; process < CLIENTS; process++) {
		yield line(process, "invoke", "read", null, ", :final? true");
		yield line(process, "ok", "read", sum, ", :final? true");
	}
}

const sizes = (process.argv[2] ?? "10000,100000,1000000").split(",").map(Number);
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-jepsen-"));
let missed = false;
try {
	console.log(
		"| lines of EDN | wall time, s | processor time, s | µs a line | peak memory, MiB |\n|---|---|---|---|---|",
	);
	for (const size of sizes) {
		const path = join(folder, `${size}.edn`);
		await pipeline(Readable.from(counter(size)), createWriteStream(path));
		const { status, stderr } = spawnSync(process.execPath, ["--import", METER, COMMAND, "check", path], {
			encoding: "utf8",
		});
		const [, figures = "{}"] = stderr.split("\n@");
		const { ms, cpuMs, rss } = JSON.parse(figures) as { ms: number; cpuMs: number; rss: number };
		missed ||= status !== 0 || rss > MAX_RSS_BYTES;
		console.log(
			`| ${size.toLocaleString("en")} | ${(ms / 1e3).toFixed(1)} | ${(cpuMs / 1e3).toFixed(1)} | ${((cpuMs * 1e3) / size).toFixed(0)} | ${Math.round(rss / MIB)} |`,
		);
	}
} finally {
	await rm(folder, { recursive: true, force: true });
}
if (missed) process.exitCode = 1;
