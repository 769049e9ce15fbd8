/** What the process says to a shell: contracts section 1. */
import type { RunResult } from "../reports/result.ts";

export const EXIT = {
	met: 0,
	failed: 1,
	unknown: 2,
	usage: 64,
	harness: 70,
	interrupted: 130,
	terminated: 143,
} as const;

/** Of several outcomes the first of these that occurred is the exit code. */
const ORDER: readonly number[] = [EXIT.failed, EXIT.harness, EXIT.unknown];

export function exitCodeOf(result: RunResult): number {
	if (result.met) return EXIT.met;
	// A wrong replica that was not caught is as bad as a right one that failed; one that was never judged is neither.
	return result.verdict === "unknown" ? EXIT.unknown : EXIT.failed;
}

export function composeExitCodes(codes: readonly number[]): number {
	return ORDER.find((code) => codes.includes(code)) ?? EXIT.met;
}

/** The user's mistake: printed without a stack, exit 64. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}
