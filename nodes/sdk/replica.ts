/**
 * A replica is a pure state machine (sans I/O). All that it may know comes in: operations, messages, ticks, a
 * clock, a seeded random source, what it had persisted. All that it does goes out through {@link Effects}:
 * messages, records to persist, deliveries. The same definition therefore runs unchanged in the simulator, as
 * an OS process and in a container. A replica never touches a global clock, timer, random source, file or socket.
 *
 * Most replicas are made with `stateBased`, `opBased` or `library`, which bring replication along; this
 * interface is what they produce, and what is written by hand for anything else.
 */

export type ReplicaId = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Delivered updates by the replica that accepted them: `5` = 1 to 5; `[[1, 3], [5, 5]]` where there are gaps. */
export type DeliveredJson = Record<ReplicaId, number | [first: number, last: number][]>;

/** What a replica claims to withstand; the runtimes hand it nothing beyond. */
export interface Manifest {
	/** `any`: messages of one link may overtake one another; `fifo`: never; `causal`: and across links neither. */
	order: "any" | "fifo" | "causal";
	/** It may be handed the same message twice. */
	duplicates: boolean;
	/** An acknowledged update survives a crash that keeps the disk. */
	durable: boolean;
	/**
	 * It shows an update only together with all that its origin had delivered when it accepted it. A promise, not a need: where
	 * it is made, it is judged. Default: not promised.
	 */
	causal?: boolean;
}

export interface Operation {
	/** Unique in a run, e.g. `c1-17`. The same id is never sent for two operations. */
	id: string;
	/** What to do: `add`, `remove`, `read`, … */
	f: string;
	value: Json;
}

/** `ok`: it happened. Otherwise it surely did not, and nothing of it may show later. */
export type Reply =
	| {
			ok: true;
			/** What the client gets: for a `read` the view. Any value that the view encoding knows. */
			value?: unknown;
			/** The number of the update that this operation became; absent for a query. */
			update?: number;
	  }
	| { ok: false; code: string; message: string };

/**
 * Where a step of the replica puts what it does. Order within a step is kept. A runtime makes all records of a
 * step durable before any message or reply of the same step leaves.
 */
export interface Effects {
	/**
	 * Sends plain data (JSON values and Uint8Array) to a peer. It is not to be changed afterwards, nor by the
	 * receiver: the simulator passes it on by reference. Best effort: messages may be lost, delayed, and, where the
	 * manifest allows, duplicated and reordered.
	 * @param label what it is, for the journal and the space-time diagram, e.g. `update r1:5`; without one
	 *   the message is protocol chatter and is not drawn.
	 */
	send(to: ReplicaId, message: unknown, label?: string): void;
	/** Appends plain data to the durable log. */
	persist(record: unknown): void;
	/** Tells the journal that update `number` of `replica` has taken effect here. */
	deliver(replica: ReplicaId, number: number): void;
}

export interface ReplicaContext {
	id: ReplicaId;
	/** All replicas, this one included, in the order of the scenario. */
	replicas: readonly ReplicaId[];
	/**
	 * How often this node was started before, its disk kept or not. A replica whose disk was lost uses it to
	 * never reuse an update number or actor id (see `firstUpdateNumber`).
	 */
	incarnation: number;
	options: Record<string, Json>;
	/** The node's wall clock in whole milliseconds; may be skewed, may step back. */
	now(): number;
	/** Uniform in [0, 1), from the run's seed. */
	random(): number;
}

/** What survived on the node's disk. On a first start, and after the disk was lost: null and empty. */
export interface Persisted {
	snapshot: unknown;
	/** Records appended since the snapshot, in order. */
	records: readonly unknown[];
}

export interface Replica {
	/** A client's operation. Never throws on bad input: replies `ok: false`. */
	invoke(operation: Operation, effects: Effects): Reply;
	/** A message from a peer. May be garbage of an older version: ignored, not thrown on. */
	receive(from: ReplicaId, message: unknown, effects: Effects): void;
	/** Called about every `tickMs`: gossip, retransmission, anti-entropy. */
	tick(effects: Effects): void;
	/** What a user sees now, in any value that the view encoding knows (see `view-encoding.ts`). */
	view(): unknown;
	/** What has been delivered here; undefined where a replica can't tell. */
	delivered?(): DeliveredJson | undefined;
	/** Updates received that wait for others before they can be delivered. */
	pending?(): number;
	/** Replaces the durable log: after it was stored, a restart gets it and only the records after it. */
	snapshot?(): unknown;
	/**
	 * Saves the state, throws it away and loads it again, as a restart would. A view that changes by it is a defect:
	 * live objects and their saved form have been known to disagree.
	 */
	reload?(): void;
	/**
	 * What `view` would show after `reload`, found on a copy: the live state stays as it is. Costs a save and a load.
	 * Undefined where a copy can't be made.
	 */
	reloadedView?(): unknown;
	/**
	 * A replica that from now on behaves as this one would, and shares nothing with it that either changes. Only for
	 * the search, which tries several continuations; where it is missing, the search repeats all steps on a new replica.
	 */
	fork?(): Replica;
	/**
	 * All that decides what the replica will do at operations and labelled messages, as plain data (Maps and Sets
	 * too) that replicas which behave alike share. Only for the search; without it, it compares what was received.
	 */
	fingerprint?(): unknown;
	/** Frees what the garbage collector doesn't (WASM documents). */
	dispose?(): void;
}

/** Draws for generated workloads; all of it from the run's seed. */
export interface Draw {
	/** Uniform integer, both ends included. */
	integer(min: number, max: number): number;
	/** One of the workload's keys, `k0` … `k7` for `keys: 8`. */
	key(): string;
	/** Never drawn twice in a run: `v0`, `v1`, … */
	unique(): string;
}

export interface OperationSpec {
	/** A query leaves no update. */
	kind: "update" | "query";
	/** Relative weight in the default mix. */
	weight: number;
	/** A value for a generated operation. */
	generate(draw: Draw): Json;
}

/** What the property `laws` is checked on: the type's functions, apart from any replica. */
export type Laws = JoinLaws | EffectLaws;

/** Of a state-based type. All functions leave the states that they are given as they are. */
export interface JoinLaws {
	kind: "join";
	/** The state within what the replica's `snapshot` returned: plain data. */
	stateIn(snapshot: unknown): unknown;
	merge(a: unknown, b: unknown): unknown;
	/** In the encoding of views. */
	view(state: unknown): Json;
	/** All of a state that decides what it will ever show, the same for equal states; absent: views alone tell. */
	canonical?(state: unknown): Json;
	/** A state as evidence. */
	show(state: unknown): Json;
}

/** Of an op-based type. */
export interface EffectLaws {
	kind: "effects";
	/** The updates within what the replica's `snapshot` returned. */
	updatesIn(snapshot: unknown): readonly AppliedUpdate[];
	initial(context: Pick<ReplicaContext, "id" | "replicas" | "options">): unknown;
	/** May change the state. */
	apply(state: unknown, update: AppliedUpdate): unknown;
	/** In the encoding of views. */
	view(state: unknown): Json;
	/** As of {@link JoinLaws}. */
	canonical?(state: unknown): Json;
	/** An effect as evidence. */
	show(effect: unknown): Json;
	dispose?(state: unknown): void;
}

export interface AppliedUpdate {
	origin: ReplicaId;
	number: number;
	/** What its origin had delivered before it. */
	dependencies: DeliveredJson;
	/** Plain data, never changed. */
	effect: unknown;
}

/** What must hold of an application's views, whatever its updates were. */
export interface DeclaredInvariant {
	/** In a sentence, for a person. */
	statement: string;
	/** `always`: in every view that is seen; `settled`: in the final views of a run that came to rest. */
	when: "always" | "settled";
	/**
	 * @param view in the encoding of views
	 * @returns true: it holds; false, or a text that says why: it doesn't
	 */
	holds(view: Json, replica: ReplicaId): boolean | string;
}

/** An update as an application's own specification sees it. */
export interface VisibleUpdate {
	replica: ReplicaId;
	number: number;
	f: string;
	value: Json;
	/** What its origin had delivered when it accepted it, itself included. */
	seen: DeliveredJson;
	/** What its client got besides the acknowledgement. */
	result?: Json;
}

/**
 * The view, in the encoding of views, that a replica must show which has delivered exactly these updates. They come in a causal
 * order: each after all that it had seen, concurrent ones in any.
 * @returns null or undefined: it can't be told, and is not judged
 */
export type DeclaredSpecification = (
	updates: readonly VisibleUpdate[],
	context: { replicas: readonly ReplicaId[]; options: Readonly<Record<string, Json>> },
) => Json | undefined;

/** A kind of replica: what a module exports as default, and what the registry of built-in types holds. */
export interface ReplicaDefinition {
	/** The type whose operations, views and specification it claims (`or-set`, …), or a name of its own. */
	type: string;
	delivers: Manifest;
	/** What generated workloads may invoke. `read` belongs among them. */
	operations: Record<string, OperationSpec>;
	tickMs: number;
	/** Lets the search check the type's laws; `stateBased`, `opBased` and `library` give it. */
	laws?: Laws;
	/** By name, judged as `invariant:<name>` of every run. Pure functions: they are called by the checker, not by the replica. */
	invariants?: Record<string, DeclaredInvariant>;
	/** Judged as `specification`, in place of the built-in one of the type. Best written without the replica's own code. */
	specification?: DeclaredSpecification;
	/** Awaited once before `create`, e.g. to load a WASM module. */
	load?(): Promise<void>;
	/** A mistake in `options`, in words, or null. Called before anything starts. */
	checkOptions?(options: Record<string, Json>): string | null;
	create(context: ReplicaContext, persisted: Persisted): Replica;
}

/** Identity with types: `export default defineReplica({ … })`. */
export function defineReplica(definition: ReplicaDefinition): ReplicaDefinition {
	return definition;
}

/** Update numbers of one incarnation of a node that lost its disk; no node accepts more in one life. */
export const UPDATES_PER_INCARNATION = 1_000_000;

/**
 * The number of the first update that a replica with nothing on its disk accepts: 1, 1000001, 2000001, …, so that
 * an incarnation which forgot its predecessors can't reuse their numbers.
 */
export function firstUpdateNumber(incarnation: number): number {
	return incarnation * UPDATES_PER_INCARNATION + 1;
}
