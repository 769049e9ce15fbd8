/**
 * The multi-chain portfolio as the talk writes it: one contract on each chain (`contract.ts`), and what a user does on one chain is done on the
 * others too. What the talk leaves out is done well: a relayer calls the other contracts until each call is in a
 * block, finds calls that were lost by comparing what was called, and knows under which id a chain keeps what another one depends on;
 * the wallet names as dependencies the last operations that gave what is spent. Neither number nor time of a chain's blocks steps back.
 *
 * {@link FLAWS} says what is wrong with it; `portfolio.ts` is the right one.
 *
 * `options: { calledOnce: true }` has the relayer remember what it has called, which heals the first flaw and lets the second be seen by itself.
 */
import {
	addUpdate,
	type DeliveredSet,
	deliveredToJson,
	emptyDelivered,
	hasUpdate,
} from "../../sdk/delivered.ts";
import {
	createGossip,
	type Digest,
	FRESH_TICKS,
	findPeer,
	type Gossip,
	hearDigest,
	knownTo,
	type Peer,
	tickGossip,
} from "../../sdk/gossip.ts";
import { continueNumbers, isEmpty, isLifeRecord, type Life, lifeOf, recordLife } from "../../sdk/life.ts";
import type {
	Effects,
	Operation,
	Persisted,
	Replica,
	ReplicaContext,
	ReplicaDefinition,
	ReplicaId,
	Reply,
} from "../../sdk/replica.ts";
import { tooManyUpdates } from "../../sdk/replicated-type.ts";
import type { Flaw } from "../flaw.ts";
import { movementOf } from "./accounts.ts";
import { type Action, readAction, STAKED } from "./action.ts";
import { type Block, type Call, type Contract, deploy, type Outcome } from "./contract.ts";
import {
	PORTFOLIO_TYPE,
	portfolioInvariants,
	portfolioOperations,
	portfolioSpecification,
} from "./definition.ts";

/** Each with the property that shows it, and a scenario in `scenarios/systems/`. */
export const FLAWS: readonly Flaw[] = [
	{
		name: "The operation's id holds the time and number of the block",
		property: "strong-convergence",
		scenario: "portfolio-relayed-twice",
		how: "called once more in a later block, it has another id, and counts twice",
	},
	{
		name: "Two equal operations in one block have one id",
		property: "strong-convergence",
		scenario: "portfolio-equal-in-one-block",
		how: "they are different ones elsewhere, where they were in two blocks; here one of them is lost",
	},
	{
		name: "A missing dependency rejects, it does not wait",
		property: "eventual-delivery",
		scenario: "portfolio-dependency-rejected",
		how: "an operation that is called before what it depends on is rejected, and nobody calls again",
	},
	{
		name: "Debits are added without a look at what is there",
		property: "invariant:noNegative",
		scenario: "portfolio-underflow",
		how: "the sums converge, their unsigned difference underflows, and the balance can't be read any more",
	},
	{
		name: "Debts are added without a look at what covers them",
		property: "invariant:debtsCovered",
		scenario: "portfolio-uncovered-debt",
		how: "more is owed than three quarters of what is staked",
	},
];

const PROTOCOL = "portfolio-as-written/1";
/** Whose portfolio it is. */
const USER = "rohan";
/** A block's time is in whole seconds. */
const SECOND_MS = 1000;
/** Quicker than any chain, as are the runs that it is tried in. */
const BLOCK_MS = 10;

/** A call as it travels from chain to chain. */
interface Relayed {
	protocol: string;
	kind: "call";
	origin: ReplicaId;
	number: number;
	call: Call;
	/** By the name that all chains have for it. */
	dependencies: [origin: ReplicaId, number: number][];
}

/** What is persisted: a call, and what came of it here. */
interface Mined {
	relayed: Relayed;
	block: Block;
	outcome: Outcome;
}

interface Chain {
	readonly context: ReplicaContext;
	readonly life: Life;
	readonly contract: Contract;
	block: Block;
	/** Under which id the contract here knows a call, by `origin:number`. */
	readonly ids: Map<string, string>;
	/** Calls by token: the last that credited it. */
	readonly givers: Map<string, [ReplicaId, number]>;
	/** In a block here, however they ended; the relayer goes by it. */
	readonly called: DeliveredSet;
	/** Processed here. */
	readonly delivered: DeliveredSet;
	readonly gossip: Gossip;
	readonly log: { relayed: Relayed; tick: number }[];
}

/** @param deployContract on one chain */
export function portfolioAsWrittenOn(deployContract: () => Contract): ReplicaDefinition {
	return {
		type: PORTFOLIO_TYPE,
		delivers: { order: "any", duplicates: true, durable: true },
		operations: portfolioOperations,
		invariants: portfolioInvariants,
		specification: portfolioSpecification,
		tickMs: 50,
		create(context, persisted): Replica {
			const chain = restore(context, persisted, deployContract());
			return {
				invoke: (operation, effects) => invoke(chain, operation, effects),
				receive: (from, message, effects) => receive(chain, from, message, effects),
				tick: (effects) => tickGossip(chain.gossip, chain.called, effects),
				view: () => chain.contract.view(),
				delivered: () => deliveredToJson(chain.delivered),
			};
		},
	};
}

export const portfolioAsWritten: ReplicaDefinition = portfolioAsWrittenOn(deploy);

function restore(context: ReplicaContext, persisted: Persisted, contract: Contract): Chain {
	const fresh = isEmpty(persisted) && context.incarnation === 0;
	const chain: Chain = {
		context,
		life: lifeOf(context, persisted, undefined),
		contract,
		block: { number: 0, timestamp: 0 },
		ids: new Map(),
		givers: new Map(),
		called: emptyDelivered(context.replicas),
		delivered: emptyDelivered(context.replicas),
		gossip: createGossip(context, PROTOCOL, fresh),
		log: [],
	};
	for (const record of persisted.records) {
		if (isLifeRecord(record)) continue;
		const mined = record as Mined;
		const { relayed, block, outcome } = mined;
		chain.block = block;
		// Its dependencies were there.
		if (outcome === "processed") contract.addOperation(relayed.call, [], block);
		note(chain, mined);
	}
	continueNumbers(chain.life, context.id, chain.called);
	return chain;
}

function invoke(chain: Chain, operation: Operation, effects: Effects): Reply {
	const { context, life } = chain;
	if (operation.f === "read") return { ok: true, value: chain.contract.view() };
	if (!Object.hasOwn(portfolioOperations, operation.f)) {
		return { ok: false, code: "unknown-operation", message: `a portfolio has no operation ${operation.f}` };
	}
	const read = readAction(operation, context.replicas);
	if ("reject" in read) return { ok: false, ...read.reject };
	const number = life.nextNumber;
	if (number >= life.numbersEnd) return tooManyUpdates();
	const call = callOf(read.action);
	const dependencies = dependenciesOf(chain, call);
	const relayed: Relayed = {
		protocol: PROTOCOL,
		kind: "call",
		origin: context.id,
		number,
		call,
		dependencies,
	};
	const block = currentBlock(chain);
	const outcome = chain.contract.addOperation(call, localIds(chain, dependencies), block);
	if (outcome !== "processed") return { ok: false, code: "reverted", message: outcome };
	life.nextNumber++;
	keep(chain, { relayed, block, outcome }, effects);
	for (const peer of chain.gossip.peers) effects.send(peer.id, relayed, labelOf(relayed));
	return { ok: true, update: number };
}

/** One pool of money for all chains: where it may be spent, and waiting, are unknown here. */
function callOf(action: Action): Call {
	const movement = movementOf(action, USER, USER);
	const parts = { action, sender: USER, operationType: action.f, movement };
	if (action.f === "swap") return { ...parts, amount: String(action.amount), token: action.from + action.to };
	if (action.f === "provide") return { ...parts, amount: action.amounts.join(), token: action.pool };
	return { ...parts, amount: String(action.amount), token: action.token };
}

/** The last operations that gave what this one spends, or stakes that cover it. */
function dependenciesOf({ givers }: Chain, { movement }: Call): [ReplicaId, number][] {
	const needed = movement.takes.map(([token]) => token);
	const borrows = movement.debt.some(([, amount]) => amount > 0);
	if (borrows) needed.push(...[...givers.keys()].filter((token) => token.endsWith(STAKED)));
	return needed.flatMap((token) => {
		const giver = givers.get(token);
		return giver === undefined ? [] : [giver];
	});
}

function localIds({ ids }: Chain, dependencies: Relayed["dependencies"]): (string | null)[] {
	return dependencies.map(([origin, number]) => ids.get(`${origin}:${number}`) ?? null);
}

/** Neither number nor time of a chain's blocks steps back, whatever the clock does. */
function currentBlock(chain: Chain): Block {
	const now = chain.context.now();
	const { number, timestamp } = chain.block;
	chain.block = {
		number: Math.max(number, Math.floor(now / BLOCK_MS)),
		timestamp: Math.max(timestamp, Math.floor(now / SECOND_MS)),
	};
	return chain.block;
}

function receive(chain: Chain, from: ReplicaId, message: unknown, effects: Effects): void {
	if (typeof message !== "object" || message === null) return;
	const { protocol, kind } = message as Partial<Relayed | Digest>;
	if (protocol !== PROTOCOL) return;
	if (kind !== "call") {
		const peer = hearDigest(chain.gossip, from, message as Digest, chain.called, effects);
		if (peer !== null) callAgain(chain, peer, effects);
		return;
	}
	const sender = findPeer(chain.gossip, from);
	if (sender !== undefined) sender.owedAcknowledgement = true;
	const relayed = message as Relayed;
	const { origin, number } = relayed;
	if (chain.context.options["calledOnce"] === true && hasUpdate(chain.called, origin, number)) return;
	const block = currentBlock(chain);
	const outcome = chain.contract.addOperation(relayed.call, localIds(chain, relayed.dependencies), block);
	keep(chain, { relayed, block, outcome }, effects);
}

function keep(chain: Chain, mined: Mined, effects: Effects): void {
	const { origin, number } = mined.relayed;
	const wasDelivered = hasUpdate(chain.delivered, origin, number);
	recordLife(chain.life, effects);
	effects.persist(mined);
	note(chain, mined);
	if (!wasDelivered && mined.outcome !== "Dependency not yet processed") effects.deliver(origin, number);
}

function note(chain: Chain, { relayed, block, outcome }: Mined): void {
	const { origin, number, call } = relayed;
	if (addUpdate(chain.called, origin, number)) chain.log.push({ relayed, tick: chain.gossip.ticks });
	if (outcome === "Dependency not yet processed") return;
	// That it has been processed already is, of an idempotent call, success.
	addUpdate(chain.delivered, origin, number);
	chain.ids.set(`${origin}:${number}`, chain.contract.operationId(call, block));
	for (const [token] of call.movement.gives) chain.givers.set(token, [origin, number]);
}

/** What a peer is known not to have in any block, apart from what is under way to it. */
function callAgain(chain: Chain, peer: Peer, effects: Effects): void {
	const known = knownTo(peer);
	for (const { relayed, tick } of chain.log) {
		if (tick > chain.gossip.ticks - FRESH_TICKS) break;
		if (!hasUpdate(known, relayed.origin, relayed.number)) effects.send(peer.id, relayed, labelOf(relayed));
	}
}

function labelOf({ origin, number }: Relayed): string {
	return `update ${origin}:${number}`;
}
