/**
 * What all replicated types have in common, whichever way they are replicated: names, operations, what they are
 * told about the replica they live in, how they refuse an operation; and the part of a replica's definition that
 * follows from it.
 */
import {
	type DeclaredInvariant,
	type DeclaredSpecification,
	type Json,
	type Operation,
	type OperationSpec,
	type ReplicaContext,
	type ReplicaDefinition,
	type ReplicaId,
	type Reply,
	UPDATES_PER_INCARNATION,
} from "./replica.ts";

export interface ReplicatedType {
	/** The type whose operations, views and specification it claims (`or-set`, …), or a name of its own. */
	type: string;
	/** The updates and, besides `read`, the queries. `read` is added where it is missing: its value is the view. */
	operations: Record<string, OperationSpec>;
	tickMs?: number;
	/** As of `ReplicaDefinition`. */
	invariants?: Record<string, DeclaredInvariant>;
	specification?: DeclaredSpecification;
	/** Awaited once before the first replica is created, e.g. to load a WASM module. */
	loadModule?(): Promise<void>;
	checkOptions?(options: Record<string, Json>): string | null;
}

export interface TypeContext {
	replica: ReplicaId;
	replicas: readonly ReplicaId[];
	/** The replica, and after each loss of its disk another one: `r4`, `r4~1`. No two writers ever share one. */
	actor: string;
	/** How often the node was started before, its disk kept or not: for libraries whose writers must not come back. */
	incarnation: number;
	options: Record<string, Json>;
}

/** What an operation may use besides the state. */
export interface OperationContext extends TypeContext {
	/** The number that the update gets, if it becomes one. */
	number: number;
	/** The wall clock in whole milliseconds; may be skewed, may step back. */
	now: () => number;
	/** Uniform in [0, 1), seeded. */
	random: () => number;
}

/** The operation did not happen; `code` is `bad-value`, or one of the type's own. */
export interface Rejection {
	reject: { code: string; message: string };
}

export interface Queried {
	query: unknown;
}

export const TICK_MS = 50;
/** `read` is one operation in five. */
const READ_SHARE = 0.2;

export function badValue(operation: Operation, expected: string): Rejection {
	const found = describe(operation.value);
	return { reject: { code: "bad-value", message: `${operation.f}: expected ${expected}, found ${found}` } };
}

/** What the type's definition says before it says how it is replicated. */
export function definitionOf(
	type: ReplicatedType,
): Pick<
	ReplicaDefinition,
	"type" | "operations" | "tickMs" | "load" | "checkOptions" | "invariants" | "specification"
> {
	return {
		type: type.type,
		operations: withRead(type.operations),
		tickMs: type.tickMs ?? TICK_MS,
		...(type.invariants && { invariants: type.invariants }),
		...(type.specification && { specification: type.specification }),
		...(type.loadModule && { load: async () => type.loadModule?.() }),
		...(type.checkOptions && { checkOptions: (options) => type.checkOptions?.(options) ?? null }),
	};
}

/** Field by field: the engine is slow to spread an object into a literal with functions, and this is made for every replica. */
export function operationContext(context: ReplicaContext, actor: string): OperationContext {
	return {
		replica: context.id,
		replicas: context.replicas,
		actor,
		incarnation: context.incarnation,
		options: context.options,
		number: 0,
		now: () => context.now(),
		random: () => context.random(),
	};
}

export function typeContext(context: ReplicaContext, actor: string): TypeContext {
	const { id: replica, replicas, incarnation, options } = context;
	return { replica, replicas, actor, incarnation, options };
}

/** One life's numbers are used up. */
export function tooManyUpdates(): Reply {
	const message = `expected at most ${UPDATES_PER_INCARNATION} updates in one life of a replica; shorten the workload`;
	return { ok: false, code: "too-many-updates", message };
}

export function unknownOperation(type: ReplicatedType, operation: Operation): Reply {
	const known = Object.keys(withRead(type.operations)).join(", ");
	const message = `${type.type} has no operation ${describe(operation.f)}; it has ${known}`;
	return { ok: false, code: "unknown-operation", message };
}

function withRead(operations: Record<string, OperationSpec>): Record<string, OperationSpec> {
	if (operations["read"] !== undefined) return operations;
	let weight = 0;
	for (const operation of Object.values(operations)) weight += operation.weight;
	const readWeight = Math.max(1, Math.round((weight * READ_SHARE) / (1 - READ_SHARE)));
	return { ...operations, read: { kind: "query", weight: readWeight, generate: () => null } };
}

const LONGEST_DESCRIPTION_CHARACTERS = 80;

function describe(value: unknown): string {
	if (typeof value === "number" || typeof value === "bigint") return String(value);
	const text = JSON.stringify(value) ?? typeof value;
	return text.length > LONGEST_DESCRIPTION_CHARACTERS
		? `${text.slice(0, LONGEST_DESCRIPTION_CHARACTERS)}…`
		: text;
}
