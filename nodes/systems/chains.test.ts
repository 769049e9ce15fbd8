/** Portfolio and bridge agree and hold their invariants whatever happens; what is refused is refused. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../registry.ts";
import type { Json, ReplicaDefinition, Reply } from "../sdk/replica.ts";
import {
	CALM,
	crash,
	createNetwork,
	invoke,
	type Network,
	type Node,
	play,
	settle,
	start,
} from "../sdk/testing/network.ts";
import { FLAWS as BRIDGE_FLAWS } from "./bridge/as-written.ts";
import { FLAWS as PORTFOLIO_FLAWS } from "./portfolio/as-written.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const HARSH = {
	replicas: 4,
	keys: 6,
	drop: 0.2,
	duplicate: 0.2,
	reorder: 0.5,
	partitionChance: 0.02,
	crashChance: 0.01,
	snapshotChance: 0.02,
	clockSkewMs: 500,
	watch: true,
	reloadChance: 0.1,
};

function networkOf(type: string): { network: Network; nodes: [Node, Node] } {
	const network = createNetwork(builtIn(type) as ReplicaDefinition, { ...CALM, replicas: 2, seed: 1 });
	return { network, nodes: [network.nodes[0] as Node, network.nodes[1] as Node] };
}

function broken(type: string, view: unknown, moments: string[]): string[] {
	const invariants = Object.entries(builtIn(type)?.invariants ?? {});
	return invariants.flatMap(([name, invariant]) => {
		const answer = moments.includes(invariant.when) ? invariant.holds(view as Json, "r1") : true;
		return answer === true ? [] : [`${name}: ${answer}`];
	});
}

describe.each(["systems/portfolio", "systems/bridge"])("%s", (type) => {
	it.each(SEEDS)("agrees and keeps its invariants through faults and lost disks, seed %i", (seed) => {
		const loseDisk = seed % 2 === 0 ? 0.3 : 0;
		const network = createNetwork(builtIn(type) as ReplicaDefinition, { ...HARSH, loseDisk, seed });
		for (let round = 0; round < 10; round++) {
			play(network, 60, 25);
			for (const { replica } of network.nodes) {
				if (replica !== null) expect(broken(type, replica.view(), ["always"])).toEqual([]);
			}
		}
		expect(settle(network)).toBe(true);
		expect(network.divergences).toEqual([]);
		const views = network.nodes.map(({ replica }) => replica?.view());
		for (const view of views) {
			expect(view).toEqual(views[0]);
			expect(broken(type, view, ["always", "settled"])).toEqual([]);
		}
		expect(network.replies.filter(({ reply }) => reply.ok).length).toBeGreaterThan(50);
	});
});

describe("a portfolio", () => {
	const ask = (network: Network, node: Node, f: string, value: Json): Reply =>
		invoke(network, node, { f, value });
	const money = { token: "USDC", amount: 10 };

	it("spends on a chain only what is spendable there, until it is transferred", () => {
		const { network, nodes } = networkOf("systems/portfolio");
		const [r1, r2] = nodes;
		ask(network, r1, "deposit", money);
		settle(network);
		expect(ask(network, r2, "withdraw", money)).toMatchObject({ ok: false, code: "not-covered" });
		expect(ask(network, r1, "transfer", { ...money, at: "r2" })).toMatchObject({ ok: true });
		expect(ask(network, r1, "withdraw", money)).toMatchObject({ ok: false, code: "not-covered" });
		settle(network);
		expect(ask(network, r2, "withdraw", money)).toMatchObject({ ok: true });
	});

	it("lends no more than three quarters of what is staked, and holds the stake back", () => {
		const { network, nodes } = networkOf("systems/portfolio");
		const [r1] = nodes;
		const dai = (amount: number) => ({ token: "DAI", amount });
		ask(network, r1, "stake", { token: "ETH", amount: 2 });
		expect(ask(network, r1, "borrow", dai(4501))).toMatchObject({ ok: false, code: "not-covered" });
		expect(ask(network, r1, "borrow", dai(4500))).toMatchObject({ ok: true });
		expect(ask(network, r1, "unstake", { token: "ETH", amount: 1 })).toMatchObject({ ok: false });
		expect(ask(network, r1, "repay", dai(2250))).toMatchObject({ ok: true });
		expect(ask(network, r1, "unstake", { token: "ETH", amount: 1 })).toMatchObject({ ok: true });
	});

	it("does not spend again what it has forgotten with its disk to have spent", () => {
		const { network, nodes } = networkOf("systems/portfolio");
		const [r1, r2] = nodes;
		ask(network, r1, "deposit", money);
		settle(network);
		// It leaves, but arrives only later.
		ask(network, r1, "withdraw", money);
		const late = network.inFlight.splice(0);
		crash(r1, "lose");
		start(network, r1);
		settle(network);
		expect(r1.replica?.view()).toMatchObject({ assets: { USDC: 10 } });
		expect(ask(network, r1, "withdraw", money)).toMatchObject({ ok: false, code: "not-covered" });
		network.inFlight.push(...late);
		settle(network);
		expect([r1, r2].map(({ replica }) => replica?.view())).toMatchObject([{ assets: {} }, { assets: {} }]);
	});

	it.each([
		["deposit", { token: "GOLD", amount: 1 }],
		["deposit", { token: "USDC", amount: 1.5 }],
		["deposit", { token: "USDC", amount: 1, at: "r9" }],
		["transfer", { token: "USDC", amount: 1 }],
		["swap", { from: "USDC", to: "USDC", amount: 1 }],
		["swap", { from: "USDC", to: "ETH", amount: 1 }],
		["provide", { tokens: ["USDC"], amounts: [1] }],
		["withdraw", null],
	])("refuses %s %j", (f, value) => {
		const { network, nodes } = networkOf("systems/portfolio");
		expect(ask(network, nodes[0], f, value as Json)).toMatchObject({ ok: false, code: "bad-value" });
	});
});

describe("a bridge", () => {
	const ten = { to: "r2", amount: 10, user: "alice" };

	it("mints what was locked once, on the chain that it is for", () => {
		const { network, nodes } = networkOf("systems/bridge");
		const [r1, r2] = nodes;
		expect(invoke(network, r1, { f: "bridge", value: ten })).toMatchObject({ ok: true });
		expect(invoke(network, r2, { f: "release", value: null })).toMatchObject({ code: "nothing-to-release" });
		settle(network);
		expect(invoke(network, r1, { f: "release", value: null })).toMatchObject({ code: "nothing-to-release" });
		expect(invoke(network, r2, { f: "release", value: null })).toMatchObject({ ok: true });
		expect(invoke(network, r2, { f: "release", value: null })).toMatchObject({ code: "nothing-to-release" });
		settle(network);
		for (const { replica } of nodes) {
			expect(replica?.view()).toMatchObject({
				balances: { r1: { alice: 90 }, r2: { alice: 110 } },
				routes: { "r1>r2": { locked: 10, minted: 10 } },
			});
		}
	});

	it.each([
		["overdrawn", { ...ten, amount: 101 }],
		["same-chain", { ...ten, to: "r1" }],
		["bad-value", { ...ten, to: "r3" }],
		["bad-value", { ...ten, user: "mallory" }],
		["bad-value", { ...ten, amount: 0 }],
		["bad-value", null],
	])("refuses as %s: %j", (code, value) => {
		const { network, nodes } = networkOf("systems/bridge");
		expect(invoke(network, nodes[0], { f: "bridge", value })).toMatchObject({
			ok: false,
			code,
		});
	});

	it("says what is minted twice, what is missing, and who has less than nothing", () => {
		const balances = { r1: { alice: 60, bob: 100, carol: 100 } };
		const route = (minted: number) => ({ balances, routes: { "r1>r2": { locked: 40, minted } } });
		expect(broken("systems/bridge", route(0), ["always", "settled"])).toEqual([]);
		expect(broken("systems/bridge", route(50), ["always"])).toEqual([
			"mintedOnce: on r1>r2 40 were locked and 50 minted",
		]);
		expect(broken("systems/bridge", route(40), ["settled"])).toEqual([
			"supplyConserved: there were 300, and there are 260",
		]);
		const negative = { balances: { r1: { alice: -1, bob: 0, carol: 0 } }, routes: {} };
		expect(broken("systems/bridge", negative, ["always"])).toEqual(["noNegative: alice has -1 on r1"]);
	});
});

describe.each([
	["portfolio", PORTFOLIO_FLAWS],
	["bridge", BRIDGE_FLAWS],
])("the flaws of the %s as written", (name, flaws) => {
	it("are each shown by a property that is judged", () => {
		const invariants = Object.keys(builtIn(`systems/${name}`)?.invariants ?? {});
		const known = ["strong-convergence", "eventual-delivery", "durability"];
		known.push(...invariants.map((invariant) => `invariant:${invariant}`));
		for (const { property } of flaws) expect(known).toContain(property);
	});
});
