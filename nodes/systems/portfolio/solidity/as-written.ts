/**
 * The multi-chain portfolio as the talk writes it, with its contract as bytecode: `PortfolioAsWritten.sol`, compiled by solc and run on one
 * Ethereum virtual machine per chain. What is around the contract, and what is wrong with it, says `../as-written.ts`.
 */
import type { ReplicaDefinition } from "../../../sdk/replica.ts";
import type { Flaw } from "../../flaw.ts";
import type { PortfolioView } from "../accounts.ts";
import { FLAWS, portfolioAsWrittenOn } from "../as-written.ts";
import { type Call, type Contract, type Outcome, worth } from "../contract.ts";
import { decodeView, encodeAction, word } from "./encoding.ts";
import { type Evm, evmOf } from "./evm.ts";

/** As in TypeScript, so in Solidity; its scenarios are the same but for the replicas. */
export const SOLIDITY_FLAWS: readonly Flaw[] = FLAWS.map((flaw) => ({
	...flaw,
	scenario: flaw.scenario.replace("portfolio-", "portfolio-solidity-"),
}));

const NO_BLOCK = { number: 0, timestamp: 0 };
/** Words of an operation. */
const OPERATION_WORDS = 6;
const WORD_BYTES = 32;

function deployOn(evm: Evm): Contract {
	let root: string | null = null;
	/** Of that root, once it was asked for. */
	let seen: PortfolioView | null = null;
	return {
		operationId: (call, block) => {
			const called = evm.call({ root, method: "operationId", words: encoded(call), view: true, block });
			if ("reverted" in called) throw new Error(`operationId reverted: ${called.reverted}`);
			return called.output;
		},
		addOperation(call, dependencies, block) {
			const ids = dependencies.map((id) => id ?? word(0));
			const list = word((OPERATION_WORDS + 1) * WORD_BYTES) + word(ids.length) + ids.join("");
			const words = encoded(call) + list;
			const called = evm.call({ root, method: "addOperation", words, view: false, block });
			if (called.root !== root) seen = null;
			root = called.root;
			return "reverted" in called ? (called.reverted as Outcome) : "processed";
		},
		view() {
			seen ??= viewAt(evm, root);
			return seen;
		},
	};
}

function viewAt(evm: Evm, root: string | null): PortfolioView {
	const called = evm.call({ root, method: "getAll", words: "", view: true, block: NO_BLOCK });
	if ("reverted" in called) throw new Error(`getAll reverted: ${called.reverted}`);
	const { assets, liabilities } = decodeView(called.output);
	return { assets, liabilities, totalValue: valueOf(assets, liabilities), waiting: 0 };
}

function encoded({ action, movement }: Call): string {
	const received = action.f === "swap" || action.f === "provide" ? (movement.gives[0]?.[1] ?? 0) : 0;
	return encodeAction(action) + word(received);
}

type Amounts = Record<string, number | null>;

function valueOf(assets: Amounts, liabilities: Amounts): number | null {
	const all = [...Object.values(assets), ...Object.values(liabilities)];
	return all.includes(null) ? null : worth(Object.entries(assets)) - worth(Object.entries(liabilities));
}

const evm = evmOf("PortfolioAsWritten");

export const portfolioSolidityAsWritten: ReplicaDefinition = {
	...portfolioAsWrittenOn(() => deployOn(evm)),
	load: () => evm.load(),
};
