import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { describe, expect, it } from "vitest";
import { completionOf } from "./clients.ts";
import { connectControl } from "./control-client.ts";
import { parseForeignJson } from "./foreign-json.ts";
import { canonicalDelivered } from "./observe.ts";

const TIMEOUT_MS = 300;
const OPERATION = { id: "c1-0", f: "add", value: "milk" };

async function served(listener: RequestListener): Promise<AsyncDisposable & { address: string }> {
	const server = createServer(listener).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}

/** What a client's operation is recorded as when the node answers like this. */
async function outcomeOf(listener: RequestListener) {
	await using server = await served(listener);
	await using control = connectControl(server.address);
	const answer = await control.operation(OPERATION, TIMEOUT_MS);
	return completionOf(answer, { replica: "r1", value: "milk" }, false);
}

const answering =
	(status: number, body: string): RequestListener =>
	(_, response) => {
		response.writeHead(status).end(body);
	};

describe("an operation", () => {
	it("is ok with what the node said of it", async () => {
		const body = '{"value":2,"update":5,"delivered":{"r1":5,"r2":[[1,3],[5,5]]}}';
		expect(await outcomeOf(answering(200, body))).toEqual({
			event: "ok",
			value: "milk",
			result: 2,
			update: "r1:5",
			delivered: {
				r1: 5,
				r2: [
					[1, 3],
					[5, 5],
				],
			},
		});
	});

	it("has surely failed on 4xx, with the node's own code", async () => {
		const body = '{"error":{"code":"no-such-index","message":"there are 3"}}';
		const error = { code: "no-such-index", message: "there are 3" };
		expect(await outcomeOf(answering(409, body))).toEqual({ event: "fail", value: "milk", error });
		expect(await outcomeOf(answering(404, "<html>"))).toMatchObject({
			event: "fail",
			error: { code: "http-404" },
		});
	});

	it("may have happened on 5xx, garbage, silence, and a connection that breaks", async () => {
		expect(await outcomeOf(answering(503, "busy"))).toMatchObject({
			event: "info",
			error: { code: "http-503" },
		});
		for (const body of ["", "<html>", '{"update":"seven"}', "[1]", "[".repeat(100_000)]) {
			expect(await outcomeOf(answering(200, body))).toMatchObject({
				event: "info",
				error: { code: "garbage" },
			});
		}
		expect(await outcomeOf(() => undefined)).toMatchObject({ event: "info", error: { code: "timeout" } });
		expect(await outcomeOf((request) => request.socket.resetAndDestroy())).toMatchObject({ event: "info" });
		expect(await outcomeOf((request) => request.socket.destroy())).toMatchObject({ event: "info" });
	});

	it("may have happened when the reply stops in the middle", async () => {
		const half: RequestListener = (_, response) => response.writeHead(200).write('{"value":');
		expect(await outcomeOf(half)).toMatchObject({ event: "info", error: { code: "timeout" } });
	});

	it("has surely failed when nobody listens", async () => {
		const probe = createTcpServer().listen(0, "127.0.0.1");
		await once(probe, "listening");
		const { port } = probe.address() as AddressInfo;
		probe.close();
		await once(probe, "close");
		await using control = connectControl(`127.0.0.1:${port}`);
		const answer = await control.operation(OPERATION, TIMEOUT_MS);
		expect(answer).toMatchObject({ kind: "error", error: { code: "ECONNREFUSED", definite: true } });
	});

	it("has a reply of bounded size", async () => {
		const endless: RequestListener = (_, response) => {
			const chunk = Buffer.alloc(1024 * 1024, "a");
			const more = () => {
				while (response.write(chunk));
			};
			response.on("drain", more);
			more();
		};
		await using server = await served(endless);
		await using control = connectControl(server.address);
		const answer = await control.operation(OPERATION, 10_000);
		expect(answer).toMatchObject({ kind: "error", error: { code: "reply-too-long", definite: false } });
	});
});

describe("a query's value", () => {
	it("is what was read", () => {
		const answer = { kind: "ok" as const, value: { value: ["milk"] }, text: "" };
		expect(completionOf(answer, { replica: "r1", value: null }, true)).toEqual({
			event: "ok",
			value: ["milk"],
		});
	});
});

describe("JSON of programs that we did not write", () => {
	it("keeps integers that JavaScript would round, and leaves the rest alone", () => {
		expect(
			parseForeignJson('{"a":9007199254740993,"b":[9007199254740991,-1.5e3,"9007199254740993"]}'),
		).toEqual({
			a: { $bigint: "9007199254740993" },
			b: [9007199254740991, -1500, "9007199254740993"],
		});
		expect(parseForeignJson("[-0,1e999,-0.5]")).toEqual([{ $number: "-0" }, { $number: "Infinity" }, -0.5]);
	});

	it("takes the last value of a key that comes twice, like JSON.parse", () => {
		expect(parseForeignJson('{"a":1,"a":9007199254740993}')).toEqual({ a: { $bigint: "9007199254740993" } });
	});

	it("is refused when nested too deep", () => {
		expect(() => parseForeignJson("[".repeat(501) + "]".repeat(501))).toThrow("deeper than 500");
		expect(parseForeignJson('"[[["')).toBe("[[[");
	});
});

describe("delivered sets", () => {
	it("are compared as sets, however they are written", () => {
		const same = [
			{ r1: 3, r2: 0 },
			{ r1: [[1, 3]] },
			{
				r1: [
					[2, 3],
					[1, 1],
				],
			},
		].map((set) => canonicalDelivered(set as never));
		expect(new Set(same).size).toBe(1);
		expect(
			canonicalDelivered({
				r1: [
					[1, 1],
					[3, 3],
				],
			}),
		).not.toBe(same[0]);
	});
});
