import { describe, expect, it } from "vitest";
import { type AdaptedServer, type AdapterDefinition, defineAdapter } from "../../../nodes/sdk/adapter.ts";
import { connectAdapter } from "./adapter.ts";

const TIMEOUT_MS = 50;
const OPERATION = { id: "c1-0", f: "add", value: 1 };
const NODE = {
	id: "r1",
	replicas: ["r1"],
	peers: {},
	options: {},
	seed: 1,
	dataFolder: "/data",
	incarnation: 0,
};
const never = () => new Promise<never>(() => undefined);

function connectTo(server: Partial<AdaptedServer>, connect?: AdapterDefinition["connect"]) {
	const definition = defineAdapter({
		ports: { client: 1, peers: 1 },
		start: () => ({}),
		connect:
			connect ?? (() => ({ ready: never, invoke: never, state: never, close: () => undefined, ...server })),
	});
	return connectAdapter(definition, NODE, "127.0.0.1:1");
}

describe("an adapter's answers", () => {
	it("are those of a node: value, update and delivered set, with what JSON lacks encoded", async () => {
		const control = connectTo({
			ready: async () => true,
			invoke: async () => ({ ok: true, value: 5n, update: 2, delivered: { r1: 2 } }),
			state: async () => ({ view: new Set(["a"]), pending: 1 }),
		});
		expect(await control.health(TIMEOUT_MS)).toBe(true);
		expect(await control.operation(OPERATION, TIMEOUT_MS)).toMatchObject({
			kind: "ok",
			value: { value: { $bigint: "5" }, update: 2, delivered: { r1: 2 } },
		});
		expect(await control.state(TIMEOUT_MS)).toMatchObject({
			kind: "ok",
			value: { view: { $set: ["a"] }, pending: 1 },
		});
	});

	it("are definite when the server refused, and only then", async () => {
		const refusing = connectTo({
			invoke: async () => ({ ok: false, code: "readonly", message: "a follower" }),
		});
		expect(await refusing.operation(OPERATION, TIMEOUT_MS)).toMatchObject({
			kind: "error",
			error: { code: "readonly", definite: true },
		});
		const throwing = connectTo({
			invoke: () => Promise.reject(Object.assign(new Error("no route"), { code: "ECONNREFUSED" })),
		});
		expect(await throwing.operation(OPERATION, TIMEOUT_MS)).toMatchObject({
			kind: "error",
			error: { code: "ECONNREFUSED", definite: false },
		});
	});

	it("come within the time-out, whether the adapter heeds the signal or not", async () => {
		const control = connectTo({});
		const answer = await control.operation(OPERATION, TIMEOUT_MS);
		expect(answer).toMatchObject({ kind: "error", error: { code: "timeout", definite: false } });
		expect(await control.health(TIMEOUT_MS)).toBe(false);
	});

	it("are garbage in any other shape", async () => {
		const control = connectTo({
			invoke: async () => ({ ok: true, update: -1 }),
			state: async () => ({ view: () => "a function" }),
		});
		expect(await control.operation(OPERATION, TIMEOUT_MS)).toMatchObject({ kind: "garbage" });
		expect(await control.state(TIMEOUT_MS)).toMatchObject({ kind: "garbage" });
		const nothing = connectTo({ invoke: async () => undefined as never });
		expect(await nothing.operation(OPERATION, TIMEOUT_MS)).toMatchObject({ kind: "garbage" });
	});

	it("are errors when the adapter can't even connect, and nothing is thrown into the run", async () => {
		const control = connectTo({}, () => {
			throw new Error("a mistake in the adapter");
		});
		expect(await control.health(TIMEOUT_MS)).toBe(false);
		expect(await control.state(TIMEOUT_MS)).toMatchObject({ error: { message: "a mistake in the adapter" } });
		await control[Symbol.asyncDispose]();
	});

	it("end when the server is gone, which closes the adapter's connection", async () => {
		let closed = 0;
		const control = connectTo({ close: () => void closed++ });
		const waiting = control.state(10_000);
		await control[Symbol.asyncDispose]();
		expect(await waiting).toMatchObject({ kind: "error", error: { definite: false } });
		expect(closed).toBe(1);
	});

	it("has no journal and no clock: the run does without", async () => {
		const control = connectTo({});
		expect(await control.journal(0, TIMEOUT_MS)).toMatchObject({ error: { code: "http-404" } });
		const skew = { offsetMs: 1, drift: 0 };
		expect(await control.skewClock(skew, TIMEOUT_MS)).toMatchObject({ error: { code: "http-404" } });
	});
});
