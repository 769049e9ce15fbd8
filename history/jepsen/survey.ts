/**
 * What must be known of a history of Jepsen's before its first operation can be converted: the replicas, and which reads
 * are the last ones. One pass, memory: a few numbers for each client.
 *
 * Jepsen's histories rarely say which node an operation went to. A client (`:process`) is bound to one node, so where no
 * `:node` stands each client is taken for a replica of its own: what it reads at the end must be what all others read, and its
 * own operations one after another went one way. Two clients of one node are then two names for it, which accuses nobody.
 */
import type { JepsenOperation } from "./operation.ts";

export interface Survey {
	byNode: boolean;
	/** Those whose last read is a final one; all where there is no final read. */
	replicas: string[];
	/** The completions that are final reads, as how-manieth operations of clients. */
	finalReads: ReadonlySet<number>;
	/** Whether reads are marked as final. */
	marked: boolean;
	timed: boolean;
	clientOperations: number;
	notes: { withoutInvocation: number; compareAndSet: number; clients: number };
}

interface LastRead {
	invoked: number;
	completed: number;
}

export class Surveyor {
	#ordinal = 0;
	#lastUpdateCompleted = -1;
	#byNode = true;
	#timed = true;
	#withoutInvocation = 0;
	#compareAndSet = 0;
	/** By process, what it has invoked. */
	readonly #open = new Map<number, { ordinal: number; replica: string }>();
	readonly #clients = new Map<string, LastRead | null>();
	readonly #nodes = new Map<string, LastRead | null>();
	readonly #marked = new Map<number, { client: string; node: string }>();

	add(operation: JepsenOperation): void {
		const ordinal = this.#ordinal++;
		const { type, process, f } = operation;
		if (operation.timeNs === null) this.#timed = false;
		if (f === "cas") this.#compareAndSet += 1;
		const opened = process === null ? undefined : this.#open.get(process);
		const client = clientOf(process, ordinal);
		const node = operation.node ?? opened?.replica ?? "";
		if (node === "") this.#byNode = false;
		if (!this.#clients.has(client)) this.#clients.set(client, null);
		if (!this.#nodes.has(node)) this.#nodes.set(node, null);
		if (type === "invoke") {
			if (process !== null) this.#open.set(process, { ordinal, replica: node });
			return;
		}
		if (opened === undefined) this.#withoutInvocation += 1;
		if (process !== null) this.#open.delete(process);
		if (f !== "read") {
			this.#lastUpdateCompleted = ordinal;
		} else if (type === "ok") {
			// Who knows when it was invoked: only a mark makes it a final one.
			const read = { invoked: opened?.ordinal ?? -1, completed: ordinal };
			this.#clients.set(client, read);
			this.#nodes.set(node, read);
			if (operation.final) this.#marked.set(ordinal, { client, node });
		}
	}

	result(): Survey {
		const last = this.#byNode ? this.#nodes : this.#clients;
		const marked = this.#marked.size > 0;
		const final = marked
			? [...this.#marked].map(([completed, { client, node }]) => ({
					replica: this.#byNode ? node : client,
					completed,
				}))
			: [...last].flatMap(([replica, read]) =>
					read !== null && read.invoked > this.#lastUpdateCompleted
						? [{ replica, completed: read.completed }]
						: [],
				);
		return {
			byNode: this.#byNode,
			replicas: final.length > 0 ? [...new Set(final.map(({ replica }) => replica))] : [...last.keys()],
			finalReads: new Set(final.map(({ completed }) => completed)),
			marked,
			timed: this.#timed,
			clientOperations: this.#ordinal,
			notes: {
				withoutInvocation: this.#withoutInvocation,
				compareAndSet: this.#compareAndSet,
				clients: this.#clients.size,
			},
		};
	}
}

/** A client without a number is nobody else's. */
export function clientOf(process: number | null, ordinal: number): string {
	return process === null ? `unnamed client ${ordinal}` : `process ${process}`;
}

/** What a reader of the verdict should know. */
export function surveyWarnings({ byNode, finalReads, marked, timed, notes, replicas }: Survey): string[] {
	const warnings: string[] = [];
	if (!byNode) {
		warnings.push(
			`operations don't name their :node, so each of the ${notes.clients} clients is taken for one replica of its own`,
		);
	}
	if (finalReads.size === 0) {
		warnings.push(
			"no read began after the last update had completed: nothing shows the end, so convergence is not judged and what is missing from a read may still have come",
		);
	} else if (!marked) {
		warnings.push(
			`no read is marked with :final? true: the last reads of ${replicas.length} replicas, begun after the last update had completed, are taken for their final states, as Jepsen's checkers do; that the system had settled by then is the recorder's word`,
		);
	}
	if (!timed) warnings.push("not every operation has a :time: events are shown 1 ms apart");
	if (notes.withoutInvocation > 0) {
		warnings.push(
			`${notes.withoutInvocation} completions without an invocation are taken as invoked just then`,
		);
	}
	if (notes.compareAndSet > 0) {
		warnings.push(
			":cas is judged as a write of its new value; that it compared rightly is linearizability, not judged here",
		);
	}
	return warnings;
}
