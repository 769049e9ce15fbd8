/**
 * Where in a scenario file something stands that was found wrong only after parsing: what a runtime can't do, a program that is not
 * there. Reads the file again; nothing of places is kept in a scenario.
 */
import { readFile } from "node:fs/promises";
import { parseYaml } from "./parse-yaml.ts";
import type { Path } from "./problem.ts";

const TEXT_FILE = /\.(ya?ml|json)$/;

/**
 * @param path as problems print it: `faults[2].crash`
 * @returns nulls where the file is a program, or is gone; what is not in it has the place of what should contain it
 */
export async function placeOf(
	file: string | null,
	path: string,
): Promise<{ line: number | null; column: number | null }> {
	const unknown = { line: null, column: null };
	if (file === null || !TEXT_FILE.test(file)) return unknown;
	const text = await readFile(file, "utf8").catch(() => null);
	const parsed = text === null ? null : parseYaml(text);
	return parsed?.ok === true ? parsed.locate({ path: stepsOf(path), message: "" }) : unknown;
}

function stepsOf(path: string): Path {
	return path.split(/[.[\]]+/).flatMap((step) => {
		if (step === "") return [];
		return [/^\d+$/.test(step) ? Number(step) : step];
	});
}
