/**
 * Mistakes in scenario files. The checks find a {@link Mistake}: where in the object, and what. With the text of
 * the file it becomes a {@link Problem}: where in the file.
 */

/** Keys and indexes from the root of the file's object: `["faults", 2, "crash"]`. */
export type Path = readonly (string | number)[];

export interface Mistake {
	path: Path;
	message: string;
	/** Point at the key rather than at its value. */
	atKey?: boolean;
	/** Point so many characters into the text that the value is. */
	within?: number;
}

export interface Problem {
	file: string;
	/** From 1. Null where the file is a program: its object has no places. */
	line: number | null;
	column: number | null;
	/** `faults[2].crash`; empty when it is about the whole file. */
	path: string;
	message: string;
}

/** `file:line:column path: message` */
export function formatProblem(problem: Problem): string {
	const { file, line, column, path, message } = problem;
	const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
	return path === "" ? `${place}: ${message}` : `${place} ${path}: ${message}`;
}

export function formatPath(path: Path): string {
	let text = "";
	for (const step of path) {
		if (typeof step === "number") text += `[${step}]`;
		else if (!/^[\w$-]+$/.test(step)) text += `[${JSON.stringify(step)}]`;
		else text += text === "" ? step : `.${step}`;
	}
	return text;
}
