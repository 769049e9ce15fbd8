/**
 * One step of a replica is one call of `invoke`, `receive` or `tick`, run to its end. What it does is collected
 * and happens in this order: its records become durable, then its deliveries are journalled, its messages leave,
 * and last its reply. A step that throws does nothing.
 *
 * Everything that leaves waits for all records appended before, also of earlier steps: a read, or gossip, must not
 * show an update that a crash can still take back.
 */
import { encodePlain } from "./codec.ts";
import type { DurableLog } from "./durable-log.ts";
import type { NodeJournal } from "./journal.ts";
import type { Effects, Replica } from "./replica.ts";

/** A log is replaced by a snapshot after so many records, where the replica can make one. */
export const SNAPSHOT_AFTER_RECORDS = 1_000;

export interface StepsOptions {
	log: DurableLog;
	journal: NodeJournal;
	replica: Replica;
	/** Fractional Unix milliseconds, unskewed. */
	now: () => number;
	send: (to: string, body: Uint8Array, label: string | null) => void;
	snapshotAfterRecords?: number;
}

export interface Steps {
	/** @returns what `work` returns. @throws what `work` throws */
	run<T>(work: (effects: Effects) => T): T;
	/** Runs the action when all steps so far are durable and their messages have left. */
	whenDurable(action: () => void): void;
}

export function createSteps(options: StepsOptions): Steps {
	const { log, journal, replica, send } = options;
	const snapshotAfter = options.snapshotAfterRecords ?? SNAPSHOT_AFTER_RECORDS;
	return {
		run(work) {
			const records: Uint8Array[] = [];
			const messages: { to: string; body: Uint8Array; label: string | null }[] = [];
			const deliveries: { update: string; at: number }[] = [];
			// Encoded at once: what the replica changes later must not change what it has sent or persisted.
			const result = work({
				send: (to, message, label) => messages.push({ to, body: encodePlain(message), label: label ?? null }),
				persist: (record) => records.push(encodePlain(record)),
				deliver: (id, number) => deliveries.push({ update: `${id}:${number}`, at: options.now() }),
			});
			log.append(records);
			if (log.recordsSinceSnapshot >= snapshotAfter && replica.snapshot !== undefined) {
				log.replaceBySnapshot(encodePlain(replica.snapshot()));
			}
			if (messages.length === 0 && deliveries.length === 0) return result;
			log.whenDurable(() => {
				for (const { update, at } of deliveries) journal.deliver(update, at);
				for (const { to, body, label } of messages) send(to, body, label);
			});
			return result;
		},
		whenDurable: (action) => log.whenDurable(action),
	};
}
