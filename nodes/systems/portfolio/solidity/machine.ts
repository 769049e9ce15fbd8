/**
 * Runs inside the worker: Ethereum virtual machines (@ethereumjs/vm), one for each contract, which hold the states of all chains of this
 * process. A state of a chain is named by the root of its Merkle trie, so it is never changed: a call leads to another one, a copy costs
 * nothing. The contract is compiled by solc and deployed by a signed transaction; calls are messages to its bytecode.
 *
 * Left out: fees, and a signature for each call. Nodes of tries are kept until the process ends, some KB a call.
 */
import { peerLibrary } from "../../../adapters/peer-library.ts";
import { compiledContract } from "./compile.ts";

/** A call of a contract: which state it starts from, and the block that it is in. */
export interface ContractCall {
	contract: string;
	/** Null: as deployed. */
	root: string | null;
	method: string;
	/** Encoded arguments, in hexadecimal digits. */
	words: string;
	/** A view keeps the root. */
	view: boolean;
	block: { number: number; timestamp: number };
}

/** `output`: hexadecimal digits; `reverted`: the reason, and nothing has changed. */
export type Called = { root: string; output: string } | { root: string; reverted: string };

export interface Machine {
	run(call: ContractCall): Promise<Called>;
}

/** Of the one call that is allowed to cost it: a view of all balances, and settling all that waits. */
const CALL_GAS = 1_000_000_000n;
const DEPLOY_GAS = 10_000_000n;
const RELAYER_KEY = "11".repeat(32);
/** `Error(string)`, as revert encodes it: selector, offset, length, text. */
const ERROR_SELECTOR = "08c379a0";
const WORD_DIGITS = 64;

const vms = peerLibrary("@ethereumjs/vm", "10.1.3", () => import("@ethereumjs/vm"));
const commons = peerLibrary("@ethereumjs/common", "10.1.3", () => import("@ethereumjs/common"));
const transactions = peerLibrary("@ethereumjs/tx", "10.1.3", () => import("@ethereumjs/tx"));
const utilities = peerLibrary("@ethereumjs/util", "10.1.3", () => import("@ethereumjs/util"));

/** @param contract the name of the contract, and of its file beside this one */
export async function startMachine(contract: string): Promise<Machine> {
	for (const library of [vms, commons, transactions, utilities]) await library.load();
	const { bytecode, selectors } = await compiledContract(contract);
	const { hexToBytes, bytesToHex, createAddressFromPrivateKey } = utilities.get();
	const { Common, Mainnet, Hardfork } = commons.get();
	const common = new Common({ chain: Mainnet, hardfork: Hardfork.Shanghai });
	const vm = await vms.get().createVM({ common });
	const key = hexToBytes(`0x${RELAYER_KEY}`);
	const caller = createAddressFromPrivateKey(key);
	const deployment = { data: hexToBytes(`0x${bytecode}`), gasLimit: DEPLOY_GAS, gasPrice: 10n };
	const tx = transactions.get().createLegacyTx(deployment, { common }).sign(key);
	const { createdAddress: to, execResult } = await vms.get().runTx(vm, {
		tx,
		skipBalance: true,
		skipHardForkValidation: true,
	});
	if (to === undefined || execResult.exceptionError !== undefined) {
		throw new Error(`${contract} was not deployed: ${execResult.exceptionError?.error ?? "no address"}`);
	}
	const state = vm.stateManager;
	const deployed = bytesToHex(await state.getStateRoot());
	let current: string = deployed;

	async function run({ root, method, words, view, block }: ContractCall): Promise<Called> {
		const before = root ?? deployed;
		if (before !== current) await state.setStateRoot(hexToBytes(before as `0x${string}`));
		current = before;
		const selector = selectors[method];
		if (selector === undefined) throw new Error(`${contract} has no method ${method}`);
		const { execResult: result } = await vm.evm.runCall({
			to,
			caller,
			origin: caller,
			data: hexToBytes(`0x${selector}${words}`),
			gasLimit: CALL_GAS,
			isStatic: view,
			skipNonceIncrement: true,
			block: blockOf(block) as never,
		});
		await vm.evm.journal.cleanup();
		const output = bytesToHex(result.returnValue).slice(2);
		if (!view) current = bytesToHex(await state.getStateRoot());
		if (result.exceptionError === undefined) return { root: current, output };
		const { error } = result.exceptionError;
		return { root: current, reverted: error === "revert" ? reasonOf(output) : error };
	}
	return { run };
}

/** As much of a block as instructions read. */
function blockOf({ number, timestamp }: ContractCall["block"]): object {
	const header = { number: BigInt(number), timestamp: BigInt(timestamp), gasLimit: CALL_GAS, difficulty: 0n };
	return {
		header: { ...header, baseFeePerGas: 0n, prevRandao: new Uint8Array(32), getBlobGasPrice: () => 0n },
	};
}

function reasonOf(output: string): string {
	if (!output.startsWith(ERROR_SELECTOR)) return `reverted with 0x${output}`;
	const length = Number.parseInt(output.slice(8 + WORD_DIGITS, 8 + 2 * WORD_DIGITS), 16);
	return Buffer.from(output.slice(8 + 2 * WORD_DIGITS), "hex").toString("utf8", 0, length);
}
