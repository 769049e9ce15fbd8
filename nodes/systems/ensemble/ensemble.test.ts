/** Decisions of a set in every order, and each flaw of the ensemble as written by the smallest case. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../../registry.ts";
import type { Json, VisibleUpdate } from "../../sdk/replica.ts";
import { invoke, settle } from "../../sdk/testing/network.ts";
import { finalViews, networkOf } from "../../specimens/testing/two-replicas.ts";
import { ensembleAsWritten, FLAWS } from "./as-written.ts";
import type { EnsembleView } from "./definition.ts";
import { ensemble } from "./ensemble.ts";
import { areSimilar, MODELS, type Response, standIn } from "./response.ts";
import { expectedDecisions } from "./specification.ts";

const QUERY = "q";
const said = (model: string, text: string | null, confidence = 0): Response => ({
	query: QUERY,
	model,
	text,
	confidence,
});

/** What two replicas show in the end that were told these by turns, hearing of one another all the while, or only afterwards. */
function shown(type: string, responses: readonly Response[], apart = false): EnsembleView[] {
	const two = networkOf(type);
	for (const [index, response] of responses.entries()) {
		const operation = { f: "respond", value: { ...response } as unknown as Json };
		expect(invoke(two.network, index % 2 === 0 ? two.r1 : two.r2, operation)).toMatchObject({ ok: true });
		if (!apart) settle(two.network);
	}
	return finalViews(two) as EnsembleView[];
}

function specified(responses: readonly Response[]): unknown {
	const updates: VisibleUpdate[] = responses.map((value, index) => ({
		replica: "r1",
		number: index + 1,
		f: "respond",
		value: { ...value } as unknown as Json,
		seen: { r1: index + 1 },
	}));
	return expectedDecisions(updates, { replicas: ["r1", "r2"], options: {} });
}

const decided = (responses: readonly Response[]) => shown("systems/ensemble", responses)[0]?.[QUERY];
const asWritten = (responses: readonly Response[]) =>
	shown("systems/ensemble-as-written", responses)[0]?.[QUERY];

describe("systems/ensemble", () => {
	it("decides as specified in every order, whoever is told", () => {
		const responses = ["k0", "k1", "k3", "k7"].flatMap((query) =>
			MODELS.flatMap((model) =>
				[1, 2].map((seed) => {
					const { latencyMs: _, ...response } = standIn(model, query, seed);
					return response;
				}),
			),
		);
		const expected = specified(responses);
		for (const order of [responses, responses.toReversed(), [...responses.slice(7), ...responses]]) {
			expect(specified(order)).toEqual(expected);
			expect(shown("systems/ensemble", order)).toEqual([expected, expected]);
			expect(shown("systems/ensemble", order, true)).toEqual([expected, expected]);
		}
	});

	it("decides by one that is sure, by majority, by weight, and not at all", () => {
		const few = [said("a", "x y", 0.4), said("b", "u v", 0.3), said("c", "u v w", 0.3)];
		expect(decided([...few, said("d", "u v", 0.95)])).toMatchObject({ by: "single", text: "u v" });
		expect(decided([...few, said("d", "u v", 0.5)])).toMatchObject({
			by: "majority",
			text: "u v",
			agreeing: ["b", "c", "d"],
		});
		expect(decided(few)).toMatchObject({ by: "weighted", text: "x y", conflictResolutions: 2 });
		expect(decided([said("a", null), said("b", null)])).toMatchObject({ by: "none", text: null });
	});

	it("decides again when an answer comes that overturns the decision", () => {
		const first = [said("a", "x", 0.6)];
		expect(decided(first)).toMatchObject({ text: "x", decidedOn: 1 });
		expect(decided([...first, said("b", "y", 1)])).toMatchObject({ text: "y", decidedOn: 2 });
	});

	it("refuses what is no response", () => {
		const two = networkOf("systems/ensemble");
		for (const value of [
			null,
			{ ...said("a", "x", 2) },
			{ ...said("a", "x", 0) },
			{ ...said("a", " ", 1) },
		]) {
			expect(invoke(two.network, two.r1, { f: "respond", value })).toMatchObject({ code: "bad-value" });
		}
	});
});

describe("systems/ensemble-as-written", () => {
	it("keeps the decision of one of two that decided apart", () => {
		const apart = [said("a", "x y", 0.5), said("b", "x y", 0.6)];
		const views = shown("systems/ensemble-as-written", apart, true);
		expect(views[0]).toEqual(views[1]);
		expect(views[0]?.[QUERY]).toMatchObject({ decidedOn: 1 });
		expect(Object.keys(views[0]?.[QUERY]?.answers ?? {})).toEqual(["a", "b"]);
	});

	it("counts a model as often as it answers, and failures too", () => {
		expect(asWritten([said("a", "x", 0.5), said("a", "x", 0.5)])).toMatchObject({ agreeing: ["a", "a"] });
		expect(asWritten([said("a", null)])).toMatchObject({ by: "majority", text: "", decidedOn: 1 });
	});

	it("takes one of three for a majority", () => {
		const three = [said("a", "x", 0.5), said("b", "y", 0.4), said("c", "z", 0.3)];
		expect(asWritten(three)).toMatchObject({ by: "majority", agreeing: ["a"] });
		expect(decided(three)).toMatchObject({ by: "weighted" });
	});

	it("drops words that are said twice", () => {
		const same = [said("a", "the cat and the dog", 0.5), said("b", "the cat and the dog", 0.4)];
		expect(asWritten(same)?.text).toBe("the cat and dog");
		expect(decided(same)?.text).toBe("the cat and the dog");
	});

	it("claims the right one's type and invariants, and names properties that exist", () => {
		expect(builtIn("systems/ensemble")).toBe(ensemble);
		expect(builtIn("systems/ensemble-as-written")).toBe(ensembleAsWritten);
		expect(ensembleAsWritten.type).toBe(ensemble.type);
		for (const { property } of FLAWS) {
			expect(ensemble.invariants).toHaveProperty(property.slice("invariant:".length));
		}
	});
});

describe("stand-ins", () => {
	it("answer the same when asked the same, not all the same, and fail now and then", () => {
		const answers = Array.from({ length: 50 }, (_, seed) => standIn("gpt4", "k3", seed));
		expect(answers).toEqual(Array.from({ length: 50 }, (_, seed) => standIn("gpt4", "k3", seed)));
		expect(new Set(answers.map(({ text }) => text)).size).toBeGreaterThan(2);
		expect(answers.filter(({ text }) => text === null).length).toBeGreaterThan(0);
		expect(Math.min(...answers.map(({ latencyMs }) => latencyMs))).toBeGreaterThanOrEqual(20);
	});

	it("are similar from half of all words on", () => {
		expect(areSimilar("a b", "a b c d")).toBe(true);
		expect(areSimilar("a b", "a c")).toBe(false);
	});
});
