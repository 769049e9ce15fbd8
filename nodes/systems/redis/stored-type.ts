/** What a type kept in Redis has to say; `replication.ts` does the rest, for all of them alike. */
import type { Json, Operation, OperationSpec } from "../../sdk/replica.ts";
import type { Rejection } from "../../sdk/replicated-type.ts";
import type { Command, Script } from "./script.ts";

export interface StoredContext {
	/** This replica. */
	id: string;
	/** Whose cart, or whose account. */
	user: string;
}

export interface Accepting extends StoredContext {
	/** The replica in this life; another one after its disk was lost. */
	actor: string;
	/** Unique among the updates of all replicas. */
	tag: string;
	/** The wall clock when the operation came in, in whole milliseconds. */
	nowMs: number;
}

export type Preparing = Script<{ effect: Json } | Rejection>;

export interface StoredType {
	/** Whose operations, views and specification it claims. */
	type: "or-set" | "pn-counter";
	operations: Record<string, OperationSpec>;
	/** Its writes and the record of the update are one transaction. Otherwise they are commands one after the other, the record last. */
	atomic: boolean;
	prepare(operation: Operation, about: Accepting): Preparing;
	/** The writes of an effect, at whichever replica. */
	apply(effect: Json, about: StoredContext): Command[];
	view(about: StoredContext): Script<Json>;
}
