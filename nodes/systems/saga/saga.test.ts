/** Sagas: the right orchestrator holds whatever happens; the one as written does what its table of flaws says. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../../registry.ts";
import type { Json, ReplicaDefinition, VisibleUpdate } from "../../sdk/replica.ts";
import {
	CALM,
	crash,
	createNetwork,
	deliverOne,
	invoke,
	type Network,
	type Node,
	play,
	settle,
	start,
} from "../../sdk/testing/network.ts";
import { FLAWS as ORDER_FLAWS } from "../order/as-written.ts";
import { FLAWS as SAGA_FLAWS } from "./as-written.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const HARSH = {
	replicas: 4,
	keys: 6,
	drop: 0.2,
	duplicate: 0.2,
	reorder: 0.5,
	partitionChance: 0.02,
	snapshotChance: 0.02,
	clockSkewMs: 500,
	watch: true,
	reloadChance: 0.1,
};

function two(type: string): { network: Network; r1: Node; r2: Node } {
	const network = createNetwork(builtIn(type) as ReplicaDefinition, { ...CALM, replicas: 2, seed: 1 });
	return { network, r1: network.nodes[0] as Node, r2: network.nodes[1] as Node };
}

/** Asks for one call after another, a millisecond apart, and hands over all messages after each unless told not to. */
function ask({ network }: { network: Network }, node: Node, ...calls: string[]): void {
	for (const f of calls) {
		network.timeMs += 1;
		const value = f === "begin" ? { saga: "s", failsAt: null } : "s";
		expect(invoke(network, node, { f, value })).toMatchObject({ ok: true });
	}
}

function deliverAll(network: Network): void {
	while (network.inFlight.length > 0) deliverOne(network, true);
}

function broken(type: string, view: unknown): string[] {
	const invariants = Object.entries(builtIn(type)?.invariants ?? {});
	return invariants.flatMap(([name, invariant]) =>
		invariant.holds(view as Json, "r1") === true ? [] : [name],
	);
}

interface Shown {
	status: string;
	effects: Record<string, { done: number; undone: number }>;
}

function shown({ replica }: Node): Shown {
	const view = replica?.view() as Record<"s", Shown>;
	return view.s;
}

describe.each(["systems/saga", "systems/order"])("%s", (type) => {
	it.each(SEEDS)("agrees and keeps its invariants through faults and lost disks, seed %i", (seed) => {
		const loseDisk = seed % 2 === 0 ? 0.3 : 0;
		const options = { ...HARSH, crashChance: 0.01, loseDisk, seed };
		const network = createNetwork(builtIn(type) as ReplicaDefinition, options);
		for (let round = 0; round < 10; round++) {
			play(network, 60, 25);
			for (const { replica } of network.nodes) {
				if (replica !== null) expect(broken(type, replica.view())).toEqual([]);
			}
		}
		expect(settle(network)).toBe(true);
		expect(network.divergences).toEqual([]);
		const view = JSON.stringify(network.nodes[0]?.replica?.view());
		expect(view).toContain('"status":"compensat');
	});
});

describe("systems/saga", () => {
	const type = "systems/saga";

	it("does a step once that two orchestrators do at once, and one that a breakdown left without a note", () => {
		const nodes = two(type);
		ask(nodes, nodes.r1, "begin");
		deliverAll(nodes.network);
		ask(nodes, nodes.r1, "breakdown", "advance");
		ask(nodes, nodes.r2, "advance");
		deliverAll(nodes.network);
		expect(shown(nodes.r2).effects["first"]).toEqual({ done: 1, undone: 0 });
		crash(nodes.r1, "keep");
		start(nodes.network, nodes.r1);
		ask(nodes, nodes.r1, "advance", "advance");
		expect(shown(nodes.r1)).toMatchObject({
			status: "completed",
			effects: { third: { done: 1, undone: 0 } },
		});
	});

	it("undoes a step whose answer was lost, and tries until it is undone", () => {
		const nodes = two(type);
		ask(nodes, nodes.r1, "begin", "advance", "timeout");
		expect(invoke(nodes.network, nodes.r1, { f: "outage", value: "s" })).toMatchObject({
			ok: false,
			code: "conflict",
		});
		ask(nodes, nodes.r1, "breakdown", "advance", "advance");
		expect(shown(nodes.r1)).toEqual({
			status: "compensated",
			effects: {
				first: { done: 1, undone: 1 },
				second: { done: 1, undone: 1 },
				third: { done: 0, undone: 0 },
			},
		});
	});

	it("also undoes what another completed before it heard of the failure", () => {
		const nodes = two(type);
		ask(nodes, nodes.r1, "begin", "advance", "advance");
		deliverAll(nodes.network);
		ask(nodes, nodes.r1, "outage", "advance", "advance");
		ask(nodes, nodes.r2, "advance");
		expect([shown(nodes.r1).status, shown(nodes.r2).status]).toEqual(["compensated", "completed"]);
		deliverAll(nodes.network);
		expect(shown(nodes.r2).status).toBe("compensating");
		ask(nodes, nodes.r2, "advance");
		expect(shown(nodes.r2)).toMatchObject({
			status: "compensated",
			effects: { third: { done: 1, undone: 1 } },
		});
	});
});

describe("systems/saga-as-written", () => {
	const type = "systems/saga-as-written";

	it("does a step twice: two orchestrators at once, after a breakdown, after a crash", () => {
		const atOnce = two(type);
		ask(atOnce, atOnce.r1, "begin");
		deliverAll(atOnce.network);
		ask(atOnce, atOnce.r1, "advance");
		ask(atOnce, atOnce.r2, "advance");
		const breakdown = two(type);
		ask(breakdown, breakdown.r1, "begin", "breakdown", "advance");
		const crashed = two(type);
		ask(crashed, crashed.r1, "begin", "advance");
		crashed.network.inFlight.length = 0;
		crash(crashed.r1, "keep");
		start(crashed.network, crashed.r1);
		ask(crashed, crashed.r1, "advance");
		for (const nodes of [atOnce, breakdown, crashed]) {
			deliverAll(nodes.network);
			expect(broken(type, nodes.r1.replica?.view())).toEqual(["doneOnce"]);
		}
	});

	it("says that all is compensated when an answer was lost, and when a compensation failed", () => {
		for (const calls of [["timeout"], ["advance", "outage", "outage"]]) {
			const nodes = two(type);
			ask(nodes, nodes.r1, "begin", ...calls);
			expect(broken(type, nodes.r1.replica?.view())).toEqual(["compensatedWhole"]);
		}
	});

	it("undoes twice what two orchestrators undo at once and the call doesn't name", () => {
		const nodes = two(type);
		ask(nodes, nodes.r1, "begin", "advance", "advance", "outage");
		deliverAll(nodes.network);
		ask(nodes, nodes.r1, "advance");
		ask(nodes, nodes.r2, "advance");
		deliverAll(nodes.network);
		expect(shown(nodes.r1).effects["second"]).toEqual({ done: 1, undone: 2 });
		expect(broken(type, nodes.r1.replica?.view())).toEqual(["undoneOnce"]);
	});

	it("merges a compensated saga and one that went on to a compensated one with steps in effect", () => {
		const nodes = two(type);
		ask(nodes, nodes.r1, "begin", "advance");
		deliverAll(nodes.network);
		ask(nodes, nodes.r1, "outage", "advance");
		ask(nodes, nodes.r2, "advance");
		deliverAll(nodes.network);
		expect(shown(nodes.r2)).toMatchObject({
			status: "compensated",
			effects: { second: { done: 1, undone: 0 } },
		});
	});

	it("undoes the earlier step first where the clock stepped back, unlike what is demanded", () => {
		const nodes = two(type);
		ask(nodes, nodes.r1, "begin", "advance");
		nodes.r1.skewMs = -1000;
		ask(nodes, nodes.r1, "advance", "outage", "advance");
		const calls = ["begin", "advance", "advance", "outage", "advance"];
		const updates = calls.map((f, index): VisibleUpdate => {
			const value: Json = f === "begin" ? { saga: "s", failsAt: null } : "s";
			return { replica: "r1", number: index + 1, f, value, seen: { r1: index + 1 } };
		});
		const demanded = builtIn(type)?.specification?.(updates, { replicas: ["r1", "r2"], options: {} });
		expect(demanded).toMatchObject({ s: { effects: { first: { undone: 0 }, second: { undone: 1 } } } });
		expect(shown(nodes.r1).effects).toMatchObject({ first: { undone: 1 }, second: { undone: 0 } });
	});
});

describe("systems/order-as-written", () => {
	it("keeps the money of an order that it calls compensated, and restores stock twice", () => {
		const type = "systems/order-as-written";
		const value = { order: "s", item: "lamp", quantity: 2, amount: 20, failsAt: "ship" };
		const lost = two(type);
		invoke(lost.network, lost.r1, { f: "place", value });
		ask(lost, lost.r1, "advance", "timeout", "advance");
		expect(broken(type, lost.r1.replica?.view())).toEqual(["orderOrRefund"]);
		const both = two(type);
		invoke(both.network, both.r1, { f: "place", value });
		ask(both, both.r1, "advance", "advance", "advance", "advance");
		deliverAll(both.network);
		ask(both, both.r1, "advance");
		ask(both, both.r2, "advance");
		deliverAll(both.network);
		expect(broken(type, both.r2.replica?.view())).toEqual(["compensatedOnce", "stockConserved"]);
	});
});

describe("the tables of flaws", () => {
	it.each([
		["systems/saga-as-written", SAGA_FLAWS],
		["systems/order-as-written", ORDER_FLAWS],
	])("of %s name invariants that it declares", (type, flaws) => {
		const declared = Object.keys(builtIn(type)?.invariants ?? {}).map((name) => `invariant:${name}`);
		for (const { property } of flaws) {
			expect([...declared, "specification", "strong-convergence"]).toContain(property);
		}
	});
});
