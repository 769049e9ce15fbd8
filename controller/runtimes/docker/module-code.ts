/**
 * The code of a user's replica module, to be carried into a container: the file, what it imports by relative paths, and the
 * names of the packages that it imports. Found by reading import statements, as they stand: a path that is computed when the
 * module runs is not seen, and the container says then what it misses.
 */
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";

export const MAX_FILES = 2_000;
export const MAX_CODE_BYTES = 64 * 1024 * 1024;
const ENDINGS = ["", ".ts", ".mts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];
const IMPORTS = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)(?:"([^"\n]+)"|'([^'\n]+)')/g;
/** Comes from Pakka itself, wherever the module lies. */
const OWN = ["pakka", "pakka/node"];

export interface ModuleCode {
	/** By path below a common folder, with `/`. */
	files: Map<string, Buffer>;
	/** Of `files`. */
	entry: string;
	/** Installed packages, by name. */
	packages: string[];
	/** That of `files`, on this machine; packages are looked for from there. */
	folder: string;
	importsPakka: boolean;
}

/** @throws Error when there is more than a module should have, or a relative import leads nowhere */
export async function collectModule(path: string): Promise<ModuleCode> {
	const found = new Map<string, Buffer>();
	const packages = new Set<string>();
	let importsPakka = false;
	const waiting = [path];
	let sizeBytes = 0;
	for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
		if (found.has(file)) continue;
		const content = await readFile(file);
		found.set(file, content);
		sizeBytes += content.length;
		if (found.size > MAX_FILES || sizeBytes > MAX_CODE_BYTES) {
			throw new Error(
				`${path} imports more than ${MAX_FILES} files or ${MAX_CODE_BYTES} bytes; build an image of it and name that in replicas.image`,
			);
		}
		if (file.endsWith(".json")) continue;
		for (const specifier of specifiersIn(content.toString())) {
			if (specifier.startsWith(".")) waiting.push(resolveFile(file, specifier));
			else if (OWN.includes(specifier)) importsPakka = true;
			else if (!isBuiltIn(specifier)) packages.add(packageOf(specifier));
		}
	}
	const folder = commonFolder([...found.keys()]);
	const inFolder = (file: string) => relative(folder, file).split(sep).join("/");
	return {
		files: new Map([...found].map(([file, content]) => [inFolder(file), content])),
		entry: inFolder(path),
		packages: [...packages].sort(),
		folder,
		importsPakka,
	};
}

/** Type imports are gone when the module runs. */
function specifiersIn(source: string): string[] {
	const code = source.replaceAll(/\b(?:import|export)\s+type\b[^;"']*?\bfrom\s*(?:"[^"\n]*"|'[^'\n]*')/g, "");
	return [...code.matchAll(IMPORTS)].map((match) => match[1] ?? match[2] ?? "");
}

function resolveFile(from: string, specifier: string): string {
	const wanted = resolve(dirname(from), specifier);
	// TypeScript may be imported by the name of what it compiles to.
	const candidates = [...ENDINGS.map((ending) => wanted + ending), wanted.replace(/\.(m?)js$/, ".$1ts")];
	const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
	if (found !== undefined) return found;
	throw new Error(`${from} imports "${specifier}", and there is no such file`);
}

function isBuiltIn(specifier: string): boolean {
	return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function packageOf(specifier: string): string {
	return specifier
		.split("/")
		.slice(0, specifier.startsWith("@") ? 2 : 1)
		.join("/");
}

function commonFolder(files: readonly string[]): string {
	let folder = dirname(files[0] ?? "");
	while (!files.every((file) => file.startsWith(join(folder, sep)))) folder = dirname(folder);
	return folder;
}
