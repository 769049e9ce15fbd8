/**
 * Right replicas through very many simulated schedules full of faults (`pakka explore`): of every built-in type, and of Yjs,
 * Automerge and Loro. Nothing may be found. Prints a table, and ends with 1 where something was found or nothing could be judged.
 *
 *     npm run build && npx jiti bench/soak.ts [schedules in all, by default 100000] [seed]
 *
 * A few schedules have nothing that could be judged (no operation could be done), and don't count.
 * What each schedule draws, and which share of them the whole checker judges, is `pakka explore`'s; docs/explore.md says it.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInNames } from "../nodes/registry.ts";
import { builtEntry } from "../nodes/sdk/built-entry.ts";

const LIBRARIES = ["yjs/", "automerge/", "loro/"];
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const TYPE_TIMEOUT_MS = 30 * 60_000;

interface Exploration {
	schedules: number;
	seconds: number;
	judged: number;
	fullyChecked: number;
	faults: Record<string, number>;
	found: { property?: string } | null;
	nondeterminism: unknown;
	unconfirmed: unknown;
}

const [total = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const types = builtInNames().filter(
	(name) => !name.includes("/") || LIBRARIES.some((library) => name.startsWith(library)),
);
const each = Math.ceil(total / types.length);
const folder = await mkdtemp(join(tmpdir(), "pakka-bench-soak-"));
const explorations: Exploration[] = [];
console.log(
	"| type | schedules | judged | by the whole checker | seconds | faults | crashes | disks lost or torn | found |\n|---|---|---|---|---|---|---|---|---|",
);
try {
	for (const type of types) {
		const exploration = await explore(type);
		explorations.push(exploration);
		console.log(`| ${cells(type, exploration).join(" | ")} |`);
	}
} finally {
	await rm(folder, { recursive: true, force: true });
}
const sum = (of: (exploration: Exploration) => number) =>
	explorations.reduce((before, exploration) => before + of(exploration), 0);
const bad = explorations.filter((exploration) => !isClean(exploration)).length;
const perSchedule = (sum(faultsOf) / sum(({ schedules }) => schedules)).toFixed(1);
console.log(
	`\n${sum(({ judged }) => judged)} schedules judged of ${types.length} types, ${perSchedule} faults in each on average, ` +
		`${sum(({ fullyChecked }) => fullyChecked)} judged by the whole checker too: ${bad} types with a failure`,
);
if (bad > 0) process.exitCode = 1;

async function explore(type: string): Promise<Exploration> {
	const path = join(folder, `${type.replace("/", "-")}.scenario.yaml`);
	await writeFile(path, `name: soak\nreplicas: { count: 4, type: ${type} }\nworkload: { keys: 3 }\n`);
	const args = [builtEntry("cli/main.ts"), "explore", path, "--runs", String(each), "--seed", String(seed)];
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		[...args, "--reporter", "json", "--out", folder],
		{ encoding: "utf8", maxBuffer: MAX_OUTPUT_BYTES, timeout: TYPE_TIMEOUT_MS },
	);
	if (stdout === "") throw new Error(`pakka explore of ${type} ended with ${status}: ${stderr}`);
	return JSON.parse(stdout) as Exploration;
}

function isClean({ found, nondeterminism, unconfirmed, judged }: Exploration): boolean {
	return found === null && nondeterminism === null && unconfirmed === null && judged > 0;
}

function faultsOf({ faults }: Exploration): number {
	return Object.values(faults).reduce((before, count) => before + count, 0);
}

function cells(type: string, exploration: Exploration): (string | number)[] {
	const { schedules, seconds, judged, fullyChecked, faults, found } = exploration;
	const lost = (faults["lose"] ?? 0) + (faults["torn"] ?? 0);
	const what = isClean(exploration) ? "nothing" : JSON.stringify(found ?? exploration);
	return [
		type,
		schedules,
		judged,
		fullyChecked,
		seconds,
		faultsOf(exploration),
		faults["crash"] ?? 0,
		lost,
		what,
	];
}
