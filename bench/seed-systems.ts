/**
 * Judges every system of `nodes/systems` twice, as it is written in the talk that they come from and right, and writes
 * `docs/seed-systems.md`. After `npm run build`:
 *
 *     npx jiti bench/seed-systems.ts                               all of it: about half an hour
 *     npx jiti bench/seed-systems.ts --only portfolio              this one anew; the others as they were measured last
 *     npx jiti bench/seed-systems.ts --only saga --part processes  of it only this; `flaws`, `schedules`, `processes` or `runs`
 *     npx jiti bench/seed-systems.ts --schedules 5000 --repeat 20  more schedules, and more runs by OS processes
 *
 * What it reads: `systems/<name>` and `systems/<name>-as-written` of the registry, `scenarios/library/system-<name>*` (or
 * `scenarios/systems/<name>*`), and for each flaw of `nodes/systems/flaws.ts` its scenario in `scenarios/systems/`. A flaw's counterexample
 * and page go to `docs/systems/<name>/`, beside the figures that the document is printed from.
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
const { FLAWS_BY_SYSTEM } =
	await compiled<typeof import("../nodes/systems/flaws.ts")>("nodes/systems/flaws.ts");
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
const RIGHT_BOUND_MS = 900_000;
const RUN_BOUND_MS = 60_000;
const AS_WRITTEN = "-as-written";
const PARTS = ["runs", "flaws", "schedules", "processes"] as const;

interface FlawFigures {
	what: string;
	property: string;
	scenario: string;
	found: { seconds: number; schedules: number; operations: number; replicas: number } | null;
	/** What it shows; or what came out instead. */
	note: string;
	counterexample: string | null;
	page: string | null;
	/** Of a law: the states that break it. */
	states: string | null;
}

interface Judged {
	failed: string[];
	passed: string[];
	unknown: string[];
}

interface Times {
	runs: number;
	met: number;
}

interface Figures {
	name: string;
	asWritten: Judged;
	right: Judged;
	flaws: FlawFigures[];
	explored: { schedules: number; judged: number; fullyChecked: number; seconds: number; verdict: string };
	/** By OS processes, each with a seed of its own. */
	processes: { asWritten: Times; right: Times };
}

const { values } = parseArgs({
	options: {
		schedules: { type: "string", default: "2000" },
		repeat: { type: "string", default: "10" },
		only: { type: "string" },
		part: { type: "string", multiple: true, default: [...PARTS] },
	},
});
const schedules = Number(values.schedules);
const repeat = Number(values.repeat);
const systems = builtInNames()
	.filter((name) => name.startsWith("systems/") && !name.endsWith(AS_WRITTEN))
	.map((name) => name.slice("systems/".length));
const chosen = systems.filter((name) => values.only === undefined || values.only === name);
if (chosen.length === 0)
	throw new Error(`--only: expected one of ${systems.join(", ")}, found ${values.only}`);
const parts = new Set<string>(values.part);
for (const part of parts) {
	if (!(PARTS as readonly string[]).includes(part)) {
		throw new Error(`--part: expected one of ${PARTS.join(", ")}, found ${part}`);
	}
}
const scratch = await mkdtemp(join(tmpdir(), "pakka-systems-"));
try {
	for (const name of chosen) {
		const figures = await measure(name);
		await writeFile(figuresFile(name), `${JSON.stringify(figures, null, "\t")}\n`);
		await writeFile(DOCUMENT, document(await measured()));
		const { asWritten, flaws, explored, processes } = figures;
		const found = flaws.filter((flaw) => flaw.found !== null).length;
		console.log(
			`${name}: as written fails ${asWritten.failed.join(", ")}; ${found} of ${flaws.length} flaws found; right: ${explored.verdict} in ${explored.schedules} schedules; by processes: ${byProcesses(processes)}`,
		);
	}
} finally {
	await rm(scratch, { recursive: true, force: true });
}

/** Parts that were not chosen are as they were measured last. */
async function measure(name: string): Promise<Figures> {
	const wrong = await only(scenarioFile(`${name}${AS_WRITTEN}`));
	const right = await only(scenarioFile(name));
	await mkdir(join(FOLDER, name), { recursive: true });
	const figures = (await lastFigures(name)) ?? nothingYet(name);
	if (parts.has("runs")) {
		figures.asWritten = summed((await run(wrong, runtimeOf(wrong))).properties);
		figures.right = summed((await run(right, runtimeOf(right))).properties);
	}
	if (parts.has("flaws")) figures.flaws = await seekFlaws(name, wrong);
	if (parts.has("schedules")) figures.explored = await search(inSimulator(right, `systems/${name}`));
	if (parts.has("processes")) {
		figures.processes = { asWritten: await repeated(wrong), right: await repeated(right) };
	}
	return figures;
}

function nothingYet(name: string): Figures {
	const judged: Judged = { failed: [], passed: [], unknown: [] };
	const none: Times = { runs: 0, met: 0 };
	return {
		name,
		asWritten: judged,
		right: judged,
		flaws: [],
		explored: { schedules: 0, judged: 0, fullyChecked: 0, seconds: 0, verdict: "not measured" },
		processes: { asWritten: none, right: none },
	};
}

function scenarioFile(name: string): string {
	const inLibrary = `scenarios/library/system-${name}.scenario.yaml`;
	return existsSync(inLibrary) ? inLibrary : flawFile(name);
}

function flawFile(name: string): string {
	return `scenarios/systems/${name}.scenario.yaml`;
}

async function search(scenario: Scenario): Promise<Figures["explored"]> {
	const exploration = await explore(scenario, { runs: schedules, timeMs: RIGHT_BOUND_MS, outDir: scratch });
	const { judged, fullyChecked, seconds } = exploration;
	return {
		schedules: exploration.schedules,
		judged,
		fullyChecked,
		seconds,
		verdict: rightVerdict(exploration),
	};
}

async function repeated(scenario: Scenario): Promise<Times> {
	let met = 0;
	for (let index = 0; index < repeat; index++) {
		const result = await run({ ...scenario, seed: scenario.seed + index }, "process");
		if (result.met) met++;
		else console.log(`${scenario.name}, seed ${result.seed}: ${result.verdict}`);
	}
	return { runs: repeat, met };
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
	file: string;
	slug: string;
	scenario: Scenario;
}

/** The library's scenario, and each flaw's. */
async function seekFlaws(name: string, wrong: Scenario): Promise<FlawFigures[]> {
	const folder = join(FOLDER, name);
	for (const file of await readdir(folder)) if (file !== FIGURES_FILE) await rm(join(folder, file));
	const type = `systems/${name}${AS_WRITTEN}`;
	const sought: Sought[] = [
		{
			what: wrong.description,
			property: expectedOf(wrong),
			file: scenarioFile(`${name}${AS_WRITTEN}`),
			slug: "library",
			scenario: inSimulator(wrong, type),
		},
	];
	for (const { name: title, how, property, scenario } of FLAWS_BY_SYSTEM[name] ?? []) {
		const file = flawFile(scenario);
		sought.push({
			what: `**${title}**: ${how}.`,
			property,
			file,
			slug: scenario.replace(`${name}-`, ""),
			scenario: await only(file),
		});
	}
	const found: FlawFigures[] = [];
	for (const one of sought) found.push(await seek(one, folder));
	return found;
}

function expectedOf({ name, expect }: Scenario): string {
	if (expect === "pass") throw new Error(`${name}: expected \`expect: { fail: … }\`, found pass`);
	return expect.fail;
}

async function seek({ what, property, file, slug, scenario }: Sought, folder: string): Promise<FlawFigures> {
	const isLaw = property === "laws";
	const exploration = await explore(scenario, {
		timeMs: FLAW_BOUND_MS,
		outDir: scratch,
		...(isLaw && { runs: LAWS_RUNS }),
	});
	const { found, laws, seconds } = exploration;
	const figures = { what, property, scenario: file, counterexample: null, page: null, states: null };
	if (found === null || (isLaw ? laws.verdict !== "fail" : found.property !== property)) {
		const other = found === null ? "" : `; but ${found.property} was`;
		const note = `not found in ${count(exploration.schedules, "schedule")}, ${seconds.toFixed(0)} s${other}`;
		return { ...figures, found: null, note };
	}
	const { operations, replicas, afterSchedules, reason } = found;
	const counterexample = join(folder, `${slug}.counterexample.yaml`);
	const text = await readFile(found.counterexample, "utf8");
	await writeFile(counterexample, text.replace(/(pakka (?:replay|run)) \S+/g, `$1 ${counterexample}`));
	return {
		...figures,
		found: {
			seconds: (exploration.timeToFirstFailureMs ?? seconds * 1_000) / 1_000,
			schedules: afterSchedules,
			operations,
			replicas,
		},
		// A law is broken by states; the run beside them shows what comes of it.
		note: isLaw ? `${laws.reason}. In a run: \`${found.property}\`: ${reason}` : reason,
		counterexample,
		page: await draw(counterexample, join(folder, `${slug}.html`)),
		states: isLaw ? await writeStates(laws, join(folder, `${slug}.states.json`)) : null,
	};
}

async function writeStates({ reason, evidence }: PropertyVerdict, path: string): Promise<string> {
	await writeFile(path, `${JSON.stringify({ reason, ...evidence }, null, "\t")}\n`);
	return path;
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
	const all: Figures[] = [];
	for (const name of systems) {
		const figures = await lastFigures(name);
		if (figures !== null) all.push(figures);
	}
	return all;
}

async function lastFigures(name: string): Promise<Figures | null> {
	const text = await readFile(figuresFile(name), "utf8").catch(() => null);
	return text === null ? null : { ...nothingYet(name), ...(JSON.parse(text) as Figures) };
}

function figuresFile(name: string): string {
	return join(FOLDER, name, FIGURES_FILE);
}

function document(all: readonly Figures[]): string {
	return [
		"# The systems of the talk",
		"",
		"Applications of strong eventual consistency from the talk that Pakka grew out of, each twice: as the talk writes it (`systems/<name>-as-written`), and right",
		"(`systems/<name>`). What is wrong stands at the top of each `nodes/systems/<name>/as-written.ts`. Printed by `npx jiti bench/seed-systems.ts`, which measures all of it anew.",
		"",
		"Properties are those of one run of `scenarios/library/system-<name>-as-written` and `system-<name>`, simulated unless the scenario starts programs of its own (`portfolio-solidity` has its two in `scenarios/systems`). Schedules are those of `pakka explore`. OS processes: each of the two scenarios with seeds one after the other, and how many runs came out as expected.",
		"",
		"| system | as written: fails | holds | right: fails | holds | schedules of the right one | what came out | OS processes: met |",
		"|---|---|---|---|---|---|---|---|",
		...all.map(systemRow),
		"",
		...all.flatMap(systemSection),
	].join("\n");
}

function systemRow({ name, asWritten, right, explored, processes }: Figures): string {
	const cells = [
		`[${name}](#${name})`,
		listed(asWritten.failed),
		String(asWritten.passed.length),
		listed(right.failed),
		String(right.passed.length),
		`${explored.schedules} in ${explored.seconds.toFixed(0)} s`,
		cell(explored.verdict),
		byProcesses(processes),
	];
	return `| ${cells.join(" | ")} |`;
}

function byProcesses({ asWritten, right }: Figures["processes"]): string {
	return `right ${right.met} of ${right.runs}, as written ${asWritten.met} of ${asWritten.runs}`;
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

function flawRow(flaw: FlawFigures): string {
	const { what, property, scenario, found, note } = flaw;
	const after = found === null ? "–" : `${found.seconds.toFixed(1)} s, ${count(found.schedules, "schedule")}`;
	const searched = `${cell(what)} [scenario](../${scenario})`;
	return `| ${searched} | \`${property}\` | ${after} | ${linksOf(flaw)} | ${cell(note)} |`;
}

function linksOf({ found, counterexample, page, states }: FlawFigures): string {
	if (found === null || counterexample === null) return "–";
	const size = `${count(found.operations, "operation")}, ${count(found.replicas, "replica")}`;
	const links = [
		`[${size}](${beside(counterexample)})`,
		page === null ? `\`pakka replay ${counterexample}\`` : `[page](${beside(page)})`,
	];
	if (states !== null) links.push(`[states](${beside(states)})`);
	return links.join(", ");
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
