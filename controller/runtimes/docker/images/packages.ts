/**
 * The installed packages that replicas need in a container, with all that these depend on, found as Node finds them: in
 * the `node_modules` folders from the dependent upwards. Wherever Pakka is installed, the image gets a layout of its
 * own: `node_modules/<name>`, and a second version of a package inside the one that needs it.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What `nodes/` and `toxiproxy/` import; a test compares. */
export const NODE_PACKAGES: readonly string[] = ["@msgpack/msgpack", "jiti", "pure-rand", "yjs"];

/** Users install them beside Pakka; they are large, so only who needs one gets it. */
const LIBRARY_PACKAGES: Record<string, string> = {
	automerge: "@automerge/automerge",
	collabs: "@collabs/collabs",
	"json-joy": "json-joy",
	loro: "loro-crdt",
};

/** Contracts are compiled and executed where their replica is. */
const SOLIDITY = "-solidity";
const SOLIDITY_PACKAGES = [
	"solc",
	"@ethereumjs/vm",
	"@ethereumjs/common",
	"@ethereumjs/tx",
	"@ethereumjs/util",
];

/** @param type the name of a built-in, e.g. `loro/text` */
export function packagesOfType(type: string): string[] {
	if (type.includes(SOLIDITY)) return SOLIDITY_PACKAGES;
	const needed = LIBRARY_PACKAGES[type.split("/")[0] ?? ""];
	return needed === undefined ? [] : [needed];
}

export interface InstalledPackage {
	/** Where it goes in the image, e.g. `node_modules/yjs`. */
	target: string;
	/** Where it is here. */
	folder: string;
}

interface Manifest {
	dependencies?: Record<string, string>;
	optionalDependencies?: Record<string, string>;
}

/**
 * @param wanted names by the folder that they are looked for from; what they depend on comes with them
 * @throws Error when one is not installed
 */
export async function findPackages(
	wanted: readonly { names: readonly string[]; from: string }[],
): Promise<InstalledPackage[]> {
	const placed = new Map<string, string>();
	async function place(name: string, dependent: { folder: string; target: string }): Promise<void> {
		const folder = lookUp(name, dependent.folder);
		if (folder === null) {
			throw new Error(
				`the package ${name}, which ${dependent.folder} needs, is not installed. Run npm install there.`,
			);
		}
		const top = `node_modules/${name}`;
		const taken = placed.get(top);
		if (taken === folder) return;
		// A second version of what is wanted itself can't be had: the first holds.
		if (taken !== undefined && dependent.target === ".") return;
		const target = taken === undefined ? top : `${dependent.target}/${top}`;
		if (placed.get(target) === folder) return;
		placed.set(target, folder);
		const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
		const optional = Object.keys(manifest.optionalDependencies ?? {});
		for (const needed of Object.keys(manifest.dependencies ?? {})) {
			if (optional.includes(needed) && lookUp(needed, folder) === null) continue;
			await place(needed, { folder, target });
		}
	}
	// In order, so that what goes where does not depend on timing.
	for (const { names, from } of wanted) {
		for (const name of [...names].sort()) await place(name, { folder: from, target: "." });
	}
	return [...placed].map(([target, folder]) => ({ target, folder }));
}

function lookUp(name: string, from: string): string | null {
	for (let folder = from; ; folder = dirname(folder)) {
		const found = join(folder, "node_modules", name);
		if (existsSync(join(found, "package.json"))) return found;
		if (dirname(folder) === folder) return null;
	}
}
