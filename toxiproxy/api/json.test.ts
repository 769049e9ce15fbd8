import { describe, expect, it } from "vitest";
import { encodeFloat32, encodeString } from "./encode.ts";
import { type JsonValue, parseFirstValue } from "./parse-json.ts";

/** Back to plain values, for comparison with `JSON.parse`. */
function plain(value: JsonValue): unknown {
	if (value.kind === "object")
		return Object.fromEntries(value.entries.map(([key, item]) => [key, plain(item)]));
	if (value.kind === "array") return value.items.map(plain);
	if (value.kind === "number") return Number(value.literal);
	return value.kind === "null" ? null : value.value;
}

describe("parseFirstValue", () => {
	it.each([
		'{"a":[1,-2.5e3,true,false,null,{"b":""}],"c":"\\u00e9\\n\\ud83d\\ude00"}',
		" [ ] ",
		'"x"',
		"-0.5",
		"{}",
	])("reads %s as JSON.parse does", (text) => {
		expect(plain(parseFirstValue(text))).toEqual(JSON.parse(text));
	});

	it("ignores what follows the first value", () => {
		expect(plain(parseFirstValue('{"a":1} trailing'))).toEqual({ a: 1 });
	});

	it("keeps repeated keys in order, and large integers whole", () => {
		expect(parseFirstValue('{"a":1,"a":9223372036854775807}')).toEqual({
			kind: "object",
			entries: [
				["a", { kind: "number", literal: "1" }],
				["a", { kind: "number", literal: "9223372036854775807" }],
			],
		});
	});

	it("replaces half a surrogate pair", () => {
		expect(plain(parseFirstValue('"\\ud83d-\\ude00"'))).toBe("\uFFFD-\uFFFD");
	});

	it.each([
		["", "EOF"],
		["  ", "EOF"],
		["{", "unexpected EOF"],
		['"a', "unexpected EOF"],
		["[1", "unexpected EOF"],
		["-", "unexpected EOF"],
		["tru", "unexpected EOF"],
		["hello", "invalid character 'h' looking for beginning of value"],
		["trux", "invalid character 'x' in literal true (expecting 'e')"],
		["[1,]", "invalid character ']' looking for beginning of value"],
		["[1 2]", "invalid character '2' after array element"],
		["{'a'}", "invalid character '\\'' looking for beginning of object key string"],
		['{"a" 1}', "invalid character '1' after object key"],
		['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
		['"\n"', "invalid character '\\n' in string literal"],
		['"\\x"', "invalid character 'x' in string escape code"],
		['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
		["-x", "invalid character 'x' in numeric literal"],
		["1.x", "invalid character 'x' after decimal point in numeric literal"],
		["1ex", "invalid character 'x' in exponent of numeric literal"],
	])("says what is wrong with %j", (text, message) => {
		expect(() => parseFirstValue(text)).toThrow(new Error(message));
	});
});

describe("encoding", () => {
	it("writes the shortest text of a 32-bit float", () => {
		const texts = [0, 1, 0.5, -1, 0.1, 0.123456789, 1e-9, 1e20, 1e21, 16777217, 3.4e38].map((value) =>
			encodeFloat32(Math.fround(value)),
		);
		expect(texts).toEqual(
			"0 1 0.5 -1 0.1 0.12345679 1e-9 100000000000000000000 1e+21 16777216 3.4e+38".split(" "),
		);
	});

	it("escapes what could end a script element", () => {
		expect(encodeString('</script>&"\u2028')).toBe('"\\u003c/script\\u003e\\u0026\\"\\u2028"');
	});
});
