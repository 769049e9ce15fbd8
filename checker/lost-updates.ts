/**
 * Which acknowledged updates are missing at the end, and where: durability answers for those that a replica forgot,
 * eventual delivery for those that didn't reach everybody.
 */
import { type DeliveredSet, hasDelivered, splitUpdateId } from "./delivered.ts";
import { acknowledged, type Crash, type Observation, type Operation, type Run } from "./run.ts";

export interface Acknowledged {
	operation: Operation;
	id: string;
	replica: string;
	number: number;
	/** It may rightly be gone: its replica crashed later and lost its disk, or never promised to keep anything. */
	waivedBy: Crash | null;
	/** The first crash of its replica that ended after the reply. */
	crash: Crash | null;
}

/** Acknowledged updates that have a number. For `once`. */
export function acknowledgedUpdates(run: Run): Acknowledged[] {
	const crashes = crashesByReplica(run);
	return acknowledged(run).flatMap((operation) => {
		const id = operation.completion?.update;
		if (id === undefined) return [];
		const { replica, number } = splitUpdateId(id);
		const later = laterCrashes(crashes.get(replica), operation);
		return { operation, id, replica, number, waivedBy: waiver(run, later), crash: later[0] ?? null };
	});
}

/** Whether an acknowledged operation may rightly be gone, numbered or not. */
export function mayBeGone(run: Run): (operation: Operation) => boolean {
	const crashes = crashesByReplica(run);
	return (operation) => waiver(run, laterCrashes(crashes.get(operation.replica), operation)) !== null;
}

/** Another replica that never lost what it had and had delivered the update; then nothing excuses its loss. */
export function keeperOf(run: Run, update: Acknowledged): Observation | null {
	const forgetful = new Set(run.crashes.filter((crash) => forgets(run, crash)).map((crash) => crash.replica));
	const seenBy = run.observations.find(
		({ replica, delivered }) =>
			replica !== update.replica &&
			!forgetful.has(replica) &&
			delivered !== null &&
			hasDelivered(delivered, update.replica, update.number),
	);
	return seenBy ?? null;
}

export function isMissing(update: Acknowledged, delivered: DeliveredSet): boolean {
	return !hasDelivered(delivered, update.replica, update.number);
}

function crashesByReplica(run: Run): Map<string, Crash[]> {
	const result = new Map<string, Crash[]>();
	for (const crash of run.crashes) result.set(crash.replica, [...(result.get(crash.replica) ?? []), crash]);
	return result;
}

/** A reply may be recorded while its replica is being killed: what counts is that it came before the restart. */
function laterCrashes(crashes: Crash[] | undefined, { completion }: Operation): Crash[] {
	return (crashes ?? []).filter((crash) => completion !== null && completion.index < crash.endIndex);
}

function waiver(run: Run, later: Crash[]): Crash | null {
	return later.find((crash) => forgets(run, crash)) ?? null;
}

function forgets(run: Run, crash: Crash): boolean {
	return crash.diskLost || run.header.delivers?.durable === false;
}
