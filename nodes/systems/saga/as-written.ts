/**
 * A saga orchestrator as the text writes it, one call of a service at a time. What it holds of sagas it merges with others' as its
 * `mergeSagaStates` does; its sets of completed operations and of compensations, which it calls a G-set and an OR-set and never sends,
 * are merged too, to its advantage; `determineMergedStatus`, of which it gives only the name, is done well (a maximum).
 * {@link FLAWS} says what is wrong with it; `orchestrator.ts` is the right one.
 *
 * What is not the orchestrator's is durable: what customers asked for, and the services' logs. Its own maps and sets are fields of an
 * object, hence gone when its process ends. Its vector clock is left out: nothing reads it.
 */

import type { Json, Operation, Persisted, ReplicaDefinition } from "../../sdk/replica.ts";
import { badValue, type OperationContext } from "../../sdk/replicated-type.ts";
import { stateBased } from "../../sdk/state-based.ts";
import type { Mutated, StateBasedType } from "../../sdk/state-based-type.ts";
import { createGossipReplica, HONEST_GOSSIP } from "../../sdk/state-gossip.ts";
import type { Flaw } from "../flaw.ts";
import { sagaInvariants, sagaSpecification } from "./judgement.ts";
import { CALLS, conflict, operationsOf, readBeginning, type SagaPlan, type SeenSaga } from "./plan.ts";
import { threeSteps } from "./three-steps.ts";

/** Each with the property that shows it. */
export const FLAWS: readonly Flaw[] = [
	{
		name: "Two orchestrators run one saga, and calls of services carry no id",
		property: "invariant:doneOnce",
		scenario: "saga-done-by-two",
		how: "the check for a completed operation looks only at what has come here, so both do the step",
	},
	{
		name: "What is completed is noted in memory, after the call",
		property: "invariant:doneOnce",
		scenario: "saga-done-again-after-crash",
		how: "a crash between call and note, or after it, and the step is done again",
	},
	{
		name: "A step that failed is taken not to have happened",
		property: "invariant:compensatedWhole",
		scenario: "saga-lost-answer",
		how: "the service did it, the answer was lost: it is never undone, and the saga says that all is compensated",
	},
	{
		name: "A compensation that fails is only logged",
		property: "invariant:compensatedWhole",
		scenario: "saga-failed-compensation",
		how: "the service is down for a moment: the step stays in effect, and the saga says that all is compensated",
	},
	{
		name: "Compensations are not idempotent",
		property: "invariant:undoneOnce",
		scenario: "saga-compensated-by-two",
		how: "two orchestrators compensate one saga, each goes through the whole list",
	},
	{
		name: "Compensations are ordered by wall clock",
		property: "specification",
		scenario: "saga-undone-in-order-of-clocks",
		how: "two steps within a millisecond, or a clock that steps back, and the earlier step is undone first",
	},
	{
		name: "A merged status says nothing of merged steps",
		property: "invariant:compensatedWhole",
		scenario: "saga-compensated-and-continued",
		how: "one orchestrator compensates, another goes on: merged, the status is final and the other's steps stay in effect",
	},
	{
		name: "Sagas are kept in memory",
		property: "strong-convergence",
		scenario: "saga-forgotten",
		how: "an orchestrator that starts again has forgotten all sagas, and of those their compensations",
	},
];

interface SagaState {
	completedSteps: readonly string[];
	failedSteps: readonly string[];
	compensatedSteps: readonly string[];
	/** Compensations that its loop has gone through, whether they went well or not, by call. */
	passed: readonly string[];
	status: "running" | "completed" | "compensated";
	startedAt: number;
}

interface Compensation {
	stepName: string;
	/** What the service answered: the id of what it did. */
	originalResult: string;
	timestamp: number;
}

interface ServiceCall {
	saga: string;
	step: string;
	/** Of a compensation: what it undoes. */
	undoes: string | null;
}

interface Memory {
	sagaStates: Readonly<Record<string, SagaState>>;
	completedOperations: readonly string[];
	/** By call. */
	compensationOperations: Readonly<Record<string, Compensation & { saga: string }>>;
}

interface State extends Memory {
	requests: Readonly<Record<string, { by: string; input: Record<string, Json> }>>;
	calls: Readonly<Record<string, ServiceCall>>;
}

const NO_MEMORY: Memory = { sagaStates: {}, completedOperations: [], compensationOperations: {} };

export function orchestratorAsWritten(
	plan: SagaPlan,
	judged: Pick<ReplicaDefinition, "invariants" | "specification">,
): ReplicaDefinition {
	const type: StateBasedType<State> = {
		type: plan.type,
		operations: operationsOf(plan),
		...judged,
		gossip: "state",
		initial: () => ({ ...NO_MEMORY, requests: {}, calls: {} }),
		mutate: (state, operation, context) => mutate(plan, state, operation, context),
		merge,
		view: (state) => plan.view(seenSagas(plan, state)),
		canonical: (state) => state,
	};
	return {
		...stateBased(type),
		create: (context, persisted) =>
			createGossipReplica(type, HONEST_GOSSIP, context, withoutMemory(persisted)),
	};
}

function mutate(
	plan: SagaPlan,
	state: State,
	operation: Operation,
	{ actor, number, now }: OperationContext,
): Mutated<State> {
	const dot = `${actor}:${number}`;
	if (operation.f === plan.begin) {
		const beginning = readBeginning(plan, operation);
		if ("reject" in beginning) return beginning;
		const { saga, input } = beginning;
		if (state.requests[saga] !== undefined) return conflict(`${saga} has begun already`);
		const requests = { ...state.requests, [saga]: { by: dot, input } };
		return { state: withSaga({ ...state, requests }, saga, newSaga(now())) };
	}
	const { value: id } = operation;
	if (typeof id !== "string") return badValue(operation, "a saga's id: text");
	if (state.requests[id] === undefined) return conflict(`no saga ${id} has begun that is known here`);
	const saga = state.sagaStates[id] ?? newSaga(now());
	if (saga.status !== "running") return conflict(`${id} is ${saga.status}`);
	const at: Place = { plan, state, id, dot, now, f: operation.f };
	return saga.failedSteps.length > 0 ? compensate(at, saga) : executeNext(at, saga);
}

/** Where and by which operation a saga goes on. */
interface Place {
	plan: SagaPlan;
	state: State;
	id: string;
	dot: string;
	now: () => number;
	f: string;
}

function executeNext({ plan, state, id, dot, now, f }: Place, saga: SagaState): Mutated<State> {
	let { completedSteps } = saga;
	for (const [index, { name }] of plan.steps.entries()) {
		const operationId = `${id}:${name}`;
		if (state.completedOperations.includes(operationId)) {
			completedSteps = including(completedSteps, name);
			continue;
		}
		const isRefused = state.requests[id]?.input["failsAt"] === name;
		const { done, answer } = isRefused ? { done: false, answer: "failed" } : (CALLS[f] as ServiceAnswer);
		const calls = done ? { ...state.calls, [dot]: { saga: id, step: name, undoes: null } } : state.calls;
		const called = { ...state, calls };
		if (answer === "none") return { state: called, result: name };
		if (answer === "failed") {
			const failedSteps = including(saga.failedSteps, name);
			const failed = { ...saga, completedSteps, failedSteps };
			return { state: withSaga(called, id, ended(called, id, failed)), result: name };
		}
		completedSteps = including(completedSteps, name);
		const isLast = index === plan.steps.length - 1;
		const compensation = { saga: id, stepName: name, originalResult: dot, timestamp: now() };
		const noted: State = {
			...called,
			completedOperations: including(state.completedOperations, operationId),
			compensationOperations: { ...state.compensationOperations, [dot]: compensation },
		};
		const next = { ...saga, completedSteps, status: isLast ? "completed" : saga.status };
		return { state: withSaga(noted, id, next), result: name };
	}
	return { state: withSaga(state, id, { ...saga, completedSteps, status: "completed" }) };
}

type ServiceAnswer = (typeof CALLS)[string];

function compensate({ state, id, dot, f }: Place, saga: SagaState): Mutated<State> {
	const [next] = compensationsLeft(state, id, saga);
	if (next === undefined) return { state: withSaga(state, id, { ...saga, status: "compensated" }) };
	const { done, answer } = CALLS[f] as ServiceAnswer;
	const { stepName: step, originalResult: undoes } = next;
	const calls = done ? { ...state.calls, [dot]: { saga: id, step, undoes } } : state.calls;
	const called = { ...state, calls };
	const result = `undo ${step}`;
	if (answer === "none") return { state: called, result };
	const { compensatedSteps } = saga;
	const gone = {
		...saga,
		compensatedSteps: answer === "done" ? including(compensatedSteps, step) : compensatedSteps,
		passed: including(saga.passed, undoes),
	};
	return { state: withSaga(called, id, ended(called, id, gone)), result };
}

/** Newest first, by wall clock. */
function compensationsLeft(state: State, id: string, saga: SagaState): Compensation[] {
	return Object.values(state.compensationOperations)
		.filter((compensation) => compensation.saga === id && saga.completedSteps.includes(compensation.stepName))
		.sort((a, b) => b.timestamp - a.timestamp)
		.filter(({ originalResult }) => !saga.passed.includes(originalResult));
}

function ended(state: State, id: string, saga: SagaState): SagaState {
	return compensationsLeft(state, id, saga).length === 0 ? { ...saga, status: "compensated" } : saga;
}

function newSaga(startedAt: number): SagaState {
	return {
		completedSteps: [],
		failedSteps: [],
		compensatedSteps: [],
		passed: [],
		status: "running",
		startedAt,
	};
}

function withSaga(state: State, id: string, saga: SagaState): State {
	return { ...state, sagaStates: { ...state.sagaStates, [id]: saga } };
}

function merge(a: State, b: State): State {
	return {
		requests: joined(a.requests, b.requests, (one, other) => (one.by <= other.by ? one : other)),
		calls: { ...a.calls, ...b.calls },
		sagaStates: joined(a.sagaStates, b.sagaStates, mergeSagaStates),
		completedOperations: union(a.completedOperations, b.completedOperations),
		compensationOperations: { ...a.compensationOperations, ...b.compensationOperations },
	};
}

function mergeSagaStates(a: SagaState, b: SagaState): SagaState {
	return {
		completedSteps: union(a.completedSteps, b.completedSteps),
		failedSteps: union(a.failedSteps, b.failedSteps),
		compensatedSteps: union(a.compensatedSteps, b.compensatedSteps),
		passed: union(a.passed, b.passed),
		status: RANKS.indexOf(a.status) >= RANKS.indexOf(b.status) ? a.status : b.status,
		startedAt: Math.min(a.startedAt, b.startedAt),
	};
}

const RANKS: readonly SagaState["status"][] = ["running", "completed", "compensated"];

function joined<T>(
	a: Readonly<Record<string, T>>,
	b: Readonly<Record<string, T>>,
	join: (one: T, other: T) => T,
): Record<string, T> {
	const all: Record<string, T> = { ...a };
	for (const [key, other] of Object.entries(b)) {
		const one = all[key];
		all[key] = one === undefined ? other : join(one, other);
	}
	return all;
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
	return [...new Set([...a, ...b])].sort();
}

function including(list: readonly string[], element: string): readonly string[] {
	return union(list, [element]);
}

/** What a process that ended takes with it. */
function withoutMemory({ snapshot, records }: Persisted): Persisted {
	return { snapshot: forget(snapshot), records: records.map(forget) };
}

function forget(record: unknown): unknown {
	if (typeof record !== "object" || record === null || !("join" in record)) return record;
	return { ...record, join: { ...(record.join as State), ...NO_MEMORY } };
}

function seenSagas({ steps }: SagaPlan, state: State): SeenSaga[] {
	const calls = Object.values(state.calls);
	return Object.entries(state.requests).map(([id, { input }]) => {
		const effects = steps.map(({ name, undoNamesCall }) => {
			const mine = calls.filter(({ saga, step }) => saga === id && step === name);
			const undoing = mine.flatMap(({ undoes }) => (undoes === null ? [] : [undoes]));
			const undone = undoNamesCall ? new Set(undoing).size : undoing.length;
			return [name, { done: mine.length - undoing.length, undone }] as const;
		});
		const { status = "running", failedSteps = [] } = state.sagaStates[id] ?? {};
		const shown = status === "running" && failedSteps.length > 0 ? "compensating" : status;
		return { id, input, status: shown, effects: Object.fromEntries(effects) };
	});
}

export const sagaAsWritten = orchestratorAsWritten(threeSteps, {
	invariants: sagaInvariants,
	specification: sagaSpecification,
});
