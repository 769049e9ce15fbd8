/** One line about a run, for lists: why it came out as it did, and whether that was expected. */
import type { PropertyVerdict } from "../checker/verdict.ts";
import type { RunResult } from "./run-result.ts";

/** The reason of the property that decides; for an expected failure, of that one. */
export function summaryReason(result: RunResult): string {
	const wanted = wantedFailure(result);
	const deciding = decidingProperty(result);
	if (deciding !== undefined && result.verdict !== "pass") return `${deciding.name}: ${deciding.reason}`;
	if (wanted !== null) return `expected ${wanted} to fail, and nothing did`;
	return result.verdict === "pass" ? `${result.properties.length} properties held` : "nothing was judged";
}

/** In plain words why that property failed, where the checker could tell. */
export function summaryExplanation(result: RunResult): string | null {
	const deciding = decidingProperty(result);
	// It may come from a file that somebody else wrote.
	const sentence: unknown = deciding?.evidence?.explanation?.sentence;
	return typeof sentence === "string" && result.verdict === "fail" ? sentence : null;
}

function decidingProperty({ properties, ...result }: RunResult): PropertyVerdict | undefined {
	const wanted = wantedFailure(result);
	const failed = properties.filter(({ verdict }) => verdict === "fail");
	return (
		failed.find(({ name }) => name === wanted) ??
		failed.find(({ name }) => name === "strong-convergence") ??
		failed[0] ??
		properties.find(({ verdict }) => verdict === "unknown")
	);
}

function wantedFailure({ expect }: Pick<RunResult, "expect">): string | null {
	return typeof expect === "object" ? expect.fail : null;
}

export function metWords(result: RunResult): string {
	const wanted = typeof result.expect === "object" ? `${result.expect.fail} to fail` : "a pass";
	const came = result.verdict === "fail" ? failedNames(result) : result.verdict;
	return result.met ? `${came}, as expected` : `expected ${wanted}, came to ${came}`;
}

function failedNames(result: RunResult): string {
	const names = result.properties.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
	return `fail (${names.join(", ")})`;
}
