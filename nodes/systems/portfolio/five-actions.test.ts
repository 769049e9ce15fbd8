/** The talk's five actions in its three orders, and its test with its figures: right, and as written. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../../registry.ts";
import type { Effects, Json, Replica, ReplicaDefinition, Reply } from "../../sdk/replica.ts";

/** Starts a virtual machine and compiles; a second or two where nothing else runs. */
const SOLIDITY_TIMEOUT_MS = 60_000;
const CHAINS = ["ethereum", "polygon", "arbitrum", "bsc"];

interface Chain {
	id: string;
	replica: Replica;
	/** What it told all others, in order. */
	told: unknown[];
}

function chainsOf(type: string): Map<string, Chain> {
	let nowMs = 1_000_000;
	const chains = CHAINS.map((id): [string, Chain] => {
		const context = {
			id,
			replicas: CHAINS,
			incarnation: 0,
			options: {},
			now: () => nowMs++,
			random: () => 0.5,
		};
		const persisted = { snapshot: null, records: [] };
		const replica = (builtIn(type) as ReplicaDefinition).create(context, persisted);
		return [id, { id, replica, told: [] }];
	});
	return new Map(chains);
}

function effectsOf(chain: Chain): Effects {
	const first = CHAINS.find((id) => id !== chain.id);
	return {
		send: (to, message, label) => {
			if (to === first && label !== undefined) chain.told.push(message);
		},
		persist: () => {},
		deliver: () => {},
	};
}

function ask(chain: Chain, f: string, value: Json): Reply {
	return chain.replica.invoke({ id: `${chain.id}-${f}`, f, value }, effectsOf(chain));
}

/** The actions of the talk, by their numbers. The third and those after it spend what may not have arrived yet. */
const ACTIONS: Record<number, { at: string; f: string; value: Json }> = {
	1: { at: "polygon", f: "deposit", value: { token: "USDC", amount: 100 } },
	2: { at: "ethereum", f: "stake", value: { token: "ETH", amount: 50, at: "arbitrum" } },
	3: { at: "arbitrum", f: "borrow", value: { token: "DAI", amount: 200, at: "polygon", wait: true } },
	4: { at: "polygon", f: "swap", value: { from: "DAI", to: "MATIC", amount: 150, wait: true } },
	5: { at: "polygon", f: "provide", value: { tokens: ["USDC", "MATIC"], amounts: [100, 200], wait: true } },
};

const ORDERS: Record<string, number[]> = {
	ethereum: [2, 3, 1, 5, 4],
	polygon: [1, 4, 5, 2, 3],
	arbitrum: [3, 1, 2, 4, 5],
};

/** 100 USDC and 50 ETH came in; a share of the pool is a cent. */
const PORTFOLIO = {
	assets: { ETH_staked: 50, DAI: 50, MATIC: 100, "USDC-MATIC": 20_000 },
	liabilities: { DAI: 200 },
	totalValue: 100 * 100 + 50 * 300_000,
	waiting: 0,
};

/** Each chain accepts its own actions, and gets those of others, in its order of the talk. */
function actAtTheChains(type: string): Map<string, Chain> {
	const chains = chainsOf(type);
	const messages = new Map<number, unknown>();
	// A chain's own actions come before all others in its order, so they can all be made beforehand.
	for (const [number, { at, f, value }] of Object.entries(ACTIONS)) {
		const chain = chains.get(at) as Chain;
		expect(ask(chain, f, value)).toMatchObject({ ok: true });
		messages.set(Number(number), chain.told.at(-1));
	}
	for (const [id, order] of Object.entries(ORDERS)) {
		const chain = chains.get(id) as Chain;
		for (const number of order) {
			const { at } = ACTIONS[number] as { at: string };
			if (at !== id) chain.replica.receive(at, messages.get(number), effectsOf(chain));
		}
	}
	return chains;
}

/** All are accepted by the fourth chain, one after the other, and relayed to the three in their orders. */
function actAtTheFourth(type: string): Map<string, Chain> {
	const chains = chainsOf(type);
	const bsc = chains.get("bsc") as Chain;
	for (const { f, value } of Object.values(ACTIONS)) {
		const { at: _, ...here } = value as Record<string, Json>;
		expect(ask(bsc, f, here)).toMatchObject({ ok: true });
	}
	for (const [id, order] of Object.entries(ORDERS)) {
		const chain = chains.get(id) as Chain;
		for (const number of order) chain.replica.receive("bsc", bsc.told[number - 1], effectsOf(chain));
	}
	return chains;
}

function shown(chains: Map<string, Chain>): unknown[] {
	return Object.keys(ORDERS).map((id) => chains.get(id)?.replica.view());
}

describe("the five actions in three orders", () => {
	it("end in one portfolio where each chain is asked for its own", () => {
		expect(shown(actAtTheChains("systems/portfolio"))).toEqual([PORTFOLIO, PORTFOLIO, PORTFOLIO]);
	});

	it("end in one portfolio where one chain is asked for all", () => {
		expect(shown(actAtTheFourth("systems/portfolio"))).toEqual([PORTFOLIO, PORTFOLIO, PORTFOLIO]);
	});

	it(
		"end in one portfolio by the contract in Solidity",
		async () => {
			const type = "systems/portfolio-solidity";
			await builtIn(type)?.load?.();
			expect(shown(actAtTheChains(type))).toEqual([PORTFOLIO, PORTFOLIO, PORTFOLIO]);
			expect(shown(actAtTheFourth(type))).toEqual([PORTFOLIO, PORTFOLIO, PORTFOLIO]);
		},
		SOLIDITY_TIMEOUT_MS,
	);

	it("end in three portfolios as written", () => {
		const views = shown(actAtTheFourth("systems/portfolio-as-written")).map((view) => JSON.stringify(view));
		expect(new Set(views).size).toBe(3);
	});
});

describe("the talk's test", () => {
	it("ends on all chains with 1000 USDC, 5 ETH staked and 2000 DAI owed", () => {
		const chains = chainsOf("systems/portfolio");
		const asked: [string, string, Json][] = [
			["ethereum", "deposit", { token: "USDC", amount: 1000 }],
			["polygon", "stake", { token: "ETH", amount: 5, at: "arbitrum" }],
			["arbitrum", "borrow", { token: "DAI", amount: 2000, wait: true }],
		];
		for (const [id, f, value] of asked) {
			expect(ask(chains.get(id) as Chain, f, value)).toMatchObject({ ok: true });
		}
		expect(chains.get("arbitrum")?.replica.view()).toMatchObject({ liabilities: {}, waiting: 1 });
		for (const { id, told } of [...chains.values()].reverse()) {
			for (const message of told) {
				for (const other of chains.values()) {
					if (other.id !== id) other.replica.receive(id, message, effectsOf(other));
				}
			}
		}
		for (const view of shown(chains)) {
			expect(view).toEqual({
				assets: { USDC: 1000, ETH_staked: 5, DAI: 2000 },
				liabilities: { DAI: 2000 },
				totalValue: 1000 * 100 + 5 * 300_000,
				waiting: 0,
			});
		}
	});
});
