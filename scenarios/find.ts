/** Which scenario files do the paths on a command line mean? Files, folders and globs. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";

const EXTENSIONS = "{yaml,yml,json,ts,js,mjs}";
const IGNORED = ["**/node_modules/**"];

/**
 * @param paths Files (any name), folders (every `*.scenario.yaml` and the like below), globs.
 * @returns Paths relative to `cwd` where they were given so, without repetition, in code point order.
 * @throws When a path matches nothing.
 */
export async function findScenarioFiles(
	paths: readonly string[],
	cwd: string = process.cwd(),
): Promise<string[]> {
	const found = new Set<string>();
	for (const path of paths) {
		for (const file of await filesOf(path, cwd)) found.add(file);
	}
	return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function filesOf(path: string, cwd: string): Promise<string[]> {
	const kind = await stat(resolve(cwd, path)).catch(() => null);
	if (kind?.isFile() === true) return [path];
	if (kind?.isDirectory() === true) {
		const base = path.replace(/\/+$/, "") || "/";
		const inside = await glob(`**/*.scenario.${EXTENSIONS}`, { cwd: resolve(cwd, base), ignore: IGNORED });
		if (inside.length === 0) {
			throw new Error(
				`no scenario in the folder ${path}: expected files named *.scenario.yaml (or ${EXTENSIONS})`,
			);
		}
		return inside.map((file) => (base === "." ? file : base === "/" ? `/${file}` : `${base}/${file}`));
	}
	const matches = isDynamicPattern(path) ? await glob(path, { cwd, ignore: IGNORED, onlyFiles: true }) : [];
	if (matches.length > 0) return matches;
	throw new Error(
		isDynamicPattern(path)
			? `no file matches ${path} (from ${cwd})`
			: `no such file or folder: ${path} (from ${cwd})`,
	);
}
