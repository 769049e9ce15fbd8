/** Whole nodes in this process, with a proxy on every lane that delays, swallows, refuses and cuts. */
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Json, Manifest } from "../replica.ts";
import { type Cluster, startCluster, until } from "../testing/cluster.ts";
import type { LaneProxy } from "../testing/lane-proxy.ts";
import { logSet } from "../testing/log-set.ts";
import { encodeFrame } from "../wire.ts";

const ADDS = 60;

function twoNodes(manifest: Partial<Manifest> = {}, options: Record<string, Json> = { showHanded: true }) {
	const delivers = { order: "any", duplicates: true, durable: false, ...manifest } as const;
	return startCluster({ definition: logSet({ delivers }), replicas: ["r1", "r2"], options });
}

/** @returns the number of the last update */
async function addMany(cluster: Cluster, count = ADDS, from = 0): Promise<number> {
	let last = 0;
	for (let i = 0; i < count; i += 1) last = (await cluster.add("r1", from + i)).body.update;
	return last;
}

function lanesTo(cluster: Cluster): [LaneProxy, LaneProxy] {
	const [first, second] = cluster.lanes.get("r1->r2") ?? [];
	if (first === undefined || second === undefined) throw new Error("two lanes expected");
	return [first, second];
}

function linkUp(cluster: Cluster): Promise<unknown> {
	return until("both lanes have carried a message, and all have arrived", async () => {
		const { update } = (await cluster.add("r1", "first")).body;
		const lanes = new Set((await messages(cluster)).map((message) => message.lane));
		return lanes.size === 2 && (await cluster.call("r2", "GET", "/state")).body.delivered["r1"] === update;
	});
}

async function handed(cluster: Cluster): Promise<number[]> {
	const { view } = (await cluster.call("r2", "GET", "/state")).body;
	return view.map((name) => (typeof name === "string" ? Number(name.replace("r1:", "")) : Number.NaN));
}

async function messages(cluster: Cluster) {
	const { entries } = (await cluster.call("r2", "GET", "/journal?after=0")).body;
	return entries.flatMap((entry) => entry.message ?? []);
}

async function counters(cluster: Cluster) {
	const counts = (await cluster.call("r1", "GET", "/health")).body.links["r2"];
	if (counts === undefined) throw new Error("r1 has no link to r2");
	return counts;
}

function untilDelivered(cluster: Cluster, atLeast: number): Promise<unknown> {
	return until(`r2 delivered ${atLeast} updates`, async () => {
		return ((await cluster.call("r2", "GET", "/state")).body.delivered["r1"] ?? 0) >= atLeast;
	});
}

describe("a link", () => {
	it("spreads messages over its lanes, so that a slower lane makes them overtake one another", async () => {
		await using cluster = await twoNodes();
		await linkUp(cluster);
		lanesTo(cluster)[1].delayMs = 40;
		await untilDelivered(cluster, await addMany(cluster));
		const received = await messages(cluster);
		expect(received.filter((message) => message.overtaken).length).toBeGreaterThan(10);
		expect(new Set(received.map((message) => message.lane))).toEqual(new Set([0, 1]));
		expect(await handed(cluster)).not.toEqual((await handed(cluster)).toSorted((a, b) => a - b));
	});

	it("sends again what was not acknowledged, which makes duplicates where only the way back is cut", async () => {
		await using cluster = await twoNodes();
		await linkUp(cluster);
		lanesTo(cluster)[0].swallowBack = true;
		await addMany(cluster, 20);
		await until("duplicates were noted", async () => (await messages(cluster)).some((m) => m.duplicate));
		expect((await counters(cluster)).resent).toBeGreaterThan(0);
		expect(new Set(await handed(cluster)).size).toBeLessThan((await handed(cluster)).length);
	});

	it("loses nothing when a lane is cut again and again", async () => {
		await using cluster = await twoNodes();
		await linkUp(cluster);
		const lanes = lanesTo(cluster);
		let last = 0;
		for (let round = 0; round < 6; round += 1) {
			last = await addMany(cluster, 10, round * 10);
			lanes[round % 2]?.cut();
		}
		await untilDelivered(cluster, last);
		expect((await counters(cluster)).givenUp).toBe(0);
	});

	it("keeps messages for a peer that refuses connections, and sends them when it no longer does", async () => {
		await using cluster = await twoNodes();
		await linkUp(cluster);
		const before = (await counters(cluster)).sent;
		for (const lane of lanesTo(cluster)) {
			lane.refuse = true;
			lane.cut();
		}
		await addMany(cluster, 20);
		// Long enough for every lane to be accepted and closed again a few times.
		await sleep(300);
		expect((await handed(cluster)).length).toBeLessThanOrEqual(before);
		for (const lane of lanesTo(cluster)) lane.refuse = false;
		await untilDelivered(cluster, before + 20);
		expect((await counters(cluster)).givenUp).toBe(0);
	});

	it("gives a message up after its attempts, and counts it", async () => {
		await using cluster = await twoNodes();
		await linkUp(cluster);
		for (const lane of lanesTo(cluster)) lane.swallowBack = true;
		await addMany(cluster, 5);
		await until("messages were given up", async () => (await counters(cluster)).givenUp >= 5);
	});
});

describe("the manifest", () => {
	it("keeps duplicates from a replica that does not withstand them", async () => {
		await using cluster = await twoNodes({ duplicates: false });
		await linkUp(cluster);
		lanesTo(cluster)[0].swallowBack = true;
		const last = await addMany(cluster, 20);
		await until("duplicates were noted", async () => (await messages(cluster)).some((m) => m.duplicate));
		await untilDelivered(cluster, last);
		const numbers = await handed(cluster);
		expect(new Set(numbers).size).toBe(numbers.length);
	});

	it("keeps the order of a link for a fifo replica, whatever the lanes do", async () => {
		await using cluster = await twoNodes({ order: "fifo", duplicates: false });
		await linkUp(cluster);
		lanesTo(cluster)[1].delayMs = 30;
		await addMany(cluster);
		lanesTo(cluster)[0].cut();
		await untilDelivered(cluster, await addMany(cluster, 10, ADDS));
		expect((await messages(cluster)).some((message) => message.overtaken)).toBe(true);
		const numbers = await handed(cluster);
		expect(numbers).toEqual(numbers.map((_, i) => i + 1));
	});
});

describe("the peer port", () => {
	it("closes connections that bring garbage and goes on", async () => {
		await using cluster = await twoNodes({}, {});
		await linkUp(cluster);
		const hello = encodeFrame({ kind: "hello", from: "r1", incarnation: 0, lane: 0 });
		const stranger = encodeFrame({ kind: "hello", from: "mallory", incarnation: 0, lane: 0 });
		const early = encodeFrame({ kind: "ack", sequence: 1 });
		for (const bytes of [
			Buffer.from("GET / HTTP/1.1\r\n\r\n"),
			stranger,
			early,
			Buffer.concat([hello, early]),
		]) {
			await new Promise<void>((resolve) => {
				const socket = createConnection(cluster.node("r2").listen.port, "127.0.0.1", () =>
					socket.write(bytes),
				);
				socket.resume();
				socket.on("close", () => resolve());
			});
		}
		expect(cluster.warnings.length).toBe(4);
		expect(cluster.fatal).toEqual([]);
		await untilDelivered(cluster, await addMany(cluster, 3));
	});
});
