/**
 * Entry point of a worker of a campaign: loads the replicas by name or path, and plays ranges of schedules. What it
 * gets and gives is plain data.
 */
import { loadDefinition } from "../controller/definition.ts";
import { loadInvariants } from "../controller/invariants.ts";
import type { Coverage } from "./coverage.ts";
import { bindDefinition, type Range, type RangeResult, type Subject, searchRange } from "./search-range.ts";

export interface Job {
	subject: Subject;
	range: Range;
	coverage: Coverage;
}

/** @throws what loading the module throws */
export default async function work({ subject, range, coverage }: Job): Promise<RangeResult> {
	const definition = await loadDefinition(subject.source);
	await definition.load?.();
	const invariants = await loadInvariants(subject.invariants);
	return searchRange(bindDefinition(definition, subject, range.seed, invariants), subject, range, coverage);
}
