import { expect, it } from "vitest";
import type { Json } from "../history/events.ts";
import { explainLaw } from "./law-sentences.ts";

const sentence = (law: string, views: Record<string, Json>, updates?: string[]) =>
	explainLaw({ law, views, ...(updates !== undefined && { updates }) })?.sentence;

it("says what a broken law means for replicas", () => {
	expect(sentence("idempotent", { "merge(a, a)": 4, a: 2 })).toBe(
		"merge(a, a) shows 4 and a 2, so a replica that is sent the same state twice ends elsewhere than one that is sent it once.",
	);
	expect(sentence("inflationary", { "merge(before, after)": ["k"], after: ["k"] })).toBe(
		"merge(before, after) and after show the same but hold different states, so merging a state with an older one of its own changes it.",
	);
	const views = { "r1:1 then r2:1": "ab", "r2:1 then r1:1": "ba" };
	expect(sentence("concurrent effects commute", views, ["r1:1", "r2:1"])).toBe(
		'r1:1 and r2:1, which had not seen each other, come in any order: r1:1 then r2:1 shows "ab" and r2:1 then r1:1 "ba", so replicas that apply them in different orders end apart.',
	);
});

it("says nothing of a merge that throws", () => {
	expect(sentence("total", {})).toBeUndefined();
});
