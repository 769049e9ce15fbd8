import { describe, expect, it } from "vitest";
import { cleanText, cutToWidth, printDuration } from "./terminal-text.ts";

describe("cleanText", () => {
	it("takes control sequences, line breaks and bidirectional overrides from a replica's text", () => {
		expect(cleanText("a\u001b[31mred\u001b[0m\nb\u202ec\u0007\u009b2J")).not.toMatch(
			/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/,
		);
	});

	it("leaves ordinary text of any script alone", () => {
		expect(cleanText("पक्का milk 🥛 é")).toBe("पक्का milk 🥛 é");
	});
});

describe("cutToWidth", () => {
	it("never leaves more columns than there are", () => {
		expect(Array.from(cutToWidth("x".repeat(200), 80)).length).toBeLessThan(80);
		expect(cutToWidth("short", 80)).toBe("short");
	});
});

describe("printDuration", () => {
	it.each([
		[0, "0 ms"],
		[999, "999 ms"],
		[1_500, "1.5 s"],
		[61_000, "1 min 1 s"],
	])("%i ms is %s", (milliseconds, text) => {
		expect(printDuration(milliseconds)).toBe(text);
	});
});
