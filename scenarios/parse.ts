/**
 * The object of a scenario file → a scenario, or every mistake in it at once. Files come in as text
 * (`parseScenario`) or, from a TypeScript file, as an object (`parseScenarioObject`).
 */
import { dirname, resolve } from "node:path";
import { checkShape } from "./check-shape.ts";
import { crossCheck, type KnownTypes } from "./cross-check.ts";
import { normalise } from "./normalise.ts";
import { type Place, parseYaml } from "./parse-yaml.ts";
import { formatPath, type Mistake, type Path, type Problem } from "./problem.ts";
import type { Scenario } from "./scenario.ts";
import type { ScenarioInput } from "./schema.ts";
import { show } from "./suggest.ts";

export interface ParseOptions {
	/** As messages show it; relative paths of the scenario are relative to its folder. */
	file: string;
	types: KnownTypes;
}

export type ParseResult = { ok: true; scenario: Scenario } | { ok: false; problems: Problem[] };

/** Deeper than anybody nests by hand; keeps every walk over the value bounded. */
const MAX_DEPTH = 100;

/** Text of a YAML or JSON file. Problems come in the order of their places. */
export function parseScenario(text: string, options: ParseOptions): ParseResult {
	const yaml = parseYaml(text);
	const problems = yaml.syntax.map(({ message, place }) => problemAt(options.file, place, "", message));
	if (!yaml.ok) return { ok: false, problems };
	const checked = checkValue(yaml.value, options);
	for (const mistake of checked.mistakes) {
		problems.push(problemAt(options.file, yaml.locate(mistake), formatPath(mistake.path), mistake.message));
	}
	problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
	return finish(checked.scenario, problems);
}

/** The default export of a TypeScript or JavaScript file: places are the file and the path in the object. */
export function parseScenarioObject(value: unknown, options: ParseOptions): ParseResult {
	const { scenario, mistakes } = checkValue(value, options);
	const problems = mistakes.map(({ path, message }) => ({
		file: options.file,
		line: null,
		column: null,
		path: formatPath(path),
		message,
	}));
	return finish(scenario, problems);
}

function finish(scenario: Scenario | null, problems: Problem[]): ParseResult {
	return scenario !== null && problems.length === 0 ? { ok: true, scenario } : { ok: false, problems };
}

function problemAt(file: string, { line, column }: Place, path: string, message: string): Problem {
	return { file, line, column, path, message };
}

function checkValue(
	value: unknown,
	options: ParseOptions,
): { scenario: Scenario | null; mistakes: Mistake[] } {
	const strange = findNonJson(value, [], new Set());
	if (strange.length > 0) return { scenario: null, mistakes: strange };
	const shape = checkShape(value);
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return { scenario: null, mistakes: shape.mistakes };
	}
	const input = value as ScenarioInput;
	const file = resolve(options.file);
	const folder = resolve(dirname(file), shape.sound(["folder"]) ? (input.folder ?? ".") : ".");
	const cross = crossCheck(input, { folder, types: options.types, sound: shape.sound });
	const mistakes = [...shape.mistakes, ...cross];
	return { scenario: mistakes.length > 0 ? null : normalise(input, dirname(file), file), mistakes };
}

/** Runs are recorded and replayed as JSON, so nothing else may be in a scenario. */
function findNonJson(value: unknown, path: Path, above: Set<object>): Mistake[] {
	if (value === null || typeof value === "string" || typeof value === "boolean") return [];
	if (typeof value === "number") {
		return Number.isFinite(value) ? [] : [{ path, message: `${value} is not JSON` }];
	}
	if (typeof value !== "object") return [{ path, message: `${show(value)} is not JSON` }];
	if (above.has(value)) return [{ path, message: "contains itself" }];
	if (above.size >= MAX_DEPTH) return [{ path, message: `nested deeper than ${MAX_DEPTH} levels` }];
	const prototype: unknown = Object.getPrototypeOf(value);
	const plain = Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
	if (!plain) return [{ path, message: `a ${value.constructor.name} is not JSON: write a plain object` }];
	const inside = new Set(above).add(value);
	const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
	return entries
		.filter(([, item]) => item !== undefined || Array.isArray(value))
		.flatMap(([key, item]) => findNonJson(item, [...path, key], inside));
}
