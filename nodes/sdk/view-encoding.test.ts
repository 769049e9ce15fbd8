import { describe, expect, it } from "vitest";
import { encodeView } from "./view-encoding.ts";

describe("encodeView", () => {
	it("leaves JSON as it is", () => {
		const value = { a: [1, "x", null, true], b: { c: -1.5 } };
		expect(JSON.stringify(encodeView(value))).toBe(JSON.stringify(value));
	});

	it.each([
		[NaN, { $number: "NaN" }],
		[-0, { $number: "-0" }],
		[Infinity, { $number: "Infinity" }],
		[-Infinity, { $number: "-Infinity" }],
		[12345678901234567890n, { $bigint: "12345678901234567890" }],
		[undefined, { $undefined: true }],
		[new Uint8Array([1, 2, 255]), { $bytes: "AQL/" }],
		[new Map<unknown, unknown>([["k", new Set([1])]]), { $map: [["k", { $set: [1] }]] }],
		[new Date(0), { $date: "1970-01-01T00:00:00.000Z" }],
	])("wraps what JSON can't say: %s", (value, expected) => {
		expect(JSON.parse(JSON.stringify(encodeView([value])))).toEqual([expected]);
	});

	it("tells a user's own key that begins with $ from the wrapping", () => {
		expect(JSON.stringify(encodeView({ $bigint: "1" }))).toBe('{"$$bigint":"1"}');
	});

	it("keeps a key named __proto__", () => {
		const value: unknown = JSON.parse('{"__proto__":1}');
		expect(JSON.stringify(encodeView(value))).toBe('{"__proto__":1}');
	});

	it.each([() => 1, Symbol("s"), /pattern/])("throws on what is no value, and says where", (value) => {
		expect(() => encodeView({ a: [value] })).toThrow(/at \.a\[0\] is an? /);
	});

	it("throws on a value that holds itself", () => {
		const loop: unknown[] = [];
		loop.push(loop);
		expect(() => encodeView(loop)).toThrow(/levels deep/);
	});
});
