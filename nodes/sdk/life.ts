/**
 * A replica's life: from a start with nothing on its disk to the loss of that disk. It outlasts crashes that keep
 * the disk. Update numbers and the actor id (for dots, timestamps' ties, client ids) are of one life, so that a
 * replica which forgot what it did never reuses them.
 */
import { type DeliveredSet, hasUpdate } from "./delivered.ts";
import {
	type Effects,
	firstUpdateNumber,
	type Persisted,
	type ReplicaContext,
	type ReplicaId,
} from "./replica.ts";

export interface Life {
	/** The incarnation that began it. */
	readonly begunBy: number;
	/** `r4`, and `r4~1` after its first incarnation's disk was lost. */
	readonly actor: string;
	/** The number of the next update that the replica accepts. */
	nextNumber: number;
	/** The first number that is no longer this life's. */
	readonly numbersEnd: number;
	/** Whether the durable log says which life it is of. Life 0 needs no record. */
	recorded: boolean;
}

/** The first record of a log, except of life 0. */
export interface LifeRecord {
	life: number;
}

export function isEmpty(persisted: Persisted): boolean {
	return persisted.records.length === 0 && (persisted.snapshot === null || persisted.snapshot === undefined);
}

export function isLifeRecord(record: unknown): record is LifeRecord {
	return typeof record === "object" && record !== null && "life" in record;
}

/** @param begunBy what the disk says, or the incarnation when it says nothing */
export function beginLife(context: ReplicaContext, begunBy: number, recorded: boolean): Life {
	return {
		begunBy,
		actor: begunBy === 0 ? context.id : `${context.id}~${begunBy}`,
		nextNumber: firstUpdateNumber(begunBy),
		numbersEnd: firstUpdateNumber(begunBy + 1),
		recorded: recorded || begunBy === 0,
	};
}

/** The life that a disk tells of, with numbers that continue after the ones which are delivered. */
export function lifeOf(
	context: ReplicaContext,
	persisted: Persisted,
	fromSnapshot: number | undefined,
): Life {
	if (isEmpty(persisted)) return beginLife(context, context.incarnation, false);
	const first = persisted.records[0];
	const begunBy = fromSnapshot ?? (isLifeRecord(first) ? first.life : 0);
	return beginLife(context, begunBy, true);
}

/** Continues after the replica's own updates of this life. */
export function continueNumbers(life: Life, id: ReplicaId, delivered: DeliveredSet): void {
	const runs = delivered.runs.get(id) ?? [];
	for (let i = 0; i < runs.length; i += 2) {
		const last = Math.min(runs[i + 1] as number, life.numbersEnd - 1);
		if (last >= life.nextNumber && hasUpdate(delivered, id, last)) life.nextNumber = last + 1;
	}
}

/** Must precede every other record that a step persists. */
export function recordLife(life: Life, effects: Effects): void {
	if (life.recorded) return;
	const record: LifeRecord = { life: life.begunBy };
	effects.persist(record);
	life.recorded = true;
}
