/**
 * Where the compiled form of one of our entry points lies. Child processes run plain Node, which can't read
 * TypeScript, so also code that itself runs from source (tests) starts the file in `dist/`.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @param entry path from the package's root, with the source's extension, e.g. `nodes/sdk/host.ts`
 * @returns absolute path of the compiled file
 * @throws when it has not been built
 */
export function builtEntry(entry: string): string {
	const compiled = join(packageRoot(), "dist", entry.replace(/\.ts$/, ".js"));
	if (!existsSync(compiled)) {
		throw new Error(`${entry} has not been compiled: expected ${compiled}. Run "npm run build" first.`);
	}
	return compiled;
}

/** The folder that holds Pakka's package.json. */
export function packageRoot(): string {
	let folder = dirname(fileURLToPath(import.meta.url));
	while (!existsSync(join(folder, "package.json"))) {
		const parent = dirname(folder);
		if (parent === folder) throw new Error(`no package.json above ${import.meta.url}`);
		folder = parent;
	}
	return folder;
}
