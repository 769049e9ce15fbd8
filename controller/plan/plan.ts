/**
 * A run as plain data, before anything starts: every operation and every fault with its time. The same scenario and seed
 * give the same plan; operations and faults are drawn from separate streams, so that changing the one leaves the other.
 */
import type { OperationSpec } from "../../nodes/sdk/replica.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { type PlannedFault, planFaults } from "./faults.ts";
import { type PlannedOperation, planOperations } from "./operations.ts";

export interface Plan {
	/** In order of their times. */
	operations: PlannedOperation[];
	/** In order of their starts. */
	faults: PlannedFault[];
}

/** When the last operation is due and the last fault is over, as far as that is planned. */
export function lastMomentMs({ operations, faults }: Plan): number {
	let latest = 0;
	for (const { atMs } of operations) latest = Math.max(latest, atMs);
	for (const { atMs, endMs } of faults) latest = Math.max(latest, endMs ?? atMs);
	return latest;
}

/** @throws Error when the workload names what the replica does not know */
export function planRun(scenario: Scenario, specs: Record<string, OperationSpec>): Plan {
	return { operations: planOperations(scenario, specs), faults: planFaults(scenario) };
}
