/** The few events that show a finding: operations on the key or element it is about, and where they were delivered. */
import type { Json } from "../history/events.ts";
import { canonical } from "./canonical.ts";
import { type DeliveredSet, hasDelivered, splitUpdateId } from "./delivered.ts";
import { isUpdate, type Operation, type Run } from "./run.ts";

const MAX_OPERATIONS = 6;
const MAX_DELIVERIES = 12;

export interface About {
	operations: string[];
	updates: string[];
	/** Indexes of invocations, completions and deliveries, sorted. */
	events: number[];
}

/**
 * @param subject element or key; undefined: nothing in particular, so no operations
 * @param delivered the last operations within this set are taken
 */
export function eventsAbout(
	run: Run,
	subject: Json | undefined,
	delivered: DeliveredSet,
	replicas: readonly string[],
): About {
	if (subject === undefined) return { operations: [], updates: [], events: [] };
	const key = canonical(subject);
	const those = run.operations.filter((operation) => {
		const { update } = operation.completion ?? {};
		if (update === undefined || !isUpdate(operation) || !isAbout(operation.value, key)) return false;
		const { replica, number } = splitUpdateId(update);
		return hasDelivered(delivered, replica, number);
	});
	return eventsOf(run, those.slice(-MAX_OPERATIONS), replicas);
}

/** Of these operations (the last few), and of their deliveries at these replicas. */
export function eventsOf(run: Run, operations: readonly Operation[], replicas: readonly string[]): About {
	const last = operations.slice(-MAX_OPERATIONS);
	const updates = last.flatMap((operation) => operation.completion?.update ?? []);
	const deliveries = run.deliveries.of(new Set(updates), replicas);
	const events = new Set([
		...last.flatMap(({ invoke, completion }) => [
			invoke.index,
			...(completion === null ? [] : [completion.index]),
		]),
		...deliveries.slice(-MAX_DELIVERIES).map((delivery) => delivery.index),
	]);
	return {
		operations: last.map((operation) => operation.id),
		updates,
		events: [...events].sort((left, right) => left - right),
	};
}

/** An operation's value is the element, the key, or begins with the key. */
function isAbout(value: Json, key: string): boolean {
	return (
		canonical(Array.isArray(value) && value.length > 0 ? (value[0] as Json) : value) === key ||
		canonical(value) === key
	);
}
