/**
 * Reads a scenario file from disk: YAML and JSON as text, TypeScript and JavaScript by running them (with jiti, so
 * that Node 20 can run TypeScript and that files outside of any package may write `import … from "pakka"`).
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { type ParseOptions, type ParseResult, parseScenario, parseScenarioObject } from "./parse.ts";

const PROGRAM_EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];
const TEXT_EXTENSIONS = [".yaml", ".yml", ".json"];

/** Our own entry points by the name that users import them by, as files without extension from the package. */
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
	const jiti = createJiti(import.meta.url, { alias: aliases(), moduleCache: false, interopDefault: false });
	const loaded: unknown = await jiti.import(path);
	return (loaded as { default?: unknown } | null)?.default;
}

/** This file is in `scenarios/` of the source tree, or of `dist/`, which mirrors it. */
function aliases(): Record<string, string> {
	const root = dirname(dirname(fileURLToPath(import.meta.url)));
	const extension = extname(import.meta.url);
	const entries = Object.entries(ENTRY_POINTS).map(
		([name, file]) => [name, join(root, file + extension)] as const,
	);
	return Object.fromEntries(entries.filter(([, file]) => existsSync(file)));
}

function refuse(file: string, message: string): ParseResult {
	return { ok: false, problems: [{ file, line: null, column: null, path: "", message }] };
}

function reasonOf(error: unknown): string {
	return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
