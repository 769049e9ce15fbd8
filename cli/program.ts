/**
 * The command line as data: commands, flags, help. What they do stands in commands/, which are imported when they are
 * called: help and mistakes are answered at once.
 */
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { parseDuration } from "../scenarios/quantities.ts";
import type { RuntimeName } from "../scenarios/scenario.ts";
import { packageVersion } from "./package-version.ts";
import { chooseReporters, outputFor, REPORTER_NAMES } from "./reporters/choose.ts";

const RUNTIMES: readonly RuntimeName[] = ["process", "sim", "docker"];
const DEFAULT_PATHS = "scenarios/library";

const EXPORT_FORMATS = ["jepsen-edn", "jepsen-json"] as const;
type ExportFormat = (typeof EXPORT_FORMATS)[number];

const STRATEGIES = ["random", "pct", "exhaustive"] as const;

interface ExploreFlags {
	runs?: number;
	time?: number;
	seed?: number;
	strategy: (typeof STRATEGIES)[number];
	ops?: number;
	workers?: number;
	out: string;
	reporter: string;
}

interface RunFlags {
	runtime: RuntimeName;
	seed?: number;
	repeat: number;
	grep?: string;
	shard?: string;
	bail?: true;
	jobs?: number;
	out: string;
	reporter: string[];
	list?: true;
}

/**
 * @param signal aborted by Ctrl-C and SIGTERM
 * @param done is given the exit code of the command that ran
 */
export function buildProgram(signal: AbortSignal, done: (exitCode: number) => void): Command {
	const program = new Command("pakka")
		.description("Convergence chaos testing for CRDTs and other replicated systems.")
		.version(packageVersion(), "-V, --version")
		.enablePositionalOptions()
		.showHelpAfterError("(pakka --help shows what there is)")
		.showSuggestionAfterError()
		.exitOverride()
		.addHelpText(
			"after",
			examples(
				["pakka run", "run the shipped scenarios"],
				["pakka run my.scenario.yaml --seed 7", "run one of your own"],
				["pakka explore my.scenario.yaml", "search for a counterexample, thousands of schedules a second"],
				["pakka replay runs/latest", "the newest run again, same seed"],
				["pakka check history.jsonl --type or-set", "judge what another tool recorded"],
			),
		);
	addRunning(program, signal, done);
	addExploring(program, signal, done);
	addJudging(program, done);
	addChoosing(program, done);
	addServices(program, signal, done);
	return program;
}

function addRunning(program: Command, signal: AbortSignal, done: (exitCode: number) => void): void {
	withRunFlags(program.command("run"))
		.argument("[paths...]", `scenario files, folders, globs (default: ${DEFAULT_PATHS})`)
		.description("run scenarios against real replicas and judge what happened")
		.addHelpText(
			"after",
			examples(
				["pakka run scenarios/ --repeat 20", "each with 20 seeds"],
				["pakka run --grep split-brain --bail", "those that match, until one fails"],
				["pakka run --shard 2/5 --reporter list,junit,github", "in a CI matrix"],
				["pakka run cart.scenario.yaml --reporter json | jq '.[].verdict'", "for another program"],
			),
		)
		.action(async (paths: string[], flags: RunFlags) => {
			const { run } = await import("./commands/run.ts");
			const { reporter, bail, list, ...rest } = flags;
			done(
				await run(
					paths.length > 0 ? paths : [defaultFolder()],
					{ ...rest, bail: bail ?? false, list: list ?? false },
					chooseReporters(reporter),
					signal,
				),
			);
		});
	program
		.command("replay")
		.argument("<run>", "a run's folder, or a counterexample's scenario file")
		.description("run it again: same scenario, same seed, same schedule")
		.addOption(runtimeOption())
		.addOption(outOption())
		.addOption(reporterOption())
		.addHelpText("after", examples(["pakka replay runs/latest", "the newest run again"]))
		.action(async (path: string, flags: { runtime?: RuntimeName; out: string; reporter: string[] }) => {
			const { replay } = await import("./commands/replay.ts");
			done(await replay(path, flags, chooseReporters(flags.reporter, "single"), signal));
		});
}

function addExploring(program: Command, signal: AbortSignal, done: (exitCode: number) => void): void {
	program
		.command("explore")
		.argument("<scenario>", "a scenario file whose replicas are made with the SDK")
		.description("search schedules in the simulator for a counterexample, and shrink it")
		.option("--runs <n>", "so many schedules (default: 10000, or as many as --time allows)", wholeNumber(1))
		.option("--time <duration>", "not longer than this, e.g. 30s", duration)
		.option("--seed <n>", "instead of the scenario's own seed", wholeNumber(0))
		.addOption(
			new Option("--strategy <name>", "how schedules are chosen").choices(STRATEGIES).default("random"),
		)
		.option("--ops <n>", "operations of each replica, at first (default: 4; of one alone 8)", wholeNumber(1))
		.option("--workers <n>", "threads (default: one per core; 0: none)", wholeNumber(0))
		.addOption(outOption())
		.addOption(jsonOrListOption())
		.addHelpText(
			"after",
			examples(
				["pakka explore cart.scenario.yaml --time 30s", "for half a minute, on all cores"],
				["pakka explore cart.scenario.yaml --strategy exhaustive --ops 3", "every schedule of a small scope"],
			),
		)
		.action(async (path: string, { time, ops, reporter, ...flags }: ExploreFlags) => {
			const { explore } = await import("./commands/explore.ts");
			const options = {
				...flags,
				...(time !== undefined && { timeMs: time }),
				...(ops !== undefined && { operations: ops }),
				json: reporter === "json",
			};
			done(await explore(path, options, outputFor(reporter === "json"), signal));
		});
}

function withRunFlags(command: Command): Command {
	return command
		.addOption(runtimeOption().default("process"))
		.option("--seed <n>", "instead of the scenario's own seed", wholeNumber(0))
		.option("--repeat <n>", "run each with n seeds, counting up", wholeNumber(1), 1)
		.option("--grep <re>", "only scenarios whose name or description matches")
		.option("--shard <i/n>", "only this part of the runs")
		.option("--bail", "start no further run after the first that is not met")
		.option("--jobs <n>", "runs at the same time (default: one per core, at most 4)", wholeNumber(1))
		.option("--list", "print what would be run, run nothing")
		.addOption(outOption())
		.addOption(reporterOption());
}

function addJudging(program: Command, done: (exitCode: number) => void): void {
	program
		.command("check")
		.argument("<history>", "a history.jsonl, or Jepsen's history.edn (or JSON)")
		.description("judge a recorded history, whoever recorded it")
		.option(
			"--type <type>",
			"judge views by this type's specification; of Jepsen's also set, set-full, counter, register",
		)
		.option(
			"--checks <names>",
			"only these properties, e.g. convergence,session (default: all that apply)",
			names,
		)
		.addOption(jsonOrListOption())
		.addHelpText(
			"after",
			examples(
				["pakka check runs/latest/history.jsonl", "judge the newest run again"],
				["pakka check store/latest/history.edn", "what Jepsen or Maelstrom recorded"],
			),
		)
		.action(async (path: string, flags: { type?: string; checks?: string[]; reporter: string }) => {
			const { check } = await import("./commands/check.ts");
			const { reporter, ...rest } = flags;
			done(await check(path, { ...rest, json: reporter === "json" }));
		});
	program
		.command("export")
		.argument("<history>", "a history.jsonl, or Jepsen's")
		.description("write a recorded history as Jepsen would have recorded it")
		.addOption(
			new Option("--format <name>", "what to write").choices(EXPORT_FORMATS).default("jepsen-edn" as const),
		)
		.option("--out <file>", "a new file (default: standard output)")
		.option("--type <type>", "of a history of Jepsen's: what it is of, where nothing tells")
		.addHelpText(
			"after",
			examples(
				["pakka export runs/latest/history.jsonl --out history.edn", "for Jepsen's checkers"],
				["pakka export history.jsonl --format jepsen-json | jq .f", "the same as JSON"],
			),
		)
		.action(async (path: string, flags: { format: ExportFormat; out?: string; type?: string }) => {
			const { exportHistory } = await import("./commands/export.ts");
			done(await exportHistory(path, flags));
		});
	program
		.command("report")
		.argument("<runs...>", "folders of runs")
		.description("rebuild the pages of recorded runs")
		.addHelpText("after", examples(["pakka report runs/latest", "the newest run's page"]))
		.action(async (folders: string[]) => {
			const { report } = await import("./commands/report.ts");
			done(await report(folders));
		});
	program
		.command("validate")
		.argument("<files...>", "scenario files, folders, globs")
		.description("parse and check scenarios, run nothing")
		.addOption(jsonOrListOption())
		.addHelpText("after", examples(["pakka validate scenarios/", "every scenario below a folder"]))
		.action(async (paths: string[], flags: { reporter: string }) => {
			const { validate } = await import("./commands/validate.ts");
			done(await validate(paths, { json: flags.reporter === "json" }));
		});
	program
		.command("schema")
		.description("print the JSON Schema of scenario files")
		.addHelpText("after", examples(["pakka schema > scenario.schema.json", "for an editor"]))
		.action(async () => {
			const { schema } = await import("./commands/schema.ts");
			done(schema());
		});
}

function addChoosing(program: Command, done: (exitCode: number) => void): void {
	program
		.command("choose")
		.argument("[words...]", "what it is used for, e.g. shopping cart (default: the whole table)")
		.description("which type fits a use, why, and what to run to see it")
		.addOption(jsonOrListOption())
		.option("--json", "the same as --reporter json")
		.addHelpText(
			"after",
			examples(
				["pakka choose shopping cart", "a type, and a scenario that shows it"],
				["pakka choose strict stock", "why none fits, and what to take instead"],
			),
		)
		.action(async (words: string[], flags: { reporter: string; json?: true }) => {
			const { choose } = await import("./commands/choose.ts");
			done(choose(words, { json: flags.json === true || flags.reporter === "json" }));
		});
}

function addServices(program: Command, signal: AbortSignal, done: (exitCode: number) => void): void {
	program
		.command("doctor")
		.description("what this machine has, and what each lack costs")
		.addOption(jsonOrListOption())
		.addHelpText("after", examples(["pakka doctor", "before the first run"]))
		.action(async (flags: { reporter: string }) => {
			const { doctor } = await import("./commands/doctor.ts");
			done(await doctor({ json: flags.reporter === "json" }));
		});
	program
		.command("clean")
		.description("remove what an interrupted run left behind (only what Pakka made)")
		.addOption(jsonOrListOption())
		.addHelpText("after", examples(["pakka clean", "after a crash of the harness"]))
		.action(async (flags: { reporter: string }) => {
			const { clean } = await import("./commands/clean.ts");
			done(await clean({ json: flags.reporter === "json" }));
		});
	program
		.command("toxiproxy")
		.description("run the embedded Toxiproxy-compatible server on its own")
		.option("--host <address>", "where its API listens", "127.0.0.1")
		.option("--port <n>", "0 takes a free one", wholeNumber(0), 8474)
		.addHelpText("after", examples(["pakka toxiproxy --port 8474", "for any Toxiproxy client"]))
		.action(async (flags: { host: string; port: number }) => {
			const { toxiproxy } = await import("./commands/toxiproxy.ts");
			done(await toxiproxy(flags, signal));
		});
}

function runtimeOption(): Option {
	return new Option("--runtime <name>", "what replicas run in").choices(RUNTIMES);
}

function outOption(): Option {
	return new Option("--out <dir>", "where run folders are made").default("runs");
}

function reporterOption(): Option {
	return new Option("--reporter <names>", `any of ${REPORTER_NAMES.join(",")} (HTML is always written)`)
		.default(["list"], "list")
		.argParser((names: string) => {
			const chosen = names.split(",").filter((name) => name !== "");
			const unknown = chosen.filter((name) => !(REPORTER_NAMES as readonly string[]).includes(name));
			if (unknown.length > 0 || chosen.length === 0) {
				throw new InvalidArgumentError(
					`expected a list of ${REPORTER_NAMES.join(", ")}, separated by commas.`,
				);
			}
			return chosen;
		});
}

function jsonOrListOption(): Option {
	return new Option("--reporter <name>", "how it is printed").choices(["list", "json"]).default("list");
}

function duration(text: string): number {
	const parsed = parseDuration(text);
	if (parsed !== null && parsed > 0) return parsed;
	throw new InvalidArgumentError("expected a duration such as 30s, 500ms or 2m.");
}

function wholeNumber(least: number): (text: string) => number {
	return (text) => {
		const value = Number(text);
		if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
			throw new InvalidArgumentError(`expected a whole number, ${least} or more.`);
		}
		return value;
	};
}

function names(text: string): string[] {
	const chosen = text.split(",").filter((name) => name !== "");
	if (chosen.length === 0)
		throw new InvalidArgumentError("expected names of properties, separated by commas.");
	return chosen;
}

function examples(...lines: [command: string, what: string][]): string {
	const width = Math.max(...lines.map(([command]) => command.length));
	return `\nExamples:\n${lines.map(([command, what]) => `  ${command.padEnd(width)}  # ${what}`).join("\n")}\n`;
}

/** What is shipped with the package, wherever the command is typed. */
function defaultFolder(): string {
	return join(packageRoot(), DEFAULT_PATHS);
}
