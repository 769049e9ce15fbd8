/** What happens to the data, with and without toxics: one suite for the embedded and the real server. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Peer, pass, until } from "./testing/peers.ts";
import { Scene } from "./testing/scene.ts";
import { flavours, freePort, type ServerUnderTest } from "./testing/servers.ts";

const BIG_BYTES = 4 * 1024 * 1024;
/** How much too early (clocks of two processes) and too late (a busy machine) a delay may be. */
const EARLY_MS = 3;
const LATE_MS = 300;

function expectDelay(foundMs: number, wantedMs: number): void {
	expect(foundMs).toBeGreaterThanOrEqual(wantedMs - EARLY_MS);
	expect(foundMs).toBeLessThan(wantedMs + LATE_MS);
}

async function sendAndTime(from: Peer, to: Peer, text: string): Promise<number> {
	const sentAtMs = performance.now();
	from.socket.write(text);
	return (await to.received(text)) - sentAtMs;
}

describe.each(flavours())("data through $name", ({ available, start }) => {
	let server: ServerUnderTest;
	beforeAll(async () => {
		if (available) server = await start();
	});
	afterAll(async () => {
		await server?.[Symbol.asyncDispose]();
	});
	const test = it.skipIf(!available);
	const scene = (options = {}): Promise<Scene> => Scene.start(server.url, options);

	describe("without toxics", () => {
		test("passes both ways, in several parts", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			client.socket.write("hello ");
			await server.received("hello ");
			client.socket.write("world");
			await server.received("hello world");
			server.socket.write("and back");
			await client.received("and back");
		});

		test("passes megabytes unchanged", async () => {
			await using proxy = await scene({ echo: true });
			const { client } = await proxy.connect();
			const sent = randomBytes(BIG_BYTES);
			client.socket.write(sent);
			await until(() => client.sizeBytes === BIG_BYTES, "all of it");
			expect(Buffer.concat(client.chunks.map(({ data }) => data)).equals(sent)).toBe(true);
		});

		test("ends the other side after all data when one side ends, and keeps no half-open connection", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			client.socket.end("last words");
			expect(await server.end()).toBe("fin");
			expect(server.text).toBe("last words");
			expect(await client.end()).toBe("fin");
		});

		test("ends the client after all data when the upstream ends", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			server.socket.end("bye");
			expect(await client.end()).toBe("fin");
			expect(client.text).toBe("bye");
		});

		test("turns a client's RST into a FIN", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			client.socket.resetAndDestroy();
			expect(await server.end()).toBe("fin");
		});

		test("accepts and then closes a client whose upstream is down", async () => {
			await using proxy = await scene();
			await proxy.api.updateProxy(proxy.name, { upstream: `127.0.0.1:${await freePort()}` });
			const client = await proxy.dial();
			expect(await client.end()).toBe("fin");
		});

		test("does the same when the upstream is no address", async () => {
			await using proxy = await scene();
			await proxy.api.updateProxy(proxy.name, { upstream: "nonsense" });
			const client = await proxy.dial();
			expect(await client.end()).toBe("fin");
		});

		test("closes both sides and refuses new clients when disabled, and is back on its port when enabled", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			await proxy.api.updateProxy(proxy.name, { enabled: false });
			await client.end();
			await server.end();
			await expect(proxy.dial()).rejects.toThrow("ECONNREFUSED");
			await proxy.api.updateProxy(proxy.name, { enabled: true });
			const again = await proxy.connect();
			again.client.socket.write("back");
			await again.server.received("back");
		});

		test("drops connections when the upstream changes, and leads to the new one", async () => {
			await using proxy = await scene();
			await using other = await Scene.start(server.url, {}, "other");
			const { client } = await proxy.connect();
			await proxy.api.updateProxy(proxy.name, { upstream: other.upstream.address });
			await client.end();
			const moved = await proxy.dial();
			moved.socket.write("new");
			await (await other.upstream.peer()).received("new");
		});

		test("stops reading a client whose upstream does not read, and loses nothing", async () => {
			await using proxy = await scene({ read: false });
			const { client, server } = await proxy.connect();
			const block = Buffer.alloc(1024 * 1024, "x");
			for (let count = 0; count < 30; count++) client.socket.write(block);
			await pass(100);
			expect(client.socket.writableLength).toBeGreaterThan(0);
			server.socket.resume();
			const total = client.socket.bytesWritten;
			await until(() => server.sizeBytes === total, "all that was sent");
		});
	});

	describe("latency", () => {
		test("delays one direction of live connections", async () => {
			await using proxy = await scene({ echo: false });
			const { client, server } = await proxy.connect();
			await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 200 } });
			expectDelay(await sendAndTime(client, server, "slow"), 200);
			expect(await sendAndTime(server, client, "fast")).toBeLessThan(190);
		});

		test("keeps order, and the delay of each chunk, with many in flight", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 60 } });
			const { client, server } = await proxy.connect();
			const startMs = performance.now();
			let sent = "";
			for (let index = 0; index < 40; index++) {
				sent += `${index};`;
				client.socket.write(`${index};`);
				await pass(1);
			}
			const sendingMs = performance.now() - startMs;
			expectDelay((await server.received(sent)) - startMs, 60);
			expect(server.text).toBe(sent);
			expect((server.chunks[0]?.atMs ?? 0) - startMs).toBeLessThan(60 + LATE_MS);
			expect((server.chunks.at(-1)?.atMs ?? 0) - startMs).toBeLessThan(60 + sendingMs + LATE_MS);
		});

		test("keeps jitter within its bounds", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 30, jitter: 20 } });
			const { client, server } = await proxy.connect();
			const times: number[] = [];
			for (let index = 0; index < 12; index++) times.push(await sendAndTime(client, server, `<${index}>`));
			expect(Math.min(...times)).toBeGreaterThanOrEqual(10 - EARLY_MS);
			expect(Math.max(...times)).toBeLessThan(50 + LATE_MS);
			expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(3);
		});

		test("adds up over several toxics", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ name: "a", type: "latency", stream: "upstream", attributes: { latency: 40 } });
			await proxy.addToxic({ name: "b", type: "latency", stream: "upstream", attributes: { latency: 50 } });
			const { client, server } = await proxy.connect();
			expectDelay(await sendAndTime(client, server, "twice"), 90);
		});

		test("makes the end of the stream wait behind what is held", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 100 } });
			const { client, server } = await proxy.connect();
			const sentAtMs = performance.now();
			client.socket.end("held");
			await server.end();
			expect(server.text).toBe("held");
			expectDelay(server.endedAtMs - sentAtMs, 100);
		});

		test("holds for ever what an update or removal then releases in order, whole", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			for (const release of [
				() => proxy.updateToxic({ attributes: { latency: 1 } }),
				() => proxy.removeToxic(),
				() => proxy.api.reset(),
			]) {
				await proxy.api.reset();
				await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 1e9 } });
				const before = server.text;
				let sent = "";
				for (let index = 0; index < 20; index++) {
					sent += `${index},`;
					client.socket.write(`${index},`);
					await pass(1);
				}
				await pass(30);
				expect(server.text).toBe(before);
				await release();
				await server.received(before + sent);
			}
		});
	});

	describe("bandwidth", () => {
		test("lets its rate through", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "bandwidth", stream: "upstream", attributes: { rate: 100 } });
			const { client, server } = await proxy.connect();
			const sentAtMs = performance.now();
			client.socket.write(Buffer.alloc(40_000));
			await until(() => server.sizeBytes === 40_000, "40 KB");
			expectDelay(performance.now() - sentAtMs, 400);
			expect(server.chunks.length).toBeGreaterThan(2);
		});

		test("flushes the chunk in hand when it is updated", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "bandwidth", stream: "upstream", attributes: { rate: 1 } });
			const { client, server } = await proxy.connect();
			client.socket.write(Buffer.alloc(20_000));
			await pass(30);
			await proxy.updateToxic({ attributes: { rate: 1_000 } });
			await until(() => server.sizeBytes === 20_000, "20 KB at once");
		});

		test("stalls at rate 0, also the end behind the data, until it is removed", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "bandwidth", stream: "upstream", attributes: { rate: 0 } });
			const { client, server } = await proxy.connect();
			client.socket.end("stuck");
			await pass(250);
			expect(server.text).toBe("");
			expect(server.ended).toBe("open");
			await proxy.removeToxic();
			expect(await server.end()).toBe("fin");
			expect(server.text).toBe("stuck");
		});
	});

	describe("slow_close", () => {
		test("delays the end only", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "slow_close", stream: "upstream", attributes: { delay: 300 } });
			const { client, server } = await proxy.connect();
			const sentAtMs = performance.now();
			client.socket.end("data");
			expect((await server.received("data")) - sentAtMs).toBeLessThan(290);
			await server.end();
			expectDelay(server.endedAtMs - sentAtMs, 300);
		});

		test("closes at once when it is removed meanwhile", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "slow_close", stream: "upstream", attributes: { delay: 60_000 } });
			const { client, server } = await proxy.connect();
			client.socket.end("data");
			await server.received("data");
			await proxy.removeToxic();
			expect(await server.end()).toBe("fin");
		});
	});

	describe("timeout", () => {
		test("drops data and closes when no chunk has come for its time", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			await proxy.addToxic({ type: "timeout", stream: "upstream", attributes: { timeout: 400 } });
			let lastSentAtMs = 0;
			for (let index = 0; index < 4; index++) {
				client.socket.write("lost");
				lastSentAtMs = performance.now();
				await pass(50);
			}
			await server.end();
			expectDelay(server.endedAtMs - lastSentAtMs, 400);
			expect(server.text).toBe("");
			expect(await client.end()).toBe("fin");
		});

		test("of 0 drops for ever, lets the other direction and the end through", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "timeout", stream: "upstream", attributes: { timeout: 0 } });
			const { client, server } = await proxy.connect();
			client.socket.write("lost");
			server.socket.write("other way");
			await client.received("other way");
			await pass(50);
			expect(server.ended).toBe("open");
			client.socket.end();
			expect(await server.end()).toBe("fin");
			expect(server.text).toBe("");
		});

		test.each(["removeToxic", "reset"] as const)("closes its connections on %s", async (how) => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "timeout", stream: "upstream", attributes: { timeout: 0 } });
			const { client, server } = await proxy.connect();
			client.socket.write("lost");
			await (how === "reset" ? proxy.api.reset() : proxy.removeToxic());
			await client.end();
			await server.end();
			const fresh = await proxy.connect();
			await sendAndTime(fresh.client, fresh.server, "fresh ones work");
		});
	});

	describe("reset_peer", () => {
		test.each(["upstream", "downstream"] as const)("resets new connections, %s", async (stream) => {
			await using proxy = await scene({ echo: true });
			await proxy.addToxic({ type: "reset_peer", stream, attributes: { timeout: 80 } });
			const { client } = await proxy.connect();
			const sentAtMs = performance.now();
			client.socket.write("dropped");
			expect(await client.end()).toBe("rst");
			expectDelay(client.endedAtMs - sentAtMs, 80);
			expect(client.text).toBe("");
		});

		test("closes connections that were there before with FIN", async () => {
			await using proxy = await scene();
			const { client, server } = await proxy.connect();
			await proxy.addToxic({ type: "reset_peer", stream: "upstream", attributes: { timeout: 0 } });
			client.socket.write("dropped");
			expect(await client.end()).toBe("fin");
			expect(server.text).toBe("");
		});
	});

	describe("slicer", () => {
		test("cuts data into pieces near the average, apart in time, and loses none", async () => {
			await using proxy = await scene();
			const attributes = { average_size: 100, size_variation: 20, delay: 25_000 };
			await proxy.addToxic({ type: "slicer", stream: "upstream", attributes });
			const { client, server } = await proxy.connect();
			const sent = randomBytes(800);
			const sentAtMs = performance.now();
			client.socket.write(sent);
			await until(() => server.sizeBytes === 800, "all pieces");
			expect(Buffer.concat(server.chunks.map(({ data }) => data)).equals(sent)).toBe(true);
			// On a busy machine some pieces are read together, but hardly half of them.
			const sizes = server.chunks.map(({ data }) => data.length).sort((a, b) => a - b);
			expect(sizes.length).toBeGreaterThanOrEqual(4);
			expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(120);
			expect(performance.now() - sentAtMs).toBeGreaterThanOrEqual(6 * 25);
		});
	});

	describe("limit_data", () => {
		test("passes so many bytes, then closes", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "limit_data", stream: "upstream", attributes: { bytes: 10 } });
			const { client, server } = await proxy.connect();
			client.socket.write("1234567");
			await server.received("1234567");
			client.socket.write("890abc");
			expect(await server.end()).toBe("fin");
			expect(server.text).toBe("1234567890");
			await client.end();
		});

		test("keeps the count when it is updated", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "limit_data", stream: "upstream", attributes: { bytes: 100 } });
			const { client, server } = await proxy.connect();
			client.socket.write("12345");
			await server.received("12345");
			await proxy.updateToxic({ attributes: { bytes: 8 } });
			client.socket.write("67890");
			await server.end();
			expect(server.text).toBe("12345678");
		});

		test("of 0 closes at the first chunk", async () => {
			await using proxy = await scene();
			await proxy.addToxic({ type: "limit_data", stream: "upstream", attributes: { bytes: 0 } });
			const { client, server } = await proxy.connect();
			await pass(20);
			expect(server.ended).toBe("open");
			client.socket.write("x");
			await server.end();
			expect(server.text).toBe("");
		});
	});

	describe("several toxics", () => {
		test("work in the order in which they were added", async () => {
			await using proxy = await scene();
			await proxy.addToxic({
				name: "limit",
				type: "limit_data",
				stream: "upstream",
				attributes: { bytes: 4 },
			});
			await proxy.addToxic({
				name: "late",
				type: "latency",
				stream: "upstream",
				attributes: { latency: 90 },
			});
			const { client, server } = await proxy.connect();
			const sentAtMs = performance.now();
			client.socket.write("12345678");
			await server.end();
			expect(server.text).toBe("1234");
			expectDelay(server.endedAtMs - sentAtMs, 90);
		});

		test("come and go under live traffic without harm", async () => {
			await using proxy = await scene({ echo: true });
			const { client } = await proxy.connect();
			const traffic = { running: true };
			const changing = (async () => {
				for (let count = 0; traffic.running; count++) {
					const stream = count % 2 === 0 ? "upstream" : "downstream";
					await proxy.addToxic({ name: "a", type: "noop", stream });
					await proxy.addToxic({ name: "b", type: "latency", stream, attributes: { latency: 1 } });
					await proxy.removeToxic("a");
					await proxy.removeToxic("b");
				}
			})();
			let sent = "";
			for (let index = 0; index < 100; index++) {
				sent += `${index} `;
				client.socket.write(`${index} `);
				await until(() => client.text.length >= sent.length, `echo ${index}`);
			}
			traffic.running = false;
			await changing;
			expect(client.text).toBe(sent);
		});
	});

	describe("toxicity", () => {
		test("of 0 spares every connection, of 1/2 some, of 1 none", async () => {
			await using proxy = await scene();
			const sparedOf20 = async (toxicity: number): Promise<number> => {
				await proxy.api.reset();
				await proxy.addToxic({ type: "limit_data", stream: "upstream", toxicity, attributes: { bytes: 0 } });
				const pairs = await Promise.all(Array.from({ length: 20 }, () => proxy.dial()));
				for (const client of pairs) client.socket.write("x");
				await pass(300);
				const spared = pairs.filter((client) => client.ended === "open").length;
				for (const client of pairs) client.socket.destroy();
				return spared;
			};
			expect(await sparedOf20(0)).toBe(20);
			expect(await sparedOf20(1)).toBe(0);
			const half = await sparedOf20(0.5);
			expect(half).toBeGreaterThan(0);
			expect(half).toBeLessThan(20);
		});
	});
});
