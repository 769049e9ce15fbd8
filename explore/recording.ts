/**
 * All that the replicas of one play show of themselves, in order: what they sent, persisted, delivered, replied, and what
 * their view and delivered set were after each step. Two plays of one schedule must leave equal recordings.
 *
 * Values are kept by reference, as the interface of replicas allows, so recording is cheap.
 */
import type { Effects } from "../controller/definition.ts";
import type { Operation, Replica, ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { delegated } from "./harvest.ts";

export interface Recording {
	/** To be played, once. */
	readonly definition: ReplicaDefinition;
	readonly entries: Entry[];
}

export interface Entry {
	replica: string;
	step: StepTaken;
	/** `sent to r2`, `showed`, … */
	what: string;
	value: unknown;
}

export type StepTaken =
	| { kind: "create" }
	| { kind: "invoke"; operation: Operation }
	| { kind: "receive"; from: string }
	| { kind: "tick" };

/** Runs the work of a step of a replica; lets a caller do something around it. */
export type Around = <T>(replica: string, step: StepTaken, work: () => T) => T;

export function createRecording(
	definition: ReplicaDefinition,
	around: Around = (_, __, work) => work(),
): Recording {
	const entries: Entry[] = [];
	return {
		entries,
		definition: {
			...definition,
			create(context, persisted) {
				const step: StepTaken = { kind: "create" };
				const replica = around(context.id, step, () => definition.create(context, persisted));
				entries.push({
					replica: context.id,
					step,
					what: "showed",
					value: around(context.id, step, () => replica.view()),
				});
				return recorded(replica, context.id, entries, around);
			},
		},
	};
}

function recorded(replica: Replica, id: string, entries: Entry[], around: Around): Replica {
	const note = (step: StepTaken, what: string, value: unknown): void => {
		entries.push({ replica: id, step, what, value });
	};
	const during = <T>(step: StepTaken, effects: Effects, work: (watched: Effects) => T): T => {
		const watched = noting(effects, (what, value) => note(step, what, value));
		try {
			return around(id, step, () => {
				const result = work(watched);
				note(step, "showed", replica.view());
				note(step, "had delivered", replica.delivered?.());
				return result;
			});
		} catch (error) {
			note(step, "threw", error instanceof Error ? error.message : String(error));
			throw error;
		}
	};
	return {
		...delegated(replica),
		invoke(operation, effects) {
			const step: StepTaken = { kind: "invoke", operation };
			return during(step, effects, (watched) => {
				const reply = replica.invoke(operation, watched);
				note(step, "replied", reply);
				return reply;
			});
		},
		receive(from, message, effects) {
			during({ kind: "receive", from }, effects, (watched) => replica.receive(from, message, watched));
		},
		tick(effects) {
			during({ kind: "tick" }, effects, (watched) => replica.tick(watched));
		},
		view: () => around(id, { kind: "tick" }, () => replica.view()),
	};
}

function noting(effects: Effects, note: (what: string, value: unknown) => void): Effects {
	return {
		send(to, message, label) {
			note(label === undefined ? `sent to ${to}` : `sent to ${to} "${label}"`, message);
			effects.send(to, message, label);
		},
		persist(record) {
			note("persisted", record);
			effects.persist(record);
		},
		deliver(replica, number) {
			note("delivered", `${replica}:${number}`);
			effects.deliver(replica, number);
		},
	};
}

/** @returns the index of the first entry that differs; -1: the recordings are equal */
export function firstUnequal(one: readonly Entry[], other: readonly Entry[]): number {
	const length = Math.max(one.length, other.length);
	for (let index = 0; index < length; index++) {
		const [a, b] = [one[index], other[index]];
		if (a === undefined || b === undefined) return index;
		if (a.replica !== b.replica || a.what !== b.what || !identical(a.value, b.value, 0)) return index;
	}
	return -1;
}

/** Deeper parts are taken for equal: views are not nested so deeply. */
const MAXIMUM_DEPTH_LEVELS = 500;

/** Equal to the order of keys, also of Maps and Sets: what iterates one way here has to do so there. */
function identical(a: unknown, b: unknown, depth: number): boolean {
	if (Object.is(a, b)) return true;
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
	if (depth > MAXIMUM_DEPTH_LEVELS) return true;
	if (Array.isArray(a) || a instanceof Uint8Array) return sequence(a, b, depth);
	if (a instanceof Map) return b instanceof Map && sequence([...a].flat(), [...b].flat(), depth);
	if (a instanceof Set) return b instanceof Set && sequence([...a], [...b], depth);
	if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
	return record(a as Record<string, unknown>, b as Record<string, unknown>, depth);
}

function sequence(a: ArrayLike<unknown>, b: object, depth: number): boolean {
	if (a.constructor !== b.constructor || a.length !== (b as ArrayLike<unknown>).length) return false;
	for (let index = 0; index < a.length; index++) {
		if (!identical(a[index], (b as ArrayLike<unknown>)[index], depth + 1)) return false;
	}
	return true;
}

function record(a: Record<string, unknown>, b: Record<string, unknown>, depth: number): boolean {
	const [keys, others] = [Object.keys(a), Object.keys(b)];
	if (keys.length !== others.length) return false;
	for (let index = 0; index < keys.length; index++) {
		const key = keys[index] as string;
		if (key !== others[index] || !identical(a[key], b[key], depth + 1)) return false;
	}
	return true;
}
