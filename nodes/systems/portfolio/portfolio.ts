/**
 * The multi-chain portfolio, right. Updates travel by reliable causal broadcast; each is applied once, under the name (chain, number).
 *
 * The text keeps a user's deposits and withdrawals as sums that every chain adds to, and subtracts them when they are read. That
 * converges, but two chains can spend the same money. Here every chain spends only what is spendable there (escrow): what was
 * deposited, borrowed, received or transferred for it. It checks that alone, when it accepts an operation; others apply
 * it without asking again, which they may, since they have all that the chain had seen. An operation with `wait` is
 * accepted without cover, and takes effect on all chains once it is covered. See `definition.ts` for the rules.
 *
 * Left out: what a chain had before it lost its disk counts, but can't be spent, until somebody would establish that nothing
 * of its old life is still under way; that takes agreement.
 */
import { opBased } from "../../sdk/op-based.ts";
import type { OpBasedType } from "../../sdk/op-based-type.ts";
import { type ReplicaDefinition, type ReplicaId, UPDATES_PER_INCARNATION } from "../../sdk/replica.ts";
import {
	type Accounts,
	accountOf,
	copyAccounts,
	enqueue,
	isCovered,
	type Movement,
	movementOf,
	portfolioView,
} from "./accounts.ts";
import { readAction } from "./action.ts";
import {
	PORTFOLIO_TYPE,
	portfolioInvariants,
	portfolioOperations,
	portfolioSpecification,
} from "./definition.ts";

interface State {
	accounts: Accounts;
	/** The latest life of each chain of which an update was seen; absent: its first. */
	lives: Map<ReplicaId, number>;
}

export const portfolioType: OpBasedType<State, Movement> = {
	type: PORTFOLIO_TYPE,
	operations: portfolioOperations,
	invariants: portfolioInvariants,
	specification: portfolioSpecification,
	initial: () => ({ accounts: new Map(), lives: new Map() }),
	prepare({ accounts, lives }, operation, { actor, replica, replicas }) {
		const read = readAction(operation, replicas);
		if ("reject" in read) return read;
		const { action } = read;
		const { at } = action;
		const target = at === null || at === replica ? actor : actorOf(at, lives.get(at) ?? 0);
		const movement = movementOf(action, actor, target);
		if (!action.wait && !isCovered(accountOf(accounts, actor), movement)) {
			const message = `${action.f}: expected enough to be spendable at ${actor}, and debts to stay covered by its stakes`;
			return { reject: { code: "not-covered", message } };
		}
		return { effect: movement };
	},
	apply(state, movement, { origin, number }) {
		const life = Math.floor((number - 1) / UPDATES_PER_INCARNATION);
		if (life > (state.lives.get(origin) ?? 0)) state.lives.set(origin, life);
		enqueue(state.accounts, movement);
		return state;
	},
	view: ({ accounts }) => portfolioView(accounts),
	canonical: ({ accounts, lives }) => [accounts, lives],
	clone: ({ accounts, lives }) => ({ accounts: copyAccounts(accounts), lives: new Map(lives) }),
};

/** As the SDK names them (`sdk/life.ts`). */
function actorOf(replica: ReplicaId, life: number): string {
	return life === 0 ? replica : `${replica}~${life}`;
}

export const portfolio: ReplicaDefinition = opBased(portfolioType);
