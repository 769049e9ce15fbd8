/**
 * The line by which a counterexample's file says in which runtime it was found: a comment, so that the file stays a
 * scenario that runs in any. `pakka replay` goes by it.
 */
import type { RuntimeName } from "./scenario.ts";

const HINT = /^# *runtime: *(sim|process|docker) *$/im;

/** The text of the line, without the `#`. */
export function runtimeHint(runtime: RuntimeName): string {
	return `Runtime: ${runtime}`;
}

/** @returns null when the comments that a scenario file begins with name none */
export function readRuntimeHint(text: string): RuntimeName | null {
	const header = /^\ufeff?(?:[ \t]*(?:#.*)?\r?\n)*/.exec(text)?.[0] ?? "";
	return (HINT.exec(header)?.[1]?.toLowerCase() ?? null) as RuntimeName | null;
}
