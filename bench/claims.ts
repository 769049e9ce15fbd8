/**
 * What the talk claims of strong eventual consistency against consensus, measured. After `npm run build`, on a machine
 * that does nothing else, with etcd on PATH:
 *
 *     npx jiti bench/claims.ts                                    writes docs/claims.md, about 10 min
 *     npx jiti bench/claims.ts --runs 1 --skip devices,editors --out runs/claims.md
 *
 * Runs scenarios/claims by `pakka run`, one at a time. What is skipped or fails is said in the page.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseHistory } from "../history/read.ts";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import type { RunResult } from "../reports/result.ts";
import { type Figures, figuresOf, percentile, SIDES, type Side } from "./claims-figures.ts";

const PART_TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const SYSTEMS = ["crdt", "etcd"] as const;
type System = (typeof SYSTEMS)[number];
const DELAYS = ["near", "far"] as const;
const DELAY_NAMES = { near: "no delay", far: "20 ms each way" };
/** The talk's figures. */
const LATENCY_LOWER_PERCENT = [60, 80] as const;
const THROUGHPUT_MORE_PERCENT = [200, 400] as const;
const AVAILABILITY = 0.9999;
/** With no failure in n operations, 95% of the time the true share of failures is below 3/n. */
const RULE_OF_THREE = 3;

const { values } = parseArgs({
	options: {
		runs: { type: "string", default: "3" },
		/** Any of: latency, throughput, availability, editors, devices, chains. */
		skip: { type: "string", default: "" },
		/** How many as processes: twenty, or fifty, which two busy cores don't get through. */
		editors: { type: "string", default: "twenty" },
		out: { type: "string", default: "docs/claims.md" },
	},
});
const runs = Number(values.runs);
const skipped = new Set(values.skip.split(","));
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-claims-"));
const claims: string[][] = [];
const sections: string[] = [];
try {
	if (isWanted("latency")) await latency();
	if (isWanted("throughput")) await throughput();
	if (isWanted("availability")) await availability();
	await scale();
} finally {
	await rm(folder, { recursive: true, force: true });
}
await writeFile(values.out, page());
console.log(`\n${table(["claim", "measured", "comes out"], claims)}\n\nwritten to ${values.out}`);

function isWanted(part: string): boolean {
	if (skipped.has(part)) claims.push([part, "not run", "–"]);
	return !skipped.has(part);
}

async function latency(): Promise<void> {
	const rows: string[][] = [];
	for (const delay of DELAYS) {
		const measured = await bothSystems(`latency-${delay}`);
		for (const f of ["add", "read"]) {
			const of = (system: System) => measured[system].flatMap(({ latenciesMs }) => latenciesMs.get(f) ?? []);
			const at = (system: System, share: number) => percentile(of(system), share);
			const lower = (share: number) => (1 - at("crdt", share) / at("etcd", share)) * 100;
			rows.push([
				DELAY_NAMES[delay],
				f,
				...SYSTEMS.flatMap((system) => [0.5, 0.95].map((share) => at(system, share).toFixed(2))),
				percent(lower(0.5)),
				percent(lower(0.95)),
			]);
			claims.push([
				`latency 60–80% lower (${f}, ${DELAY_NAMES[delay]})`,
				`${percent(lower(0.5))} lower at p50, ${percent(lower(0.95))} at p95`,
				against(lower(0.5), LATENCY_LOWER_PERCENT),
			]);
		}
	}
	const head = ["links", "operation", "CRDT p50 ms", "p95", "etcd p50 ms", "p95", "lower, p50", "p95"];
	sections.push(
		`## Latency\n\n100 operations per second, half of them adds, answered ones, ${runs} runs pooled.\n\n${table(head, rows)}`,
	);
}

async function throughput(): Promise<void> {
	const rows: string[][] = [];
	for (const delay of DELAYS) {
		const measured = await bothSystems(`throughput-${delay}`);
		const median = (system: System) =>
			percentile(
				measured[system].map(({ okPerSecond }) => okPerSecond),
				0.5,
			);
		const more = (median("crdt") / median("etcd") - 1) * 100;
		const each = (system: System) =>
			measured[system].map(({ okPerSecond }) => okPerSecond.toFixed(0)).join(", ");
		rows.push([DELAY_NAMES[delay], each("crdt"), each("etcd"), percent(more)]);
		claims.push([
			`throughput 200–400% higher (${DELAY_NAMES[delay]})`,
			`${percent(more)} higher`,
			against(more, THROUGHPUT_MORE_PERCENT),
		]);
	}
	const head = ["links", "CRDT ops/s, each run", "etcd ops/s, each run", "more, by medians"];
	sections.push(
		`## Throughput\n\n48 clients, each waiting for its answer; 4,000 operations a run, half of them adds.\n\n${table(head, rows)}`,
	);
}

async function availability(): Promise<void> {
	const measured = await bothSystems("availability");
	const sum = (system: System, side: Side) =>
		measured[system].reduce(
			(total, { answered }) => ({
				invoked: total.invoked + answered[side].invoked,
				ok: total.ok + answered[side].ok,
			}),
			{ invoked: 0, ok: 0 },
		);
	const rows = SIDES.map((side) => [
		{ connected: "no partition", majority: "majority", minority: "no majority" }[side],
		...SYSTEMS.flatMap((system) => {
			const { ok, invoked } = sum(system, side);
			return [`${ok} of ${invoked}`, percent((ok / invoked) * 100, 2)];
		}),
	]);
	const head = ["where the client is", "CRDT answered", "", "etcd answered", ""];
	sections.push(
		`## Availability\n\nEach replica cut off for 3 s in turn, then all three from one another for 2 s; 200 operations per second, nine of ten are adds; ${runs} runs. An operation counts by where its replica was when it was invoked.\n\n${table(head, rows)}`,
	);
	for (const system of SYSTEMS) {
		const [majority, minority] = [sum(system, "majority"), sum(system, "minority")];
		const invoked = majority.invoked + minority.invoked;
		const share = (majority.ok + minority.ok) / invoked;
		const resolution =
			share === 1 ? ` (at 95% confidence ≥ ${percent((1 - RULE_OF_THREE / invoked) * 100, 2)})` : "";
		claims.push([
			`availability ≥ 99.99% during partitions, ${nameOf(system)}`,
			`${percent(share * 100, 2)} of ${invoked}${resolution}`,
			share >= AVAILABILITY ? "as claimed, as far as that many operations show" : "lower than claimed",
		]);
		const lost = measured[system].reduce((total, { lostAdds }) => total + lostAdds, 0);
		const acknowledged = measured[system].reduce(
			(total, { acknowledgedAdds }) => total + acknowledgedAdds,
			0,
		);
		claims.push([
			`no lost data, ${nameOf(system)}`,
			`${lost} of ${acknowledged} acknowledged adds are missing in some final state`,
			lost === 0 ? "as claimed" : "not so",
		]);
	}
}

/** Claims of size, each judged by the checker. */
async function scale(): Promise<void> {
	const parts = [
		["editors", "50+ simultaneous editors", "editors-fifty", "sim"],
		[
			"editors",
			`${values.editors} simultaneous editors, a process each`,
			`editors-${values.editors}`,
			"process",
		],
		["devices", "1,000+ devices", "devices-thousand", "sim"],
		["chains", "12 chains", "chains-twelve", "sim"],
		["chains", "12 chains, a process each", "chains-twelve", "process"],
	] as const;
	for (const [part, claim, scenario, runtime] of parts) {
		if (skipped.has(part)) {
			claims.push([claim, "not run", "–"]);
			continue;
		}
		const [result] = await run(scenario, runtime, 1);
		if (result === undefined) {
			claims.push([claim, `could not be run (${runtime})`, "not shown"]);
			continue;
		}
		const failed = result.properties.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
		const { replicas, ok, fail, info, convergedAfterMs } = result.stats;
		const converged =
			convergedAfterMs === null ? "" : `, converged ${Math.round(convergedAfterMs ?? 0)} ms after healing`;
		claims.push([
			claim,
			`${runtime}: ${result.verdict}${failed.length > 0 ? ` (${failed.join(", ")})` : ""}; ${replicas} replicas, ${ok} operations ok, ${fail} refused (as the application does, or nobody was there), ${info} unanswered${converged}`,
			result.verdict === "pass" ? "as claimed, at this rate" : "not shown",
		]);
	}
}

async function bothSystems(name: string): Promise<Record<System, Figures[]>> {
	const figures: Record<System, Figures[]> = { crdt: [], etcd: [] };
	for (const system of SYSTEMS) {
		const results = await run(`${name}-${system}`, "process", runs);
		if (results.length === 0) throw new Error(`${name}-${system} could not be run; see above`);
		for (const result of results) {
			if (result.verdict !== "pass")
				console.error(`${result.scenario}, seed ${result.seed}: ${result.verdict}`);
			const { header, events } = parseHistory(await readFile(join(result.folder, "history.jsonl"), "utf8"));
			figures[system].push(figuresOf(header.replicas, events));
		}
	}
	return figures;
}

/** @returns nothing where it was skipped or the harness failed */
async function run(scenario: string, runtime: "sim" | "process", repeat: number): Promise<RunResult[]> {
	const file = `scenarios/claims/${scenario}.scenario.yaml`;
	const args = [builtEntry("cli/main.ts"), "run", file, "--runtime", runtime];
	args.push("--repeat", String(repeat), "--jobs", "1", "--out", folder, "--reporter", "json");
	console.error(`${scenario} (${runtime}) × ${repeat} …`);
	const stdout = await new Promise<string>((resolve) => {
		// Exit code 1 says that a verdict is not as expected; the results are there all the same.
		const limits = { timeout: PART_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
		execFile(process.execPath, args, limits, (_error, out, words) => {
			if (out === "") console.error(words);
			resolve(out === "" ? "[]" : out);
		});
	});
	const results = JSON.parse(stdout) as RunResult[];
	return results.filter(({ endReason }) => endReason !== undefined && endReason !== "harness-error");
}

function nameOf(system: System): string {
	return system === "crdt" ? "CRDT" : "etcd";
}

function percent(value: number, digits = 0): string {
	return `${value.toFixed(digits)}%`;
}

function against(value: number, [least, most]: readonly [number, number]): string {
	if (value < 0) return "the other way round";
	if (value < least) return "less than claimed";
	return value > most ? "more than claimed" : "as claimed";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function page(): string {
	const etcd = execFileSync("etcd", ["--version"], { encoding: "utf8" }).split("\n")[0];
	return `# The talk's claims, measured

Written by \`npx jiti bench/claims.ts\`${runs === 3 && values.skip === "" ? "" : ` with \`--runs ${runs}${values.skip === "" ? "" : ` --skip ${values.skip}`}\``} (don't edit); scenarios: \`scenarios/claims\`. ${etcd}, three members as etcd comes;
Node ${process.version}; ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), load at the end ${loadavg()[0]?.toFixed(1)}. Both sides run on this one machine as three
processes, the links between them through Toxiproxy, under the same workload, seeds and partitions.

${table(["claim", "measured", "comes out"], claims)}

**These are not equal guarantees.** The replicated set answers as soon as one replica has the update on its own disk, before any
other has heard of it: an acknowledged update is gone if that disk is lost before the next gossip, and a read may miss what
was acknowledged elsewhere. etcd answers when a majority has the update on disk, and its reads are linearizable. That is what the
latency pays for, and why a side without a majority can't answer. Where the application needs a majority's word (a balance that must
not go negative, a lock), the CRDT's figures are not to be had.

What the comparison leaves open: one machine, so that disks and processors are shared; etcd is reached by its JSON gateway through a
small program of ours (\`nodes/systems/etcd\`), which costs it a hop and a translation that the replicated set does not have; a set is the kindest of types;
etcd's reads could be made local (\`serializable\`), with the guarantees of the replicated set. A client of
etcd without a majority is told so after 1 s (a 503: it may yet happen). The fault \`latency\` delays
only the way in which a link was dialled; what etcd's members answer over it is delayed by our program instead (\`replyDelayMs\`). Fifty editors as fifty processes need 2,450 links
(\`--editors fifty\`); by default the fifty are simulated, and twenty are processes.

${sections.join("\n\n")}
`;
}
