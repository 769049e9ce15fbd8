/**
 * The multi-chain portfolio, right, as a contract of our own in Solidity (`Portfolio.sol`), compiled by solc and run on one Ethereum virtual
 * machine per chain. It keeps accounts, queues and lives, decides what is covered and what takes effect, and answers what is shown;
 * around it is the reliable causal broadcast that `../portfolio.ts` has, as the relayer. Its state is the root of a chain's
 * Merkle trie: chains with the same operations have the same root.
 */
import { opBased } from "../../../sdk/op-based.ts";
import type { OpBasedType } from "../../../sdk/op-based-type.ts";
import { type ReplicaDefinition, type ReplicaId, UPDATES_PER_INCARNATION } from "../../../sdk/replica.ts";
import type { PortfolioView } from "../accounts.ts";
import { readAction } from "../action.ts";
import {
	PORTFOLIO_TYPE,
	portfolioInvariants,
	portfolioOperations,
	portfolioSpecification,
} from "../definition.ts";
import { decodeView, encodeAction, word } from "./encoding.ts";
import { type Evm, evmOf } from "./evm.ts";

interface State {
	replicas: readonly ReplicaId[];
	/** Null: as deployed. */
	root: string | null;
	/** Of that root, once it was asked for. */
	view: PortfolioView | null;
}

/** What the contract's `Operation` is, encoded. */
type Effect = string;

/** Nothing in the contract depends on it. */
const BLOCK = { number: 1, timestamp: 1 };
/** A holder is a chain's position and, in its lower bits, the chain's life. */
const LIFE_BITS = 32n;

function portfolioOn(evm: Evm): OpBasedType<State, Effect> {
	function ask(root: string | null, method: string, words: string): string {
		const called = evm.call({ root, method, words, view: true, block: BLOCK });
		if ("reverted" in called) throw new Error(`${method} of Portfolio.sol reverted: ${called.reverted}`);
		return called.output;
	}

	return {
		type: PORTFOLIO_TYPE,
		operations: portfolioOperations,
		invariants: portfolioInvariants,
		specification: portfolioSpecification,
		loadModule: () => evm.load(),
		initial: ({ replicas }) => ({ replicas, root: null, view: null }),
		prepare({ root }, operation, { replica, replicas, number }) {
			const read = readAction(operation, replicas);
			if ("reject" in read) return read;
			const { action } = read;
			const { at, wait } = action;
			const own = replicas.indexOf(replica);
			const chain = at === null ? own : replicas.indexOf(at);
			const life = chain === own ? lifeOf(number) : Number(`0x${ask(root, "lifeOf", word(chain))}`);
			const effect = encodeAction(action) + word((BigInt(chain) << LIFE_BITS) | BigInt(life));
			if (!wait && BigInt(`0x${ask(root, "isCovered", word(own) + word(number) + effect)}`) === 0n) {
				const message = `${action.f}: expected enough to be spendable at ${replica}, and debts to stay covered by its stakes`;
				return { reject: { code: "not-covered", message } };
			}
			return { effect };
		},
		apply(state, effect, { origin, number }) {
			const words = word(state.replicas.indexOf(origin)) + word(number) + effect;
			const called = evm.call({
				root: state.root,
				method: "applyOperation",
				words,
				view: false,
				block: BLOCK,
			});
			if ("reverted" in called)
				throw new Error(`Portfolio.sol reverted at ${origin}:${number}: ${called.reverted}`);
			state.root = called.root;
			state.view = null;
			return state;
		},
		view(state) {
			state.view ??= viewIn(ask(state.root, "portfolio", ""));
			return state.view;
		},
		canonical: ({ root }) => root,
		clone: (state) => ({ ...state }),
	};
}

function lifeOf(number: number): number {
	return Math.floor((number - 1) / UPDATES_PER_INCARNATION);
}

function viewIn(output: string): PortfolioView {
	const { assets, liabilities, rest } = decodeView(output);
	const [totalValue, waiting] = rest as [number, number];
	return { assets, liabilities, totalValue, waiting };
}

export const portfolioSolidity: ReplicaDefinition = opBased(portfolioOn(evmOf("Portfolio")));
