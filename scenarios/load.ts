/**
 * Reads a scenario file from disk: YAML and JSON as text, TypeScript and JavaScript by running them (with jiti, so
 * that Node 20 can run TypeScript and that files outside of any package may write `import … from "pakka"`).
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { createJiti } from "jiti";
import { type ParseOptions, type ParseResult, parseScenario, parseScenarioObject } from "./parse.ts";

const PROGRAM_EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];
const TEXT_EXTENSIONS = [".yaml", ".yml", ".json"];

/** Our own entry points by the name that users import them by, as paths in the package. */
const ENTRY_POINTS = {
	pakka: "index",
	"pakka/node": "nodes/sdk/index",
	"pakka/checker": "checker/index",
	"pakka/toxiproxy": "toxiproxy/index",
};

/**
 * @param path Relative to the working folder; problems show it as it is given.
 * @returns Never throws: a file that can't be read, or a program that throws, is a problem too.
 */
export async function loadScenarioFile(
	path: string,
	options: Omit<ParseOptions, "file">,
): Promise<ParseResult> {
	const extension = extname(path).toLowerCase();
	if (PROGRAM_EXTENSIONS.includes(extension)) return await loadProgram(path, options);
	if (!TEXT_EXTENSIONS.includes(extension)) {
		const known = [...TEXT_EXTENSIONS, ...PROGRAM_EXTENSIONS].join(", ");
		return refuse(path, `not a scenario file: its name should end in one of ${known}`);
	}
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (error) {
		return refuse(path, `can't be read: ${reasonOf(error)}`);
	}
	return parseScenario(text, { ...options, file: path });
}

async function loadProgram(path: string, options: Omit<ParseOptions, "file">): Promise<ParseResult> {
	let exported: unknown;
	try {
		exported = await importDefault(resolve(path));
	} catch (error) {
		return refuse(path, `can't be run: ${reasonOf(error)}`);
	}
	if (exported === undefined) {
		return refuse(path, "has no default export: write `export default defineScenario({ … })`");
	}
	return parseScenarioObject(exported, { ...options, file: path });
}

async function importDefault(path: string): Promise<unknown> {
	const jiti = createJiti(import.meta.url, {
		fsCache: false,
		moduleCache: false,
		interopDefault: false,
		virtualModules: await entryPoints(),
	});
	const loaded: unknown = await jiti.import(path);
	return (loaded as { default?: unknown } | null)?.default;
}

/**
 * The modules that a user's file means by our names. They are found by path because no room is imported from here;
 * this file is in `scenarios/` of the source tree, or of `dist/`, which mirrors it.
 */
async function entryPoints(): Promise<Record<string, unknown>> {
	const extension = extname(import.meta.url);
	const modules: Record<string, unknown> = {};
	for (const [name, file] of Object.entries(ENTRY_POINTS)) {
		const url = new URL(`../${file}${extension}`, import.meta.url);
		if (existsSync(url)) modules[name] = await import(url.href);
	}
	return modules;
}

function refuse(file: string, message: string): ParseResult {
	return { ok: false, problems: [{ file, line: null, column: null, path: "", message }] };
}

function reasonOf(error: unknown): string {
	return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
