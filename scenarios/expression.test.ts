/** CEL expressions over views in their encoding. */
import { describe, expect, it } from "vitest";
import { compileExpression } from "./expression.ts";
import type { Json } from "./scenario.ts";

function holds(text: string, view: Json, replica = "r1"): boolean {
	const compiled = compileExpression(text);
	if (!compiled.ok) throw new Error(compiled.message);
	return compiled.holds(view, replica);
}

describe("an expression over a view", () => {
	it.each<[string, Json, boolean]>([
		["view >= 0", 3, true],
		["view + 1 == 4", 3, true],
		["view * 2 - 1 == 5", 3, true],
		["view.all(k, view[k] >= 0)", { milk: 1, eggs: 0 }, true],
		["view.all(k, view[k] >= 0)", { milk: 1, eggs: -1 }, false],
		["view.paris + view.tokyo == 100", { paris: 40, tokyo: 60 }, true],
		["'milk' in view && size(view) < 3", ["milk", "eggs"], true],
		["view == null || view.startsWith('v')", null, true],
		["view.all(x, x.startsWith('a'))", ["ab", "b"], false],
		["view.n == 0.5", { n: 0.5 }, true],
		["view['$set'] == 1", { $$set: 1 }, true],
		["view.a + view.b == 9007199254740993", { a: { $bigint: "9007199254740992" }, b: 1 }, true],
		["view.a + view.b == 9007199254740992", { a: { $bigint: "9007199254740992" }, b: 1 }, false],
		["'x' in view", { $set: ["x"] }, true],
		["view['k'] > 1", { $map: [["k", 2]] }, true],
		["view.u == null", { u: { $undefined: true } }, true],
		["view > 1.0", { $number: "Infinity" }, true],
		["view == timestamp('2024-01-02T03:04:05Z')", { $date: "2024-01-02T03:04:05.000Z" }, true],
		["view == b'hi'", { $bytes: "aGk=" }, true],
		["view['$bigint'] == 'no number'", { $bigint: "no number" }, true],
	])("%s of %j: %j", (text, view, answer) => {
		expect(holds(text, view)).toBe(answer);
	});

	it("knows the replica", () => {
		expect(holds("replica == 'r2' || view > 1", 0, "r2")).toBe(true);
		expect(holds("replica == 'r2' || view > 1", 0, "r1")).toBe(false);
	});

	it.each<[string, Json, string]>([
		["view.missing > 1", { x: 1 }, "no such key: missing"],
		["view", 3, "it must come to true or false, it came to 3"],
		["view < 'a'", 3, "no such overload"],
		["view.__proto__ == 1", {}, "no such key: __proto__"],
	])("throws in one line where it can't be told: %s", (text, view, message) => {
		expect(() => holds(text, view)).toThrow(message);
		expect(() => holds(text, view)).not.toThrow("\n");
	});

	it.each([
		["view >", "unexpected token: EOF", 6],
		["size(veiw) < 3", "unknown variable: veiw", 5],
		["1 + 2", "comes to int; expected true or false", 0],
	])("tells where it is wrong: %s", (text, message, offset) => {
		expect(compileExpression(text)).toEqual({ ok: false, message, offset });
	});
});
