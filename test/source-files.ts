/** The repository's own source files, for the tests that read code as text. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { packageRoot } from "../nodes/sdk/built-entry.ts";

export const ROOMS = [
	"history",
	"scenarios",
	"nodes",
	"toxiproxy",
	"controller",
	"checker",
	"explore",
	"reports",
	"cli",
] as const;
export type Room = (typeof ROOMS)[number];

export interface SourceFile {
	/** From the package's root, with `/`. */
	path: string;
	text: string;
	/** Relative imports, as paths from the package's root. Type-only imports too: they bind rooms as well. */
	imports: string[];
}

const IMPORT = /^\s*(?:import|export)\s+(?:type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?["']([^"']+)["']/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

/** @returns TypeScript of all rooms, tests included */
export function sourceFiles(): SourceFile[] {
	const root = packageRoot();
	return ROOMS.flatMap((room) => listFiles(join(root, room)))
		.filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"))
		.map((file) => describeFile(root, file));
}

function listFiles(folder: string): string[] {
	try {
		return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
			const path = join(folder, entry.name);
			return entry.isDirectory() ? listFiles(path) : [path];
		});
	} catch {
		return [];
	}
}

function describeFile(root: string, file: string): SourceFile {
	const text = readFileSync(file, "utf8");
	const path = relative(root, file).split(sep).join("/");
	const found = [...text.matchAll(IMPORT), ...text.matchAll(DYNAMIC_IMPORT)].map((match) => match[1] ?? "");
	const imports = found
		.filter((to) => to.startsWith("."))
		.map((to) => join(path, "..", to).split(sep).join("/"));
	return { path, text, imports };
}

export function isTest(path: string): boolean {
	return path.endsWith(".test.ts") || path.includes("/testing/");
}
