/**
 * Does an object have the shape of a scenario file? Every mistake at once, in plain words: zod finds them,
 * this file words them. Entries of `faults` are checked one by one by the schema of the kind that was meant.
 */
import { z } from "zod";
import type { Mistake, Path } from "./problem.ts";
import { scenarioFile } from "./schema.ts";
import { FAULT_KEYS, faultSchemas } from "./schema-faults.ts";
import { didYouMean, nearest, show } from "./suggest.ts";

/** Everything but the entries of `faults`. */
const outline = scenarioFile.extend({
	faults: z
		.array(z.unknown(), { error: (issue) => `expected a list of faults, found ${show(issue.input)}` })
		.optional(),
});

export interface ShapeResult {
	mistakes: Mistake[];
	/** Whether nothing is wrong with the value at this path, unknown keys aside, and all above it. */
	sound: (path: Path) => boolean;
}

export function checkShape(value: unknown): ShapeResult {
	const mistakes = mistakesOf(outline, value, []);
	const faults = isMap(value) ? value.faults : undefined;
	if (Array.isArray(faults)) {
		faults.forEach((fault, index) => mistakes.push(...checkFault(fault, ["faults", index])));
	}
	const unsound = mistakes.filter((mistake) => mistake.atKey !== true).map((mistake) => mistake.path);
	return {
		mistakes,
		sound: (path) => !unsound.some((bad) => startsWith(bad, path) || startsWith(path, bad)),
	};
}

function checkFault(fault: unknown, path: Path): Mistake[] {
	if (!isMap(fault)) {
		return [{ path, message: `expected a fault such as { at: 2s, crash: r1 }, found ${show(fault)}` }];
	}
	const kinds = FAULT_KEYS.filter((key) => Object.hasOwn(fault, key));
	const [kind] = kinds;
	if (kind === undefined) {
		const typo = Object.keys(fault).find((key) => !isTimeKey(key) && nearest(key, FAULT_KEYS) !== null);
		const near = typo === undefined ? "" : `; found '${typo}'${didYouMean(typo, FAULT_KEYS)}`;
		return [{ path, message: `no kind of fault: one of ${FAULT_KEYS.join(", ")}${near}` }];
	}
	if (kinds.length > 1) {
		return [{ path, message: `${kinds.join(" and ")} in one fault: write an entry for each` }];
	}
	return mistakesOf(faultSchemas[kind], fault, path);
}

function isTimeKey(key: string): boolean {
	return ["at", "for", "until", "every"].includes(key);
}

function mistakesOf(schema: z.ZodType, value: unknown, base: Path): Mistake[] {
	const result = schema.safeParse(value);
	if (result.success) return [];
	const seen = new Set<string>();
	return result.error.issues
		.flatMap((issue) => wordIssue(issue, schema, value, base))
		.filter((mistake) => {
			const key = JSON.stringify([mistake.path, mistake.message]);
			return !seen.has(key) && seen.add(key);
		});
}

function wordIssue(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, base: Path): Mistake[] {
	const within = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
	const path = [...base, ...within];
	if (issue.code === "unrecognized_keys") {
		const known = knownKeys(schema, within);
		return issue.keys.map((key) => ({
			path: [...path, key],
			message: `unknown key${didYouMean(key, known) || `; known: ${known.join(", ")}`}`,
			atKey: true,
		}));
	}
	const last = within.at(-1);
	if (last !== undefined && valueAt(value, within) === undefined) {
		return [{ path, message: `missing: ${meaning(schema, within)}` }];
	}
	return [{ path, message: issue.message }];
}

function knownKeys(schema: z.ZodType, path: Path): string[] {
	const found = schemaAt(schema, path);
	if (found instanceof z.ZodObject) return Object.keys(found.shape);
	if (!(found instanceof z.ZodUnion)) return [];
	return found.options.flatMap((option) => (option instanceof z.ZodObject ? Object.keys(option.shape) : []));
}

function meaning(schema: z.ZodType, path: Path): string {
	const parent = schemaAt(schema, path.slice(0, -1));
	const key = String(path.at(-1));
	const field = parent instanceof z.ZodObject ? (parent.shape[key] as z.ZodType | undefined) : undefined;
	return (field?.description ?? "this is needed").replace(/\.$/, "");
}

function schemaAt(schema: unknown, path: Path): unknown {
	const here = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
	const [step, ...rest] = path;
	if (step === undefined) return here;
	if (here instanceof z.ZodObject) return schemaAt(here.shape[String(step)], rest);
	if (here instanceof z.ZodArray) return schemaAt(here.element, rest);
	if (here instanceof z.ZodRecord) return schemaAt(here.valueType, rest);
	return undefined;
}

function valueAt(value: unknown, path: Path): unknown {
	let here = value;
	for (const step of path) {
		if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
		here = (here as Record<string | number, unknown>)[step];
	}
	return here;
}

function startsWith(path: Path, start: Path): boolean {
	return start.length <= path.length && start.every((step, index) => path[index] === step);
}

function isMap(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
