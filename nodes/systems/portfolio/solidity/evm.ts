/**
 * Contracts on Ethereum virtual machines, called synchronously: the machines run in a thread of their own, and the caller sleeps until
 * its answer is there. One thread per contract and process, which does not keep the process alive.
 *
 * What a call comes to depends on nothing but the call, the root of the state being part of it. So the last answers are kept: replicas that
 * do the same from the same state, and a schedule that is played again, ask for most calls several times, and each costs milliseconds.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { builtEntry } from "../../../sdk/built-entry.ts";
import type { Answer, EvmWorkerData } from "./evm-worker.ts";
import type { Called, ContractCall } from "./machine.ts";

const CALL_TIMEOUT_MS = 20_000;
/** Of one wait, each but the last for nothing. */
const MOST_WAKES = 1_000;
/** Answers that are kept, a few KB each. */
const KEPT_ANSWERS = 4_096;

export interface Evm {
	/** Compiles and deploys, once. @throws Error that says which package to install */
	load(): Promise<void>;
	/** @throws Error before `load` */
	call(call: Omit<ContractCall, "contract">): Called;
}

/** @param contract of the file of that name beside this one */
export function evmOf(contract: string): Evm {
	let loading: Promise<Evm["call"]> | null = null;
	let loaded: Evm["call"] | null = null;
	return {
		async load() {
			loading ??= start(contract);
			loaded = await loading;
		},
		call(call) {
			if (loaded === null) {
				throw new Error(`${contract} is not loaded yet: await load() of the definition before create()`);
			}
			return loaded(call);
		},
	};
}

async function start(contract: string): Promise<Evm["call"]> {
	const { port1: own, port2: port } = new MessageChannel();
	const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
	const workerData: EvmWorkerData = { contract, port, answered };
	const entry = builtEntry("nodes/systems/portfolio/solidity/evm-worker.ts");
	const worker = new Worker(entry, { workerData, transferList: [port], execArgv: [] });
	await new Promise<void>((resolve, reject) => {
		worker.once("error", reject);
		worker.once("message", (message: { failed?: string }) => {
			if (message.failed === undefined) resolve();
			else reject(new Error(message.failed));
		});
	});
	worker.unref();
	return keepingAnswers((call) => {
		const before = Atomics.load(answered, 0);
		// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has none
		own.postMessage(call);
		for (let wakes = 0; Atomics.load(answered, 0) === before; wakes += 1) {
			// It may also wake although nobody has answered.
			const isOver =
				wakes === MOST_WAKES || Atomics.wait(answered, 0, before, CALL_TIMEOUT_MS) === "timed-out";
			if (!isOver) continue;
			const within = `${CALL_TIMEOUT_MS} ms, nor after MOST_WAKES = ${MOST_WAKES} wakes`;
			throw new Error(`${contract}.${call.method} had no answer from its EVM within ${within}`);
		}
		const answer = receiveMessageOnPort(own)?.message as Answer | undefined;
		if (answer === undefined) throw new Error(`${contract}.${call.method}: expected an answer, found none`);
		if ("failed" in answer) throw new Error(`${contract}.${call.method} failed: ${answer.failed}`);
		return answer.called;
	});
}

function keepingAnswers(ask: Evm["call"]): Evm["call"] {
	const kept = new Map<string, Called>();
	return (call) => {
		const { root, method, words, view, block } = call;
		const key = JSON.stringify([root, method, words, view, block.number, block.timestamp]);
		const known = kept.get(key);
		if (known !== undefined) return known;
		const called = ask(call);
		// The first key is the oldest.
		for (const oldest of kept.size >= KEPT_ANSWERS ? kept.keys() : []) {
			kept.delete(oldest);
			break;
		}
		kept.set(key, called);
		return called;
	};
}
