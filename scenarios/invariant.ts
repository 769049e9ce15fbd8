/** The short form of an invariant, a text, as the long one; and what is wrong with one. */
import { compileExpression } from "./expression.ts";
import type { Mistake, Path } from "./problem.ts";
import type { ScenarioInput } from "./schema.ts";

type Given = NonNullable<ScenarioInput["invariants"]>[string];

/** What a text has to end in to be the path of a module; anything else is an expression. */
const MODULE_PATTERN = /\.[cm]?[jt]s$/;

export function isModulePath(text: string): boolean {
	return MODULE_PATTERN.test(text);
}

/** @returns as it is in the file, but never a text */
export function asInvariant(given: Given): Exclude<Given, string> {
	if (typeof given !== "string") return given;
	return isModulePath(given) ? { module: given } : { expression: given };
}

/** @param checkFile tells whether there is such a file */
export function checkInvariant(
	path: Path,
	given: Given,
	checkFile: (path: Path, file: string) => Mistake[],
): Mistake[] {
	const { expression, module } = asInvariant(given);
	if (expression !== undefined && module !== undefined) {
		const message = "expression and module: write only one of them";
		return [{ path: [...path, "module"], message, atKey: true }];
	}
	const at = (key: string) => (typeof given === "string" ? path : [...path, key]);
	if (module !== undefined) return checkFile(at("module"), module);
	if (expression === undefined) {
		return [{ path, message: "what is to hold? Write expression: or module:" }];
	}
	const compiled = compileExpression(expression);
	if (compiled.ok) return [];
	const hint = /^[.~]?\//.test(expression) ? " (the path of a module ends in .ts, .js or .mjs)" : "";
	const message = `not a CEL expression over view and replica: ${compiled.message}${hint}`;
	return [{ path: at("expression"), message, within: compiled.offset }];
}
