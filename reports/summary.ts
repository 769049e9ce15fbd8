/** One line about a run, for lists: why it came out as it did, and whether that was expected. */
import type { RunResult } from "./run-result.ts";

/** The reason of the property that decides; for an expected failure, of that one. */
export function summaryReason(result: RunResult): string {
	const wanted = typeof result.expect === "object" ? result.expect.fail : null;
	const failed = result.properties.filter(({ verdict }) => verdict === "fail");
	const deciding =
		failed.find(({ name }) => name === wanted) ??
		failed.find(({ name }) => name === "strong-convergence") ??
		failed[0] ??
		result.properties.find(({ verdict }) => verdict === "unknown");
	if (deciding !== undefined && result.verdict !== "pass") return `${deciding.name}: ${deciding.reason}`;
	if (wanted !== null) return `expected ${wanted} to fail, and nothing did`;
	return result.verdict === "pass" ? `${result.properties.length} properties held` : "nothing was judged";
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
