import { describe, expect, it } from "vitest";
import { gCounter } from "../types/g-counter.ts";
import { gSet } from "../types/g-set.ts";
import { checkFanout, drawPeers } from "./fanout.ts";
import type { Effects, Json, Replica, ReplicaDefinition } from "./replica.ts";

/** Nodes whose messages arrive at once, in rounds of ticks; every `lossOneIn`-th is lost. */
function startGroup(definition: ReplicaDefinition, count: number, options: Record<string, Json>) {
	const ids = Array.from({ length: count }, (_, index) => `r${index + 1}`);
	const inFlight: { from: string; to: string; message: unknown }[] = [];
	const group = { sent: 0, lossOneIn: Infinity };
	let state = 1;
	const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
	const replicas = new Map<string, Replica>();
	for (const id of ids) {
		const context = { id, replicas: ids, incarnation: 0, options, now: () => 0, random };
		replicas.set(id, definition.create(context, { snapshot: null, records: [] }));
	}
	const effectsOf = (from: string): Effects => ({
		send(to, message) {
			group.sent += 1;
			if (group.sent % group.lossOneIn !== 0) inFlight.push({ from, to, message });
		},
		persist: () => {},
		deliver: () => {},
	});
	const at = (id: string) => replicas.get(id) as Replica;
	return Object.assign(group, {
		random,
		add: (id: string, value: Json) =>
			at(id).invoke({ id: `${id} ${String(group.sent)}`, f: "add", value }, effectsOf(id)),
		round() {
			for (const id of ids) at(id).tick(effectsOf(id));
			for (const { from, to, message } of inFlight.splice(0)) at(to).receive(from, message, effectsOf(to));
		},
		views: () => new Set(ids.map((id) => JSON.stringify(at(id).view()))),
	});
}

describe("the option fanout", () => {
	it.each([
		["g-counter", gCounter, 3],
		["g-set (of deltas without it)", gSet, "x"],
	])("brings an update of a %s to 60 replicas with a few messages each", (_, definition, value) => {
		const group = startGroup(definition, 60, { fanout: 3 });
		group.add("r1", value);
		for (let round = 0; round < 45; round++) group.round();
		expect(group.views().size).toBe(1);
		// Rumours go to 3 each; what they missed is asked for once per heartbeat.
		expect(group.sent).toBeLessThan(60 * 3 * 4);
	});

	it("finds what was lost at a heartbeat, and is silent in between", () => {
		const group = startGroup(gCounter, 20, { fanout: 2 });
		group.lossOneIn = 1;
		group.add("r7", 5);
		group.round();
		expect([group.sent, group.views().size]).toEqual([2, 2]);
		group.lossOneIn = Infinity;
		for (let round = 1; round < 39; round++) group.round();
		expect(group.sent).toBe(2);
		for (let round = 39; round < 200; round++) group.round();
		expect(group.views()).toEqual(new Set(["5"]));
	});

	it("draws different peers, never itself, and all where the fanout asks for more than there are", () => {
		const { random } = startGroup(gCounter, 1, {});
		const replicas = ["r1", "r2", "r3", "r4"];
		const context = { id: "r2", replicas, incarnation: 0, options: {}, now: () => 0, random };
		for (let draw = 0; draw < 100; draw++) {
			expect(new Set(drawPeers(context, 2)).size).toBe(2);
			expect(drawPeers(context, 9).sort()).toEqual(["r1", "r3", "r4"]);
		}
		expect(drawPeers({ ...context, replicas: ["r2"] }, 3)).toEqual([]);
	});

	it("must be a whole number of at least 1", () => {
		expect(checkFanout({ fanout: 0 })).toMatch(/at least 1, found 0/);
		expect(gCounter.checkOptions?.({ fanout: "3" })).toMatch(/found "3"/);
		expect([checkFanout({}), checkFanout({ fanout: 3 })]).toEqual([null, null]);
	});
});
