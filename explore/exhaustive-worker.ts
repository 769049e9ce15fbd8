/** Entry point of the worker of an exhaustive search, which would not hear an interruption in a thread that listens for one. */
import { performance } from "node:perf_hooks";
import { loadDefinition } from "../controller/definition.ts";
import { loadInvariants } from "../controller/invariants.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { problemOf } from "./exhaustive/from-scenario.ts";
import { bindDefinition, type Subject } from "./search-range.ts";
import { type ExhaustiveSearch, searchExhaustively } from "./strategies/exhaustive.ts";

export interface ExhaustiveJob {
	scenario: Scenario;
	subject: Subject;
	operations: number;
}

/** @throws what loading the module or creating a replica throws */
export default async function work({
	scenario,
	subject,
	operations,
}: ExhaustiveJob): Promise<ExhaustiveSearch> {
	const definition = await loadDefinition(subject.source);
	await definition.load?.();
	const invariants = await loadInvariants(subject.invariants);
	const bound = bindDefinition(definition, subject, scenario.seed, invariants);
	return searchExhaustively(problemOf(scenario, bound, { operations }), () => performance.now());
}
