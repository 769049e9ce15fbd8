/**
 * Drives the planned operations. Each client is bound to one replica and sequential; its schedule is open-loop: an
 * operation is invoked at its planned time, or when the one before it has completed if that is later. As in Jepsen an
 * operation whose outcome is unknown (`info`) retires the client's process number: it may yet happen, so nothing that
 * the client does later may be taken to come after it.
 *
 * Left out on purpose: retries. An operation is sent once; sending it again under a new id would invent an operation.
 */
import type { Json, OkEvent, OperationError } from "../history/events.ts";
import type { RunClock } from "./clock.ts";
import type { Answer, OperationReply } from "./control-client.ts";
import type { PlannedOperation } from "./plan/operations.ts";
import type { Recorder } from "./recorder.ts";

export interface ClientsOptions {
	operations: readonly PlannedOperation[];
	/** All of them, also those without operations: process numbers are retired in steps of it. */
	clientCount: number;
	clock: RunClock;
	recorder: Recorder;
	/** Aborted: no further operation is invoked; those under way are awaited. */
	signal: AbortSignal;
	invoke(replica: string, operation: { id: string; f: string; value: Json }): Promise<Answer<OperationReply>>;
	/** Queries, by name: their `ok` carries what was read. */
	isQuery(f: string): boolean;
	onCompleted(): void;
	/** A reply that is not what the protocol says. */
	onGarbage(replica: string, message: string): void;
}

/** @returns the number of operations that were planned but, because of the signal, never invoked */
export async function runClients(options: ClientsOptions): Promise<number> {
	const byClient = new Map<number, PlannedOperation[]>();
	for (const operation of options.operations) {
		const own = byClient.get(operation.client);
		if (own === undefined) byClient.set(operation.client, [operation]);
		else own.push(operation);
	}
	const left = await Promise.all(
		[...byClient].map(([client, operations]) => runClient(options, client, operations)),
	);
	return left.reduce((sum, count) => sum + count, 0);
}

async function runClient(
	options: ClientsOptions,
	client: number,
	operations: readonly PlannedOperation[],
): Promise<number> {
	let process = client;
	for (const [done, planned] of operations.entries()) {
		await options.clock.sleepUntil(planned.atMs, options.signal);
		if (options.signal.aborted) return operations.length - done;
		const { id, f, value, replica } = planned;
		options.recorder.record({ event: "invoke", process, replica, id, f, value });
		const answer = await options.invoke(replica, { id, f, value });
		const completion = completionOf(answer, planned, options.isQuery(f));
		options.recorder.record({ ...completion, process, replica, id, f });
		if (answer.kind === "garbage") options.onGarbage(replica, answer.message);
		if (completion.event === "info") process += options.clientCount;
		options.onCompleted();
	}
	return 0;
}

type Completion =
	| ({ event: "ok" } & Pick<OkEvent, "value" | "result" | "update" | "delivered">)
	| { event: "fail" | "info"; value: Json; error: OperationError };

/** Exported for its table of cases. */
export function completionOf(
	answer: Answer<OperationReply>,
	operation: Pick<PlannedOperation, "value" | "replica">,
	isQuery: boolean,
): Completion {
	const { value, replica } = operation;
	switch (answer.kind) {
		case "ok": {
			const reply = answer.value;
			const hasValue = reply.value !== undefined;
			return {
				event: "ok",
				value: isQuery && hasValue ? (reply.value as Json) : value,
				...(!isQuery && hasValue && reply.value !== null && { result: reply.value as Json }),
				...(reply.update !== undefined && { update: `${replica}:${reply.update}` }),
				...(reply.delivered !== undefined && { delivered: reply.delivered }),
			};
		}
		case "error": {
			const { code, message, definite } = answer.error;
			return { event: definite ? "fail" : "info", value, error: { code, message } };
		}
		case "garbage":
			// It answered 2xx, so it probably happened; what it became is not known.
			return { event: "info", value, error: { code: "garbage", message: answer.message } };
		default:
			return answer satisfies never;
	}
}
