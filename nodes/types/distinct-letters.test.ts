/** Words of generated texts. */
import { expect, it } from "vitest";
import type { Draw } from "../sdk/replica.ts";
import { drawWord } from "./distinct-letters.ts";

function drawOf(name: (drawn: number) => string): Draw {
	let drawn = 0;
	return { integer: (min) => min, key: () => "k0", unique: () => name(drawn++) };
}

it("draws 10,800 words in which no character comes twice, each one UTF-16 unit that stands for itself", () => {
	const draw = drawOf((drawn) => `v${drawn}`);
	const text = Array.from({ length: 10_800 }, () => drawWord(draw)).join("");
	expect(text.slice(0, 12)).toBe("abcdefghijkl");
	expect(new Set(text).size).toBe(32_400);
	expect(text.length).toBe(32_400);
	expect(text.normalize("NFC")).toBe(text);
	expect(text).not.toMatch(/[\p{Surrogate}\p{Mark}\s]/u);
});

it("draws the name itself where that holds no number", () => {
	expect(drawWord(drawOf(() => "milk"))).toBe("milk ");
});
