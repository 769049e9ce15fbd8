/**
 * Judges every system of `nodes/systems` twice, as it is written in the talk that they come from and right, and writes
 * `docs/seed-systems.md`. After `npm run build`:
 *
 *     npx jiti bench/seed-systems.ts                         all systems
 *     npx jiti bench/seed-systems.ts --only portfolio        this one anew; the others as they were measured last
 *     npx jiti bench/seed-systems.ts --runs 5000 --repeat 10 more schedules, and 10 runs by OS processes
 *
 * What it reads: `systems/<name>` and `systems/<name>-as-written` of the registry, `scenarios/library/system-<name>*`, and the flaws: those of
 * `scenarios/systems/` that run the system as written, and for what else its `FLAWS` name, the library's scenario judged by that property.
 * A flaw's counterexample and page go to `docs/systems/<name>/`, beside the figures that the document is printed from.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import type { PropertyVerdict } from "../checker/verdict.ts";
import type { Exploration } from "../explore/index.ts";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import type { Scenario } from "../scenarios/scenario.ts";

// Compiled, as users have it.
const { execute } = await compiled<typeof import("../cli/execute.ts")>("cli/execute.ts");
const { loadScenarios } = await compiled<typeof import("../cli/load-scenarios.ts")>("cli/load-scenarios.ts");
const { explore, verdictOf } = await compiled<typeof import("../explore/index.ts")>("explore/index.ts");
const { builtInNames } = await compiled<typeof import("../nodes/registry.ts")>("nodes/registry.ts");

const DOCUMENT = "docs/seed-systems.md";
const FOLDER = "docs/systems";
const FIGURES_FILE = "figures.json";
/** A page that is larger is left out, and drawn by its command. */
const MAX_PAGE_BYTES = 300 * 1024;
/** In which a flaw is to be found. */
const FLAW_BOUND_MS = 60_000;
/** Laws are judged on states of some schedules, after the search. */
const LAWS_RUNS = 500;
const RIGHT_BOUND_MS = 240_000;
const RUN_BOUND_MS = 60_000;
const AS_WRITTEN = "-as-written";

interface Flaw {
	name: string;
	property: string;
	how: string;
}

interface FlawFigures {
	what: string;
	property: string;
	/** Null: by this command's, from `FLAWS`. */
	scenario: string | null;
	/** Laws are broken by states that the search reached: no schedule is shrunk. */
	found: { seconds: number; schedules: number; operations: number | null; replicas: number | null } | null;
	/** What it shows; or what came out instead. */
	note: string;
	counterexample: string | null;
	page: string | null;
}

interface Judged {
	failed: string[];
	passed: string[];
	unknown: string[];
}

interface Figures {
	name: string;
	asWritten: Judged;
	flaws: FlawFigures[];
	right: Judged;
	explored: { schedules: number; judged: number; fullyChecked: number; seconds: number; verdict: string };
	/** By OS processes. */
	repeated: { runs: number; met: number };
}

const { values } = parseArgs({
	options: {
		runs: { type: "string", default: "2000" },
		repeat: { type: "string", default: "0" },
		only: { type: "string" },
	},
});
const runs = Number(values.runs);
const repeat = Number(values.repeat);
const systems = builtInNames()
	.filter((name) => name.startsWith("systems/") && !name.endsWith(AS_WRITTEN))
	.map((name) => name.slice("systems/".length))
	// The portfolio in Solidity has its scenarios in scenarios/systems, and is too slow for thousands of schedules.
	.filter((name) => existsSync(`scenarios/library/system-${name}.scenario.yaml`));
const chosen = systems.filter((name) => values.only === undefined || values.only === name);
if (chosen.length === 0) throw new Error(`--only: expected one of ${systems.join(", ")}`);
const flawScenarios = await loadScenarios(["scenarios/systems"]);
const scratch = await mkdtemp(join(tmpdir(), "pakka-systems-"));
try {
	for (const name of chosen) {
		const figures = await measure(name);
		await writeFile(join(FOLDER, name, FIGURES_FILE), `${JSON.stringify(figures, null, "\t")}\n`);
		await writeFile(DOCUMENT, document(await measured()));
		const { asWritten, flaws, explored } = figures;
		const found = flaws.filter((flaw) => flaw.found !== null).length;
		console.log(
			`${name}: as written fails ${asWritten.failed.join(", ")}; ${found} of ${flaws.length} flaws found; right: ${explored.verdict} in ${explored.schedules} schedules`,
		);
	}
} finally {
	await rm(scratch, { recursive: true, force: true });
}

async function measure(name: string): Promise<Figures> {
	const wrong = await only(`scenarios/library/system-${name}${AS_WRITTEN}.scenario.yaml`);
	const right = await only(`scenarios/library/system-${name}.scenario.yaml`);
	const folder = join(FOLDER, name);
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const flaws: FlawFigures[] = [];
	for (const flaw of await flawsOf(name, wrong)) flaws.push(await seek(flaw.scenario, flaw, folder));
	const simulated = inSimulator(right, `systems/${name}`);
	const exploration = await explore(simulated, { runs, timeMs: RIGHT_BOUND_MS, outDir: scratch });
	const { schedules, judged, fullyChecked, seconds } = exploration;
	let met = 0;
	for (let index = 0; index < repeat; index++) {
		const result = await run({ ...right, seed: right.seed + index }, "process");
		if (result.met) met++;
	}
	return {
		name,
		asWritten: summed((await run(wrong, runtimeOf(wrong))).properties),
		flaws,
		right: summed((await run(right, runtimeOf(right))).properties),
		explored: { schedules, judged, fullyChecked, seconds, verdict: rightVerdict(exploration) },
		repeated: { runs: repeat, met },
	};
}

/** A program that stands beside a simulated replica of the same system is explored as that. */
function inSimulator(scenario: Scenario, type: string): Scenario {
	return { ...scenario, replicas: { ...scenario.replicas, source: { kind: "built-in", type } } };
}

function runtimeOf({ replicas }: Scenario): "sim" | "process" {
	return replicas.source.kind === "built-in" ? "sim" : "process";
}

function rightVerdict(exploration: Exploration): string {
	const { found, laws, interrupted } = exploration;
	if (found !== null) return `${found.property} failed: ${found.reason}`;
	if (laws.verdict === "fail") return `${laws.name} failed: ${laws.reason}`;
	const verdict = verdictOf(exploration, "pass");
	if (verdict !== "met") return verdict;
	return interrupted ? `no failure until it was ended after ${RIGHT_BOUND_MS / 1_000} s` : "no failure";
}

interface Sought {
	what: string;
	property: string;
	file: string | null;
	slug: string;
	scenario: Scenario;
}

/** Those with a scenario of their own, the library's among them, and the properties that only `FLAWS` name. */
async function flawsOf(name: string, wrong: Scenario): Promise<Sought[]> {
	const type = `systems/${name}${AS_WRITTEN}`;
	const sought: Sought[] = [];
	for (const scenario of [inSimulator(wrong, type), ...flawScenarios]) {
		const { source } = scenario.replicas;
		if (source.kind !== "built-in" || source.type !== type || scenario.expect === "pass") continue;
		const file = scenario.file === null ? null : relative("", scenario.file);
		const slug = scenario.name === wrong.name ? "library" : scenario.name.replace(`${name}-`, "");
		sought.push({ what: scenario.description, property: scenario.expect.fail, file, slug, scenario });
	}
	const FLAWS = await tableOf(name);
	const left = new Set(FLAWS.map(({ property }) => property));
	for (const { property } of sought) left.delete(property);
	for (const property of left) {
		const what = FLAWS.filter((flaw) => flaw.property === property)
			.map((flaw) => `${flaw.name}: ${flaw.how}.`)
			.join(" ");
		const scenario: Scenario = {
			...inSimulator(wrong, type),
			checks: [property],
			expect: { fail: property },
		};
		sought.push({ what, property, file: null, slug: property.replace("invariant:", ""), scenario });
	}
	return sought;
}

/** A folder can hold several systems, whose names begin with its own: `redis-cart`. */
async function tableOf(name: string): Promise<readonly Flaw[]> {
	const folders = await readdir("nodes/systems");
	const folder = folders.find((one) => name === one || name.startsWith(`${one}-`));
	const { FLAWS = [] } = await compiled<{ FLAWS?: readonly Flaw[] }>(`nodes/systems/${folder}/as-written.ts`);
	return FLAWS;
}

async function seek(
	scenario: Scenario,
	{ what, property, file, slug }: Sought,
	folder: string,
): Promise<FlawFigures> {
	const options = { timeMs: FLAW_BOUND_MS, outDir: scratch };
	const exploration = await explore(
		scenario,
		property === "laws" ? { ...options, runs: LAWS_RUNS } : options,
	);
	const { found, laws, seconds, schedules } = exploration;
	const figures = { what, property, scenario: file, counterexample: null, page: null };
	if (property === "laws" && laws.verdict === "fail") {
		const found = { seconds, schedules, operations: null, replicas: null };
		return { ...figures, found, note: laws.reason };
	}
	if (found === null || found.property !== property) {
		const other = found === null ? "" : `; but ${found.property} was`;
		const note = `not found in ${count(schedules, "schedule")}, ${seconds.toFixed(0)} s${other}`;
		return { ...figures, found: null, note };
	}
	const counterexample = join(folder, `${slug}.counterexample.yaml`);
	const text = await readFile(found.counterexample, "utf8");
	await writeFile(counterexample, text.replace(/(pakka (?:replay|run)) \S+/g, `$1 ${counterexample}`));
	return {
		...figures,
		found: {
			seconds: (exploration.timeToFirstFailureMs ?? seconds * 1_000) / 1_000,
			schedules: found.afterSchedules,
			operations: found.operations,
			replicas: found.replicas,
		},
		note: found.reason,
		counterexample,
		page: await draw(counterexample, join(folder, `${slug}.html`)),
	};
}

/** @returns its path, null where it is too large */
async function draw(counterexample: string, page: string): Promise<string | null> {
	const { folder } = await run(await only(counterexample), "sim");
	const report = join(folder, "report.html");
	if ((await stat(report)).size > MAX_PAGE_BYTES) return null;
	// No path of the machine that drew it.
	const text = (await readFile(report, "utf8"))
		.replaceAll(scratch, "runs")
		.replaceAll(`${process.cwd()}/`, "");
	await writeFile(page, text);
	return page;
}

async function run(scenario: Scenario, runtime: "sim" | "process") {
	return execute(scenario, { runtime, outDir: scratch, signal: AbortSignal.timeout(RUN_BOUND_MS) });
}

async function only(path: string): Promise<Scenario> {
	const [scenario] = await loadScenarios([path]);
	if (scenario === undefined) throw new Error(`${path}: expected a scenario`);
	return scenario;
}

function summed(properties: readonly PropertyVerdict[]): Judged {
	const named = (verdict: string) =>
		properties.filter((one) => one.verdict === verdict).map(({ name }) => name);
	return { failed: named("fail"), passed: named("pass"), unknown: named("unknown") };
}

/** What was measured last, of all systems that there are. */
async function measured(): Promise<Figures[]> {
	const folders = new Set(await readdir(FOLDER));
	const all: Figures[] = [];
	for (const name of systems) {
		if (!folders.has(name)) continue;
		const text = await readFile(join(FOLDER, name, FIGURES_FILE), "utf8").catch(() => null);
		if (text !== null) all.push(JSON.parse(text) as Figures);
	}
	return all;
}

function document(all: readonly Figures[]): string {
	return [
		"# The systems of the talk",
		"",
		"Applications of strong eventual consistency from the talk that Pakka grew out of, each twice: as the talk writes it (`systems/<name>-as-written`), and right",
		"(`systems/<name>`). What is wrong stands at the top of each `nodes/systems/<name>/as-written.ts`. Printed by `npx jiti bench/seed-systems.ts`, which measures all of it anew.",
		"",
		"Properties are those of one run of `scenarios/library/system-<name>-as-written` and `system-<name>`, simulated unless the scenario starts programs of its own. Schedules are those of `pakka explore`.",
		"",
		"| system | as written: fails | holds | right: fails | holds | schedules of the right one | what came out | OS processes |",
		"|---|---|---|---|---|---|---|---|",
		...all.map(systemRow),
		"",
		...all.flatMap(systemSection),
	].join("\n");
}

function systemRow({ name, asWritten, right, explored, repeated }: Figures): string {
	const cells = [
		`[${name}](#${name})`,
		listed(asWritten.failed),
		String(asWritten.passed.length),
		listed(right.failed),
		String(right.passed.length),
		`${explored.schedules} in ${explored.seconds.toFixed(0)} s`,
		cell(explored.verdict),
		repeated.runs === 0 ? "" : `${repeated.met} of ${repeated.runs} met`,
	];
	return `| ${cells.join(" | ")} |`;
}

function systemSection({ name, asWritten, right, flaws }: Figures): string[] {
	return [
		`## ${name}`,
		"",
		`As written: fails ${listed(asWritten.failed)}; passes ${listed(asWritten.passed)}${unjudged(asWritten)}.`,
		`Right: fails ${listed(right.failed)}; passes ${listed(right.passed)}${unjudged(right)}.`,
		"",
		"| flaw | property | found after | counterexample | what it shows |",
		"|---|---|---|---|---|",
		...flaws.map(flawRow),
		"",
	];
}

function unjudged({ unknown }: Judged): string {
	return unknown.length === 0 ? "" : `; unknown ${listed(unknown)}`;
}

function flawRow({ what, property, scenario, found, note, counterexample, page }: FlawFigures): string {
	const searched = scenario === null ? cell(what) : `[${cell(what)}](../${scenario})`;
	const after = found === null ? "–" : `${found.seconds.toFixed(1)} s, ${count(found.schedules, "schedule")}`;
	const links = [
		counterexample === null ? null : `[${sizeOf(found)}](${beside(counterexample)})`,
		page === null ? null : `[page](${beside(page)})`,
		counterexample !== null && page === null ? `\`pakka replay ${counterexample}\`` : null,
	].filter((link) => link !== null);
	return `| ${searched} | \`${property}\` | ${after} | ${links.join(", ") || "–"} | ${cell(note)} |`;
}

function sizeOf(found: FlawFigures["found"]): string {
	if (found === null || found.operations === null || found.replicas === null) return "";
	return `${count(found.operations, "operation")}, ${count(found.replicas, "replica")}`;
}

function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function beside(path: string): string {
	return relative("docs", path);
}

function listed(names: readonly string[]): string {
	return names.map((name) => `\`${name}\``).join(", ") || "nothing";
}

/** In one cell of a table. */
function cell(text: string): string {
	return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

async function compiled<T>(path: string): Promise<T> {
	return (await import(builtEntry(path))) as T;
}
