import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "./control-server.ts";
import { listenOn } from "./listen.ts";
import { type Cluster, startCluster, until } from "./testing/cluster.ts";
import { logSet } from "./testing/log-set.ts";

async function untilEqualViews(cluster: Cluster, ids: string[], size: number): Promise<void> {
	await until(`${ids.join(", ")} show the same ${size} elements`, async () => {
		const views = await Promise.all(
			ids.map(async (id) => (await cluster.call(id, "GET", "/state")).body.view),
		);
		const texts = views.map((view) => JSON.stringify(view.map((item) => JSON.stringify(item)).sort()));
		return views[0]?.length === size && new Set(texts).size === 1;
	});
}

describe("three nodes", () => {
	it("converge over two lanes a link and say what they had delivered", async () => {
		await using cluster = await startCluster({ definition: logSet(), replicas: ["r1", "r2", "r3"] });
		expect((await cluster.call("r1", "GET", "/health")).status).toBe(200);
		for (let i = 0; i < 20; i += 1) {
			const reply = await cluster.add(`r${(i % 3) + 1}`, i);
			expect(reply).toMatchObject({ status: 200, body: { update: Math.floor(i / 3) + 1 } });
		}
		await untilEqualViews(cluster, ["r1", "r2", "r3"], 20);
		const state = await cluster.call("r2", "GET", "/state");
		expect(state.body.delivered).toEqual({ r1: 7, r2: 7, r3: 6 });
		const journal = (await cluster.call("r2", "GET", "/journal?after=0")).body;
		const delivered = journal.entries.flatMap((entry) => entry.deliver ?? []);
		expect(new Set(delivered).size).toBe(20);
		expect(journal.entries.map((entry) => entry.n)).toEqual(
			Array.from({ length: journal.next }, (_, i) => i + 1),
		);
		expect(journal.dropped).toBe(0);
		const labels = journal.entries.flatMap((entry) => entry.message?.label ?? []);
		expect(labels).toContain("update r1:7");
		expect(cluster.fatal).toEqual([]);
	});
});

describe("a node", () => {
	it("keeps -0, big floats, deep values and long texts as they are on their way through log and wire", async () => {
		await using cluster = await startCluster({ definition: logSet(), replicas: ["r1", "r2"] });
		const values = ["-0", "9007199254740993", "1e300", '"\\u0000é😀"', '{"a":[{"b":[null,true]}]}'];
		for (const [i, text] of values.entries()) {
			const body = `{"id":"x-${i}","f":"add","value":${text}}`;
			expect((await cluster.call("r1", "POST", "/operation", body)).status).toBe(200);
		}
		await untilEqualViews(cluster, ["r1", "r2"], values.length);
		expect((await cluster.call("r2", "GET", "/state")).body.view).toContainEqual({ $number: "-0" });
	});

	it("answers mistakes with 4xx and a replica that throws with 500", async () => {
		await using cluster = await startCluster({ definition: logSet(), replicas: ["r1"] });
		const post = (body: unknown) => cluster.call("r1", "POST", "/operation", body);
		expect((await cluster.call("r1", "GET", "/nowhere")).status).toBe(404);
		expect((await post("{")).status).toBe(400);
		expect((await post("[]")).status).toBe(400);
		expect((await post({ id: "a" })).status).toBe(400);
		expect((await post('{"id":"a","f":"add","value":{"__proto__":1}}')).body.error.message).toContain(
			"__proto__",
		);
		expect((await post('{"id":"a","f":"add","value":"\\ud800"}')).status).toBe(400);
		expect((await post({ id: "a", f: "add", value: "x".repeat(MAX_BODY_BYTES) })).status).toBe(413);
		expect(await post({ id: "a", f: "nonsense" })).toMatchObject({
			status: 422,
			body: { error: { code: "unknown-operation", message: "no operation nonsense" } },
		});
		expect((await post({ id: "a", f: "conflict" })).status).toBe(409);
		expect(await post({ id: "a", f: "throw" })).toMatchObject({ status: 500 });
		expect((await cluster.call("r1", "GET", "/journal?after=x")).status).toBe(400);
		expect((await cluster.call("r1", "GET", "/state")).body).toEqual({ view: [], delivered: {} });
	});

	it("shows its replica the skewed clock, and the journal the true one", async () => {
		await using cluster = await startCluster({ definition: logSet(), replicas: ["r1"] });
		expect((await cluster.call("r1", "POST", "/clock", { offsetMs: -300_000, drift: 0 })).status).toBe(204);
		const seen = (await cluster.call("r1", "POST", "/operation", { id: "a", f: "clock" })).body.value;
		const real = (await cluster.call("r1", "GET", "/journal?after=0")).body.now;
		expect(real - seen).toBeGreaterThan(299_999);
		expect(real - seen).toBeLessThan(302_000);
		expect((await cluster.call("r1", "POST", "/clock", { offsetMs: "x" })).status).toBe(400);
	});

	it("draws the same random numbers from the same seed, others in the next incarnation", async () => {
		async function draws(incarnation: number): Promise<number[]> {
			await using cluster = await startCluster({ definition: logSet(), replicas: ["r1"] });
			await cluster.stop("r1");
			await cluster.start("r1", incarnation);
			const numbers: number[] = [];
			for (let i = 0; i < 3; i += 1) {
				numbers.push(
					(await cluster.call("r1", "POST", "/operation", { id: `${i}`, f: "random" })).body.value,
				);
			}
			return numbers;
		}
		const first = await draws(0);
		expect(await draws(0)).toEqual(first);
		expect(await draws(1)).not.toEqual(first);
	});

	it("takes over where it stopped, from records or from a snapshot", async () => {
		for (const snapshots of [false, true]) {
			await using cluster = await startCluster({
				definition: logSet(),
				replicas: ["r1"],
				options: { snapshots },
			});
			for (let batch = 0; batch < 21; batch += 1) {
				await Promise.all(Array.from({ length: 50 }, (_, i) => cluster.add("r1", batch * 50 + i)));
			}
			await cluster.stop("r1");
			await cluster.start("r1", 1);
			const state = (await cluster.call("r1", "GET", "/state")).body;
			expect(state.view.length).toBe(1050);
			expect((await cluster.add("r1", "next")).body.update).toBe(1051);
		}
	});

	it("waits a moment for a port that is still taken", async () => {
		const taken = createServer();
		await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
		const { port } = taken.address() as AddressInfo;
		const late = createServer();
		setTimeout(() => taken.close(), 150);
		expect(await listenOn(late, { host: "127.0.0.1", port }, "PAKKA_LISTEN")).toEqual({
			host: "127.0.0.1",
			port,
		});
		late.close();
		await expect(listenOn(createServer(), { host: "203.0.113.1", port: 1 }, "PAKKA_LISTEN")).rejects.toThrow(
			/PAKKA_LISTEN 203.0.113.1:1 can't be bound/,
		);
	});
});
