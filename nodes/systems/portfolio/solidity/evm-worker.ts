/**
 * Entry point of the thread that holds a process's virtual machines, whose calls are promises, for replicas, whose steps are not: the asker sleeps
 * until the answer is there (see `evm.ts`). Started with `{ contract, port, answered }`; its first message is `{ ready }` or `{ failed }`.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type Called, type ContractCall, startMachine } from "./machine.ts";

export interface EvmWorkerData {
	contract: string;
	port: MessagePort;
	/** Counts answers, and wakes the asker. */
	answered: Int32Array;
}

export type Answer = { called: Called } | { failed: string };

const { contract, port, answered } = workerData as EvmWorkerData;

try {
	const machine = await startMachine(contract);
	port.on("message", (call: ContractCall) => {
		machine.run(call).then(
			(called) => answer({ called }),
			(error: unknown) => answer({ failed: String(error) }),
		);
	});
	tell({ ready: true });
} catch (error) {
	tell({ failed: error instanceof Error ? error.message : String(error) });
}

function tell(message: { ready: true } | { failed: string }): void {
	// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has none
	parentPort?.postMessage(message);
}

function answer(value: Answer): void {
	// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has none
	port.postMessage(value);
	Atomics.add(answered, 0, 1);
	Atomics.notify(answered, 0);
}
