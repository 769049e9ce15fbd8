import { expect, it } from "vitest";
import { builtIn } from "../../../nodes/registry.ts";
import { defineReplica, type Manifest } from "../../../nodes/sdk/replica.ts";
import { createCluster, type ReplicaDefinition, type SimMessage } from "./cluster.ts";

const HONEST: Manifest = { order: "any", duplicates: true, durable: true };

/** Remembers what it was handed and what it accepted, on its disk too; every step tells all peers. */
function diary(delivers: Manifest = HONEST): ReplicaDefinition {
	return defineReplica({
		type: "diary",
		delivers,
		operations: {},
		tickMs: 10,
		create(context, persisted) {
			const lines = [...(persisted.records as string[])];
			const write = (line: string) => lines.push(line);
			return {
				invoke(operation, effects) {
					write(operation.value as string);
					effects.persist(operation.value);
					effects.deliver(context.id, lines.length);
					for (const id of context.replicas) effects.send(id, operation.value, `update ${lines.length}`);
					if (operation.f === "throw") throw new Error("on purpose");
					return { ok: true, update: lines.length };
				},
				receive(from, message, effects) {
					write(`${from}:${String(message)}`);
					effects.persist(`${from}:${String(message)}`);
				},
				tick: (effects) => effects.send(context.replicas[0] as string, "tick"),
				view: () => lines,
			};
		},
	});
}

function start(definition: ReplicaDefinition, count = 3) {
	const sent: SimMessage[] = [];
	const delivered: string[] = [];
	const cluster = createCluster({
		definition,
		ids: Array.from({ length: count }, (_, index) => `r${index + 1}`),
		options: {},
		now: () => 0,
		random: () => 0.5,
		onSend: (message) => sent.push(message),
		onDeliver: (index, origin, number) => delivered.push(`${index} ${origin}:${number}`),
	});
	const write = (index: number, value: string) => cluster.invoke(index, { id: value, f: "write", value });
	return { cluster, sent, delivered, write };
}

it("numbers messages by link and life, labelled ones by link over all lives", () => {
	const { cluster, sent, write } = start(diary());
	write(1, "a");
	cluster.tick(1);
	cluster.crash(1, "keep");
	cluster.start(1);
	write(1, "b");
	const toFirst = sent.filter(({ to }) => to === 0);
	expect(toFirst.map(({ incarnation, sequence, number }) => [incarnation, sequence, number])).toEqual([
		[0, 1, 1],
		[0, 2, 0],
		[1, 1, 2],
	]);
});

it("lets out nothing of a held step before it is synced, and loses it whole when it is torn", () => {
	const { cluster, sent, delivered, write } = start(diary());
	write(0, "synced");
	sent.length = delivered.length = 0;
	cluster.hold(0);
	write(0, "torn");
	expect([sent, delivered, cluster.isWaiting(0)]).toEqual([[], [], true]);
	cluster.crash(0, "torn");
	cluster.start(0);
	expect(cluster.view(0)).toEqual(["synced"]);
	cluster.hold(0);
	write(0, "again");
	cluster.sync(0);
	expect([sent.length, delivered, cluster.isWaiting(0)]).toEqual([2, ["0 r1:2"], false]);
	cluster.crash(0, "torn");
	cluster.start(0);
	expect(cluster.view(0)).toEqual(["synced", "again"]);
});

it("keeps what was written but not synced when only the process dies, and nothing when the disk is lost", () => {
	const { cluster, write } = start(diary());
	cluster.hold(0);
	write(0, "a");
	cluster.crash(0, "keep");
	cluster.start(0);
	expect(cluster.view(0)).toEqual(["a"]);
	cluster.crash(0, "lose");
	cluster.start(0);
	expect([cluster.view(0), cluster.nodes[0]?.incarnation]).toEqual([[], 2]);
});

it("does nothing for a step that throws", () => {
	const { cluster, sent, delivered } = start(diary());
	expect(() => cluster.invoke(0, { id: "x", f: "throw", value: "x" })).toThrow("on purpose");
	expect([sent, delivered]).toEqual([[], []]);
	cluster.crash(0, "keep");
	cluster.start(0);
	expect(cluster.view(0)).toEqual([]);
});

it("never hands over a message twice where the manifest forbids it", () => {
	const { cluster, sent, write } = start(diary({ ...HONEST, duplicates: false }));
	write(0, "a");
	const [message] = sent as [SimMessage];
	expect([cluster.deliver(message), cluster.deliver(message)]).toEqual([true, false]);
	expect(cluster.arrival(message)).toBe("late");
});

it("keeps the order of a link where the manifest asks for it, and gives up what was overtaken", () => {
	const { cluster, sent, write } = start(diary({ ...HONEST, order: "fifo" }));
	for (const value of ["a", "b", "c"]) write(0, value);
	const [a, b, c] = sent.filter(({ to }) => to === 1) as [SimMessage, SimMessage, SimMessage];
	expect([a, b, c].map((message) => cluster.arrival(message))).toEqual(["ready", "early", "early"]);
	expect([cluster.deliver(b), cluster.deliver(a), cluster.deliver(c)]).toEqual([true, false, true]);
	expect(cluster.view(1)).toEqual(["r1:b", "r1:c"]);
});

it("keeps causal order across links where the manifest asks for it", () => {
	const { cluster, sent, write } = start(diary({ ...HONEST, order: "causal" }));
	write(0, "cause");
	const [toSecond, toThird] = sent as [SimMessage, SimMessage];
	cluster.deliver(toSecond);
	write(1, "effect");
	const effect = sent.find(({ from, to }) => from === 1 && to === 2) as SimMessage;
	expect(cluster.arrival(effect)).toBe("early");
	expect(cluster.arrival(toThird)).toBe("ready");
	cluster.deliver(effect);
	expect([cluster.arrival(toThird), cluster.deliver(toThird)]).toEqual(["late", false]);
});

it("carries the built-in types to agreement", () => {
	const definition = builtIn("or-set") as ReplicaDefinition;
	const { cluster, sent } = start(definition);
	for (const [index, value] of ["x", "y", "z"].entries())
		cluster.invoke(index, { id: value, f: "add", value });
	for (let message = sent.shift(); message !== undefined; message = sent.shift()) cluster.deliver(message);
	expect(cluster.view(0)).toHaveLength(3);
	expect(cluster.delivered(0)).toEqual(cluster.delivered(2));
	expect(new Set(cluster.view(1) as string[])).toEqual(new Set(cluster.view(2) as string[]));
	expect(cluster.pending(1)).toBe(0);
	cluster.dispose();
	expect(cluster.nodes.every(({ replica }) => replica === null)).toBe(true);
});
