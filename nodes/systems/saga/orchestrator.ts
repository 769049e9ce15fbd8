/**
 * A saga orchestrator (Garcia-Molina, Salem 1987, "Sagas") as one of several that share what they know of their sagas: grow-only sets of
 * attempts, completions, failures and compensations, by reliable causal broadcast. Any orchestrator may go on with any saga, also two
 * at once.
 *
 * Why that is safe: an attempt is noted together with the call, whatever comes of it, and what was attempted is compensated unless the
 * service surely refused it. Calls carry an id made of saga and step alone (and of "undo"), the same from every orchestrator and
 * after every restart; services do each id once, and not what was undone before it came. One failure, seen by anyone,
 * aborts the saga for all: also what another completed at the same time is undone. So what is in effect is a
 * function of the set of updates. A price of doing without consensus: a saga that was shown as completed, or as compensated, may yet
 * be seen compensating when what another did at the same time arrives.
 *
 * The services are stand-ins: their logs are part of the replicated state, so what a disk forgets that nobody else had, they forget too.
 */
import { opBased } from "../../sdk/op-based.ts";
import type { OpBasedType, Prepared, UpdateMeta } from "../../sdk/op-based-type.ts";
import type { Json, Operation, ReplicaDefinition } from "../../sdk/replica.ts";
import { badValue } from "../../sdk/replicated-type.ts";
import { CALLS, conflict, operationsOf, readBeginning, type SagaPlan, type Status } from "./plan.ts";

/** Steps by name. Never changed in place. */
interface Saga {
	/** Of several clients that began it at once the one with the lowest origin and number. */
	begunBy: UpdateMeta;
	input: Record<string, Json>;
	failed: boolean;
	/** May have been done. */
	attempted: readonly string[];
	completed: readonly string[];
	/** Surely undone. */
	compensated: readonly string[];
	/** The services' logs: done and undone, by id. */
	done: readonly string[];
	undone: readonly string[];
}

type Sagas = Map<string, Saga>;

type Effect =
	| { kind: "begin"; saga: string; input: Record<string, Json> }
	| { kind: "do" | "undo"; saga: string; step: string; done: boolean; answer: "done" | "failed" | "none" };

export function orchestrator(
	plan: SagaPlan,
	judged: Pick<ReplicaDefinition, "invariants" | "specification">,
): ReplicaDefinition {
	const type: OpBasedType<Sagas, Effect> = {
		type: plan.type,
		operations: operationsOf(plan),
		...judged,
		initial: () => new Map(),
		prepare: (sagas, operation) => prepare(plan, sagas, operation),
		apply,
		view: (sagas) => plan.view([...sagas].map(([id, saga]) => seen(plan, id, saga))),
		canonical: (sagas) => [...sagas].sort(([a], [b]) => (a < b ? -1 : 1)),
		clone: (sagas) => new Map(sagas),
	};
	return opBased(type);
}

function prepare(plan: SagaPlan, sagas: Sagas, operation: Operation): Prepared<Effect> {
	if (operation.f === plan.begin) {
		const beginning = readBeginning(plan, operation);
		if ("reject" in beginning) return beginning;
		if (sagas.has(beginning.saga)) return conflict(`${beginning.saga} has begun already`);
		return { effect: { kind: "begin", ...beginning } };
	}
	const { value: id } = operation;
	if (typeof id !== "string") return badValue(operation, "a saga's id: text");
	const saga = sagas.get(id);
	if (saga === undefined) return conflict(`no saga ${id} has begun that is known here`);
	const call = CALLS[operation.f] as (typeof CALLS)[string];
	const names = plan.steps.map(({ name }) => name);
	if (saga.failed) {
		const step = names.findLast((name) => mustBeUndone(saga, name));
		if (step === undefined) return conflict(`all of ${id} is compensated`);
		if (!call.done) return conflict(`the service that undoes ${step} is down; ask again`);
		return { effect: { kind: "undo", saga: id, step, ...call }, result: `undo ${step}` };
	}
	const step = names.find((name) => !saga.completed.includes(name));
	if (step === undefined) return conflict(`all of ${id} is completed`);
	const isRefused = saga.input["failsAt"] === step || !call.done;
	const outcome = isRefused ? { done: false, answer: "failed" as const } : call;
	return { effect: { kind: "do", saga: id, step, ...outcome }, result: step };
}

function apply(sagas: Sagas, effect: Effect, { origin, number }: UpdateMeta): Sagas {
	const saga = sagas.get(effect.saga);
	if (effect.kind === "begin") {
		const begunBy = { origin, number };
		if (saga === undefined) sagas.set(effect.saga, { ...NOTHING_YET, begunBy, input: effect.input });
		else if (isBefore(begunBy, saga.begunBy))
			sagas.set(effect.saga, { ...saga, begunBy, input: effect.input });
		return sagas;
	}
	// It was begun before: broadcast is causal.
	if (saga === undefined) return sagas;
	const { step, done, answer } = effect;
	if (effect.kind === "undo") {
		const compensated = answer === "done" ? including(saga.compensated, step) : saga.compensated;
		sagas.set(effect.saga, { ...saga, compensated, undone: including(saga.undone, step) });
		return sagas;
	}
	sagas.set(effect.saga, {
		...saga,
		failed: saga.failed || answer === "failed",
		attempted: done ? including(saga.attempted, step) : saga.attempted,
		completed: answer === "done" ? including(saga.completed, step) : saga.completed,
		done: done ? including(saga.done, step) : saga.done,
	});
	return sagas;
}

const NOTHING_YET: Omit<Saga, "begunBy" | "input"> = {
	failed: false,
	attempted: [],
	completed: [],
	compensated: [],
	done: [],
	undone: [],
};

/** Sorted, so that equal sets are equal lists. */
function including(steps: readonly string[], step: string): readonly string[] {
	return steps.includes(step) ? steps : [...steps, step].sort();
}

function isBefore(a: UpdateMeta, b: UpdateMeta): boolean {
	return a.origin < b.origin || (a.origin === b.origin && a.number < b.number);
}

function mustBeUndone(saga: Saga, step: string): boolean {
	return saga.attempted.includes(step) && !saga.compensated.includes(step);
}

function seen(plan: SagaPlan, id: string, saga: Saga) {
	const effects = plan.steps.map(({ name }) => {
		const done = saga.done.includes(name) ? 1 : 0;
		return [name, { done, undone: saga.undone.includes(name) ? done : 0 }] as const;
	});
	return { id, input: saga.input, status: statusOf(plan, saga), effects: Object.fromEntries(effects) };
}

function statusOf({ steps }: SagaPlan, saga: Saga): Status {
	if (!saga.failed) return saga.completed.length === steps.length ? "completed" : "running";
	return steps.some(({ name }) => mustBeUndone(saga, name)) ? "compensating" : "compensated";
}
