/** What must not happen to the embedded server, whatever peers and requests do; the real one dies or hangs at some of it. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { startToxiproxy } from "./index.ts";
import { Api } from "./testing/api.ts";
import { pass, until } from "./testing/peers.ts";
import { Scene } from "./testing/scene.ts";

const PROMPT_MS = 1_000;

async function timed(work: Promise<unknown>): Promise<number> {
	const startMs = performance.now();
	await work;
	return performance.now() - startMs;
}

describe("a peer that does not read", () => {
	it("delays no request, and gets every held byte once it reads", async () => {
		await using server = await startToxiproxy({ port: 0 });
		await using proxy = await Scene.start(server.url, { read: false });
		const { client, server: peer } = await proxy.connect();
		await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 1e9 } });
		const block = Buffer.alloc(1024 * 1024);
		for (let index = 0; index < 12; index++) {
			block.fill(index);
			client.socket.write(Buffer.from(block));
		}
		await until(() => client.socket.writableLength === 0, "12 MB inside the proxy");
		expect(await timed(proxy.addToxic({ name: "b", type: "bandwidth", stream: "upstream" }))).toBeLessThan(
			PROMPT_MS,
		);
		expect(await timed(proxy.removeToxic("t"))).toBeLessThan(PROMPT_MS);
		expect(await timed(proxy.removeToxic("b"))).toBeLessThan(PROMPT_MS);
		expect(await timed(proxy.api.call("GET", "/proxies"))).toBeLessThan(PROMPT_MS);
		peer.socket.resume();
		await until(() => peer.sizeBytes === 12 * block.length, "all 12 MB");
		const got = Buffer.concat(peer.chunks.map(({ data }) => data));
		for (let index = 0; index < 12; index++) {
			expect(got.subarray(index * block.length, (index + 1) * block.length).equals(block.fill(index))).toBe(
				true,
			);
		}
	});

	it("does not keep a proxy from being disabled or deleted", async () => {
		await using server = await startToxiproxy({ port: 0 });
		await using proxy = await Scene.start(server.url, { read: false });
		const { client } = await proxy.connect();
		client.socket.write(Buffer.alloc(20 * 1024 * 1024));
		await pass(50);
		expect(await timed(proxy.api.updateProxy(proxy.name, { enabled: false }))).toBeLessThan(PROMPT_MS);
		await client.end();
	});

	it("stops the source once a latency toxic holds its bound", async () => {
		await using server = await startToxiproxy({ port: 0 });
		await using proxy = await Scene.start(server.url);
		await proxy.addToxic({ type: "latency", stream: "upstream", attributes: { latency: 1e9 } });
		const { client } = await proxy.connect();
		for (let index = 0; index < 80; index++) client.socket.write(Buffer.alloc(1024 * 1024));
		let before = -1;
		while (before !== client.socket.writableLength) {
			before = client.socket.writableLength;
			await pass(150);
		}
		expect(client.socket.writableLength).toBeGreaterThan(20 * 1024 * 1024);
	});
});

describe("settings that kill the real server once data flows", () => {
	it.each([
		["slicer", {}],
		["slicer", { average_size: -5, size_variation: -5, delay: -1 }],
		["slicer", { average_size: 10, size_variation: 1_000 }],
		["latency", { latency: -100, jitter: -100 }],
		["bandwidth", { rate: 1e15 }],
	])("do no harm: %s %j", async (type, attributes) => {
		await using server = await startToxiproxy({ port: 0, seed: 7 });
		await using proxy = await Scene.start(server.url);
		await proxy.addToxic({ type, stream: "upstream", attributes });
		const { client, server: peer } = await proxy.connect();
		client.socket.write(Buffer.alloc(5_000, "x"));
		await until(() => peer.sizeBytes === 5_000, "all of it");
	});

	it.each([
		["bandwidth", '{"rate":-1}'],
		["bandwidth", '{"rate":9223372036854775807}'],
		["latency", '{"jitter":9223372036854775807}'],
		["timeout", '{"timeout":9223372036854775807}'],
		["reset_peer", '{"timeout":-9223372036854775808}'],
		["limit_data", '{"bytes":-1}'],
		["slicer", '{"average_size":9223372036854775807,"delay":9223372036854775807}'],
	])("leave the server answering: %s %s", async (type, attributes) => {
		await using server = await startToxiproxy({ port: 0, seed: 7 });
		await using proxy = await Scene.start(server.url);
		await proxy.api.call("POST", "/proxies/scene/toxics", `{"type":"${type}","attributes":${attributes}}`);
		const { client, server: peer } = await proxy.connect();
		client.socket.write("up");
		peer.socket.write("down");
		await pass(20);
		await proxy.api.call("GET", "/proxies");
	});
});

describe("requests", () => {
	const send = async (port: number, text: string): Promise<string> => {
		const socket = connect(port, "127.0.0.1");
		let reply = "";
		socket.on("data", (data) => {
			reply += data.toString();
		});
		socket.on("error", () => {});
		socket.write(text);
		await Promise.race([once(socket, "close"), pass(200)]);
		socket.destroy();
		return reply;
	};

	it.each([
		["no HTTP at all", "\0\x01garbage\r\n\r\n", "400"],
		["a bad escape", "GET /proxies/%zz HTTP/1.1\r\nhost: x\r\n\r\n", "400"],
		["a huge header", `GET / HTTP/1.1\r\nhost: x\r\na: ${"a".repeat(100_000)}\r\n\r\n`, "400"],
		["an absolute target", "GET http://other/version HTTP/1.1\r\nhost: x\r\n\r\n", "200"],
		["an asterisk", "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1"],
		[
			"an upgrade",
			"GET /version HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: y\r\n\r\n",
			"HTTP/1.1",
		],
		["a tunnel", "CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n", ""],
		["a method of its own", "PURGE /proxies HTTP/1.1\r\nhost: x\r\n\r\n", "405"],
	])("of %s leave the server answering", async (_, text, found) => {
		await using server = await startToxiproxy({ port: 0 });
		expect(await send(server.port, text)).toContain(found);
		await new Api(server.url).call("GET", "/proxies");
	});

	it("nested deeper than any sensible one are refused", async () => {
		await using server = await startToxiproxy({ port: 0 });
		const body = "[".repeat(200_000);
		await expect(new Api(server.url).call("POST", "/populate", body)).rejects.toThrow("exceeded max depth");
	});

	it("that name a proxy like a property of objects work", async () => {
		await using server = await startToxiproxy({ port: 0 });
		const api = new Api(server.url);
		for (const name of ["__proto__", "constructor", "10", "9"]) await api.createProxy(name, "127.0.0.1:9");
		const keys = Object.keys((await api.call("GET", "/proxies")) as object);
		expect(keys.sort()).toEqual(["10", "9", "__proto__", "constructor"]);
		await api.deleteProxy("__proto__");
	});

	it("sent at once can't take one name or one port twice", async () => {
		await using server = await startToxiproxy({ port: 0 });
		const api = new Api(server.url);
		const outcomes = await Promise.allSettled(
			Array.from({ length: 10 }, () => api.createProxy("same", "127.0.0.1:9")),
		);
		expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
	});
});

describe("connections", () => {
	it("that end in the middle of everything leave nothing behind", async () => {
		await using server = await startToxiproxy({ port: 0, seed: 3 });
		await using proxy = await Scene.start(server.url, { echo: true });
		const types = ["latency", "bandwidth", "slow_close", "slicer", "limit_data", "reset_peer", "timeout"];
		for (const type of types) {
			await proxy.api.reset();
			const attributes = { latency: 5, rate: 10, delay: 5, average_size: 10, bytes: 100, timeout: 5 };
			await proxy.addToxic({ type, attributes });
			const clients = await Promise.all(Array.from({ length: 10 }, () => proxy.dial()));
			for (const [index, client] of clients.entries()) {
				client.socket.write(Buffer.alloc(3_000));
				if (index % 3 === 0) client.socket.resetAndDestroy();
				else if (index % 3 === 1) client.socket.end();
				else setTimeout(() => client.socket.destroy(), 8);
			}
			await pass(15);
		}
		await proxy.api.reset();
		await until(() => proxy.upstream.peers.every((peer) => peer.ended !== "open"), "all upstreams to end");
		const { client } = await proxy.connect();
		client.socket.write("still here");
		await client.received("still here");
	});
});
