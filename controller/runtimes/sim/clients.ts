/**
 * The clients of a simulated run: sequential, open-loop, bound to a replica each, as controller/clients.ts has them,
 * whose words for outcomes they use. A client sits beside its replica: asking and answering take no time.
 */
import type { Json } from "../../../history/events.ts";
import { completionOf } from "../../clients.ts";
import type { Answer } from "../../control-client.ts";
import type { PlannedOperation } from "../../plan/operations.ts";
import type { UntimedEvent } from "../../recorder.ts";
import type { OperationReply } from "../../replies.ts";
import { type Agenda, RANK, toUs } from "./agenda.ts";
import type { SimNodes } from "./nodes.ts";

export interface SimClients {
	/** Operations that have completed, however. */
	completed(): number;
	/** Planned operations that have not completed, and have not been left out. */
	open(): number;
	/** Invokes nothing more. @returns how many operations that leaves out */
	stop(): number;
}

interface ClientsOptions {
	operations: readonly PlannedOperation[];
	/** Process numbers are retired in steps of it. */
	clientCount: number;
	timeoutMs: number;
	ids: readonly string[];
	agenda: Agenda;
	nodes: SimNodes;
	isQuery(f: string): boolean;
	record: (event: UntimedEvent) => void;
}

interface Client {
	process: number;
	operations: PlannedOperation[];
	next: number;
}

export function scheduleClients(options: ClientsOptions): SimClients {
	const { agenda, record } = options;
	const clients = new Map<number, Client>();
	let completed = 0;
	let open = options.operations.length;
	let stopped = false;
	for (const operation of options.operations) {
		const client = clients.get(operation.client);
		if (client !== undefined) client.operations.push(operation);
		else clients.set(operation.client, { process: operation.client, operations: [operation], next: 0 });
	}
	for (const client of clients.values()) planNext(client);

	function planNext(client: Client): void {
		const operation = client.operations[client.next];
		if (operation === undefined || stopped) return;
		agenda.at(toUs(operation.atMs), RANK.operation, () => {
			if (stopped) return;
			client.next += 1;
			invoke(client, operation);
		});
	}

	function invoke(client: Client, operation: PlannedOperation): void {
		const { id, f, value, replica } = operation;
		const { process } = client;
		record({ event: "invoke", process, replica, id, f, value });
		let isOpen = true;
		const complete = (answer: Answer<OperationReply>): void => {
			// Its client has gone: nobody hears of it.
			if (!isOpen) return;
			isOpen = false;
			const completion = completionOf(answer, operation, options.isQuery(f));
			record({ ...completion, process, replica, id, f });
			if (completion.event === "info") client.process += options.clientCount;
			completed += 1;
			open -= 1;
			planNext(client);
		};
		options.nodes.request(options.ids.indexOf(replica), { id, f, value: value satisfies Json }, complete);
		if (!isOpen) return;
		agenda.at(agenda.nowUs() + toUs(options.timeoutMs), RANK.operation, () => {
			const message = `no reply within ${options.timeoutMs} ms`;
			complete({ kind: "error", error: { code: "timeout", message, definite: false } });
		});
	}

	return {
		completed: () => completed,
		open: () => open,
		stop() {
			stopped = true;
			let left = 0;
			for (const client of clients.values()) left += client.operations.length - client.next;
			open -= left;
			return left;
		},
	};
}
