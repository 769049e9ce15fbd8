/**
 * Makes steps of replicas without anything around them: no disk, no time, no network. What a step sends is for the caller to
 * take. Clocks stand still, and what a replica draws depends on the step alone, so that a step has the same effect whatever
 * came to pass before it elsewhere.
 */
import type { Effects } from "../../controller/definition.ts";
import { type Random, randomStream } from "../../controller/plan/random.ts";
import type { Replica, Reply } from "../../controller/runtimes/sim/cluster.ts";
import type { ExhaustiveProblem, ScopedOperation } from "./problem.ts";

export interface Sent {
	/** Index of the receiver. */
	to: number;
	body: unknown;
}

export interface Received {
	from: number;
	/** Of the labelled messages of its link, from 1. */
	number: number;
	body: unknown;
}

export interface Executor {
	create(index: number): Replica;
	/** @throws what the replica throws */
	invoke(replica: Replica, index: number, operation: number): Reply;
	/** @throws what the replica throws */
	receive(replica: Replica, index: number, message: Received): void;
	/** Labelled messages of the last step. */
	readonly sent: readonly Sent[];
	/** Whether a replica asked for the time. */
	readonly readsClock: boolean;
	operation(index: number, operation: number): ScopedOperation;
}

/** Every node's wall clock, in milliseconds. */
const STILL_CLOCK_MS = 0;

export function createExecutor(problem: ExhaustiveProblem, ids: readonly string[]): Executor {
	const { definition, operations, options = {}, seed = 0 } = problem;
	let readsClock = false;
	let random: Random | null = null;
	let drawsOf = "";
	let sent: Sent[] = [];
	const contexts = ids.map((id) => ({
		id,
		replicas: ids,
		incarnation: 0,
		options,
		now() {
			readsClock = true;
			return STILL_CLOCK_MS;
		},
		random() {
			random ??= randomStream(seed, drawsOf);
			return random.float();
		},
	}));
	const effects: Effects = {
		send(to, body, label) {
			const receiver = ids.indexOf(to);
			if (label !== undefined && receiver >= 0) sent.push({ to: receiver, body });
		},
		persist() {},
		deliver() {},
	};

	function begin(step: string): void {
		sent = [];
		random = null;
		drawsOf = step;
	}

	function operation(index: number, number: number): ScopedOperation {
		const found = operations[index]?.[number];
		if (found === undefined) throw new Error(`${ids[index]} has no operation ${number}: the search is wrong`);
		return found;
	}

	return {
		create(index) {
			begin(`${ids[index]} start`);
			const context = contexts[index] as (typeof contexts)[number];
			return definition.create(context, { snapshot: null, records: [] });
		},
		invoke(replica, index, number) {
			begin(`${ids[index]} operation ${number}`);
			const { f, value } = operation(index, number);
			return replica.invoke({ id: `c${index + 1}-${number}`, f, value }, effects);
		},
		receive(replica, index, { from, number, body }) {
			begin(`${ids[index]} message ${from} ${number}`);
			replica.receive(ids[from] as string, body, effects);
		},
		get sent() {
			return sent;
		},
		get readsClock() {
			return readsClock;
		},
		operation,
	};
}
