/**
 * What a saga does, step by step, and the operations by which clients drive it; for the right orchestrator and the one that is as
 * the text writes it. A saga begins with an operation of the plan's own (`begin`, `place`). After that whoever works at any
 * orchestrator has it make the saga's next call of a service: `advance`. What becomes of the call is part of the operation, so that
 * services need no randomness: `advance` goes well, `timeout`: the service does it but its answer is lost, `outage`: the service does
 * nothing, `breakdown`: the service does it and the orchestrator dies before it notes anything. (Real crashes are the runtimes' to
 * make.) Progress comes of operations only, never of ticks, so that each of it is an update that a client asked for.
 *
 * Left out on purpose: retries within a call, results of steps that later steps need, and services that run out of something
 * (what two may not both spend is `systems/portfolio`).
 */
import type { Draw, Json, Operation, OperationSpec } from "../../sdk/replica.ts";
import { badValue, type Rejection } from "../../sdk/replicated-type.ts";

export interface Step {
	name: string;
	/**
	 * Whether the text's compensation tells its service what it undoes: `refund(chargeId)`, which a service then does once for each
	 * charge; `restoreStock(items)` doesn't, and is done as often as it is called.
	 */
	undoNamesCall: boolean;
}

export interface SagaPlan {
	type: string;
	steps: readonly Step[];
	/** The operation that begins a saga. Its value is an object: the saga's id in `idField`, `failsAt`: a step's name or null, and what the plan wants. */
	begin: string;
	idField: string;
	beginning: OperationSpec;
	/** What is wrong with a value besides id and `failsAt`: what was expected, or null. */
	check(value: Record<string, Json>): string | null;
	view(sagas: readonly SeenSaga[]): Json;
}

/** `running`: all went well so far; `compensating`: a step failed, and some is not undone yet. */
export type Status = "running" | "completed" | "compensating" | "compensated";

/** A saga, and how often each step took effect and was undone, as the services have it. */
export interface SeenSaga {
	id: string;
	input: Record<string, Json>;
	status: Status;
	effects: Record<string, { done: number; undone: number }>;
}

export interface Beginning {
	saga: string;
	input: Record<string, Json>;
}

/** By the operation that asks for a call: whether the service does it, and what the orchestrator gets to know. */
export const CALLS: Readonly<Record<string, { done: boolean; answer: "done" | "failed" | "none" }>> = {
	advance: { done: true, answer: "done" },
	timeout: { done: true, answer: "failed" },
	outage: { done: false, answer: "failed" },
	breakdown: { done: true, answer: "none" },
};

const CALL_WEIGHTS: Record<string, number> = { advance: 12, timeout: 1, outage: 1, breakdown: 1 };

export function operationsOf(plan: SagaPlan): Record<string, OperationSpec> {
	const generate = (draw: Draw): Json => draw.key();
	const calls = Object.entries(CALL_WEIGHTS).map(([f, weight]): [string, OperationSpec] => [
		f,
		{ kind: "update", weight, generate },
	]);
	return { [plan.begin]: plan.beginning, ...Object.fromEntries(calls) };
}

export function readBeginning(plan: SagaPlan, operation: Operation): Beginning | Rejection {
	const { value } = operation;
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return badValue(operation, `an object with ${plan.idField} and failsAt`);
	}
	const { [plan.idField]: saga, failsAt = null, ...input } = value;
	if (typeof saga !== "string") return badValue(operation, `${plan.idField}: text`);
	const names = plan.steps.map(({ name }) => name);
	if (failsAt !== null && !(typeof failsAt === "string" && names.includes(failsAt))) {
		return badValue(operation, `failsAt: null or one of ${names.join(", ")}`);
	}
	const mistake = plan.check(input);
	return mistake === null ? { saga, input: { ...input, failsAt } } : badValue(operation, mistake);
}

export function conflict(message: string): Rejection {
	return { reject: { code: "conflict", message } };
}
