/**
 * The 18 behaviours that toxiproxy-node-client 4.1.0 tests of itself, in our words (its package ships no specs), through
 * that client against the embedded and the real server.
 */
import { Toxiproxy } from "toxiproxy-node-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { flavours, freePort, type ServerUnderTest } from "./testing/servers.ts";

describe.each(flavours())("toxiproxy-node-client on $name", ({ available, start }) => {
	let server: ServerUnderTest;
	let toxiproxy: Toxiproxy;
	beforeAll(async () => {
		if (!available) return;
		server = await start();
		toxiproxy = new Toxiproxy(server.url);
	});
	beforeEach(async () => {
		if (!available) return;
		for (const proxy of Object.values(await toxiproxy.getAll())) await proxy.remove();
	});
	afterAll(async () => {
		await server?.[Symbol.asyncDispose]();
	});
	const test = it.skipIf(!available);
	const create = (name = "p") =>
		toxiproxy.createProxy({ name, listen: "localhost:0", upstream: "localhost:6379" });

	test("creates a proxy", async () => {
		expect((await create()).name).toBe("p");
	});

	test("gets a proxy", async () => {
		const created = await create();
		const { name, listen, upstream, enabled } = await toxiproxy.get("p");
		expect({ name, listen, upstream, enabled }).toEqual({
			name: "p",
			listen: created.listen,
			upstream: "localhost:6379",
			enabled: true,
		});
	});

	test("tells its version", async () => {
		expect(await toxiproxy.getVersion()).toMatch(/"version": ".+"/);
	});

	test("resets", async () => {
		await toxiproxy.reset();
	});

	test("populates", async () => {
		const wanted = { name: "populated", listen: "localhost:0", upstream: "localhost:6379" };
		const proxies = await toxiproxy.populate([wanted]);
		expect(proxies["populated"]?.name).toBe("populated");
		await proxies["populated"]?.remove();
		expect(Object.keys(await toxiproxy.getAll())).toEqual([]);
	});

	test("gets all proxies", async () => {
		const wanted = [
			{ name: "one", listen: `127.0.0.1:${await freePort()}`, upstream: "localhost:6379" },
			{ name: "two", listen: `127.0.0.1:${await freePort()}`, upstream: "localhost:12345" },
		];
		await toxiproxy.populate(wanted);
		const found = Object.values(await toxiproxy.getAll());
		expect(found.map(({ name, listen, upstream }) => ({ name, listen, upstream }))).toEqual(wanted);
	});

	test("updates a proxy", async () => {
		const proxy = await create();
		const { listen, upstream } = proxy;
		expect((await proxy.update({ enabled: false, listen, upstream })).enabled).toBe(false);
		const updated = await proxy.update({ enabled: true, listen, upstream: "somehost:12345" });
		expect(updated.enabled).toBe(true);
		expect(updated.upstream).toBe("somehost:12345");
	});

	test("removes a proxy", async () => {
		await (await create()).remove();
		expect(Object.keys(await toxiproxy.getAll())).toEqual([]);
	});

	test("can't create a proxy twice", async () => {
		await create();
		await expect(create()).rejects.toThrow("Request failed with status code 409");
	});

	test("creates, gets, updates and removes a toxic", async () => {
		const proxy = await create();
		const body = { type: "latency", attributes: { latency: 1000, jitter: 100 } } as const;
		const toxic = await proxy.addToxic(body as Parameters<typeof proxy.addToxic>[0]);
		expect([toxic.name, toxic.toxicity]).toEqual(["latency_downstream", 1]);
		expect(toxic.attributes).toEqual(body.attributes);

		const found = await proxy.getToxic(toxic.name);
		expect([found.name, found.type, found.stream, found.toxicity]).toEqual([
			toxic.name,
			"latency",
			"downstream",
			1,
		]);

		const changed = { latency: 12_345, jitter: 42 };
		const updated = await toxic.update({ attributes: changed } as Parameters<typeof toxic.update>[0]);
		expect(updated.attributes).toEqual(changed);

		await toxic.remove();
		await expect(proxy.getToxic(toxic.name)).rejects.toThrow("Request failed with status code 404");
	});

	test("can't create a toxic twice", async () => {
		const proxy = await create();
		const body = { type: "latency", attributes: { latency: 1000, jitter: 100 } };
		const add = () => proxy.addToxic(body as Parameters<typeof proxy.addToxic>[0]);
		await add();
		await expect(add()).rejects.toThrow("Request failed with status code 409");
	});

	test.each([
		["latency", { latency: 1000, jitter: 100 }],
		["bandwidth", { rate: 1000 }],
		["slow_close", { delay: 1000 }],
		["timeout", { timeout: 5000 }],
		["slicer", { average_size: 1000, size_variation: 1000, delay: 1000 }],
		["reset_peer", { timeout: 1000 }],
		["limit_data", { bytes: 42 }],
	])("adds a %s toxic", async (type, attributes) => {
		const proxy = await create();
		const toxic = await proxy.addToxic({ type, attributes } as Parameters<typeof proxy.addToxic>[0]);
		expect(toxic.attributes).toEqual(attributes);
	});
});
