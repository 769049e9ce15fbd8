/**
 * The laws of a join semilattice, on the states that one run reached: for all a, b, c of them
 *
 *     merge(a, a) = a    merge(a, b) = merge(b, a)    merge(merge(a, b), c) = merge(a, merge(b, c))
 *     merge(a, merge(a, b)) = merge(a, b)             merge(before, after) = after   for every step of a replica
 *
 * Two states are equal when they show the same, and still do after others of the run were merged into them (a
 * difference that never shows is none); where the type gives a canonical form, when that is equal too.
 * Source: see the declaration. Cost: at most MAXIMUM_PAIRS and MAXIMUM_TRIPLES of a sample of MAXIMUM_STATES.
 */
import type { Evidence } from "../checker/verdict.ts";
import { boundedView } from "../checker/words.ts";
import type { Random } from "../controller/plan/random.ts";
import type { Json } from "../controller/runtimes/sim/cluster.ts";
import type { JoinHarvest, ReachedState } from "./harvest.ts";
import {
	compare,
	type LawFinding,
	messageOf,
	type Side,
	sample,
	type Unequal,
	type Violation,
} from "./law-finding.ts";

const MAXIMUM_STATES = 14;
const MAXIMUM_STEPS = 40;
const MAXIMUM_PAIRS = 60;
const MAXIMUM_TRIPLES = 50;
/** With so many other states the two sides of an equation are merged, where views alone tell. */
const OBSERVERS = 2;

/** A state under the name that it has in an equation. */
interface Term {
	name: string;
	state: unknown;
}

interface Named extends Term {
	reached: ReachedState;
}

interface Examination {
	harvest: JoinHarvest;
	states: ReachedState[];
	/** Set when `merge` throws, which breaks off the examination. */
	threw: string | null;
}

export function examineJoin(harvest: JoinHarvest, random: Random): LawFinding {
	const states = sample(random, distinct(harvest), MAXIMUM_STATES).sort(bySize(harvest));
	const steps = sample(
		random,
		harvest.states.filter(({ before }) => before !== null),
		MAXIMUM_STEPS,
	);
	const pairs = sample(random, pairsOf(states), MAXIMUM_PAIRS);
	const triples = sample(random, triplesOf(random, states), MAXIMUM_TRIPLES);
	const examination: Examination = { harvest, states, threw: null };
	const broken: Violation[] = [];
	let { problem } = harvest;
	try {
		broken.push(
			...firstOf(states, (a) => idempotent(examination, a)),
			...firstOf(pairs, ([a, b]) => commutative(examination, a, b)),
			...firstOf(triples, ([a, b, c]) => associative(examination, a, b, c)),
			...firstOf(steps, (after) => inflationaryStep(examination, after)),
			...firstOf(pairs, ([a, b]) => inflationaryMerge(examination, a, b)),
		);
	} catch (error) {
		if (examination.threw === null)
			problem = `the state or view of a harvested replica can't be read: ${messageOf(error)}`;
		else broken.push({ reason: examination.threw, evidence: { law: "total" } });
	}
	const [violation = null] = broken;
	if (violation !== null)
		violation.evidence["broken"] = broken.map(({ evidence }) => evidence["law"] ?? null);
	const examined = {
		states: states.length,
		pairs: pairs.length,
		triples: triples.length,
		steps: steps.length,
	};
	return { kind: "join", violation, problem, examined };
}

function idempotent(examination: Examination, reached: ReachedState): Violation | null {
	const a = named("a", reached);
	return equation(examination, "idempotent", "merge is not idempotent", [a], merge(examination, a, a), a);
}

function commutative(examination: Examination, first: ReachedState, second: ReachedState): Violation | null {
	const [a, b] = [named("a", first), named("b", second)];
	const [left, right] = [merge(examination, a, b), merge(examination, b, a)];
	return equation(examination, "commutative", "merge is not commutative", [a, b], left, right);
}

function associative(
	examination: Examination,
	first: ReachedState,
	second: ReachedState,
	third: ReachedState,
): Violation | null {
	const [a, b, c] = [named("a", first), named("b", second), named("c", third)];
	const left = merge(examination, merge(examination, a, b), c);
	const right = merge(examination, a, merge(examination, b, c));
	return equation(examination, "associative", "merge is not associative", [a, b, c], left, right);
}

function inflationaryStep(examination: Examination, reached: ReachedState): Violation | null {
	if (reached.before === null) return null;
	const [before, after] = [named("before", reached.before), named("after", reached)];
	const what = `${reached.after} at ${reached.replica} is not inflationary`;
	const left = merge(examination, before, after);
	return equation(examination, "inflationary", what, [before, after], left, after);
}

function inflationaryMerge(
	examination: Examination,
	first: ReachedState,
	second: ReachedState,
): Violation | null {
	const [a, b] = [named("a", first), named("b", second)];
	const both = merge(examination, a, b);
	return equation(
		examination,
		"inflationary",
		"merge is not inflationary",
		[a, b],
		merge(examination, a, both),
		both,
	);
}

function equation(
	examination: Examination,
	law: string,
	claim: string,
	terms: Named[],
	left: Term,
	right: Term,
): Violation | null {
	const unequal = difference(examination, left, right);
	if (unequal === null) return null;
	const where = terms.map(
		({ name, reached }) => `${name} = ${reached.replica}'s state after ${reached.after}`,
	);
	const evidence: Evidence = {
		law,
		replicas: [...new Set(terms.map(({ reached }) => reached.replica))],
		states: Object.fromEntries(terms.map((term) => [term.name, shown(examination, term)])),
		path: unequal.path,
		views: unequal.views,
	};
	return { reason: `${claim}: ${unequal.words}, with ${where.join(", ")}`, evidence };
}

function difference(examination: Examination, left: Term, right: Term): Unequal | null {
	const { laws, definition } = examination.harvest;
	const now = compare(side(examination, left), side(examination, right), definition.type);
	if (now !== null || laws.canonical !== undefined) return now;
	for (const reached of examination.states.slice(-OBSERVERS)) {
		const other = named("x", reached);
		const [a, b] = [merge(examination, other, left), merge(examination, other, right)];
		const later = compare(side(examination, a), side(examination, b), definition.type);
		if (later === null) continue;
		const words = `${later.words} (x = ${reached.replica}'s state after ${reached.after})`;
		return { ...later, words };
	}
	return null;
}

function side({ harvest: { laws } }: Examination, { name, state }: Term): Side {
	return { name, view: laws.view(state), canonical: laws.canonical?.(state) };
}

/** Of copies: a merge that changes what it is given must not spoil the next equation. */
function merge(examination: Examination, a: Term, b: Term): Term {
	const name = `merge(${a.name}, ${b.name})`;
	const copies = [copyOf(a.state), copyOf(b.state)] as const;
	try {
		return { name, state: examination.harvest.laws.merge(...copies) };
	} catch (error) {
		examination.threw = `${name} throws on two states that a run reached: ${messageOf(error)}`;
		throw error;
	}
}

/** What structuredClone does, several times as fast for what states are mostly made of. */
function copyOf(value: unknown): unknown {
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map(copyOf);
	if (Object.getPrototypeOf(value) !== Object.prototype || Object.hasOwn(value, "__proto__")) {
		return structuredClone(value);
	}
	const copy: Record<string, unknown> = {};
	for (const key in value) copy[key] = copyOf((value as Record<string, unknown>)[key]);
	return copy;
}

function named(name: string, reached: ReachedState): Named {
	return { name, state: reached.state, reached };
}

function shown({ harvest: { laws } }: Examination, { state, reached }: Named): Json {
	return { replica: reached.replica, after: reached.after, state: boundedView(laws.show(state)) };
}

function firstOf<T>(cases: readonly T[], law: (of: T) => Violation | null): Violation[] {
	for (const one of cases) {
		const violation = law(one);
		if (violation !== null) return [violation];
	}
	return [];
}

function distinct({ laws, states }: JoinHarvest): ReachedState[] {
	const byText = new Map<string, ReachedState>();
	for (const reached of states) {
		const text = textOf(laws.show(reached.state));
		if (!byText.has(text)) byText.set(text, reached);
	}
	return [...byText.values()];
}

function bySize({ laws }: JoinHarvest): (a: ReachedState, b: ReachedState) => number {
	return (a, b) => textOf(laws.show(a.state)).length - textOf(laws.show(b.state)).length;
}

function textOf(value: Json): string {
	return JSON.stringify(value);
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
	return items.flatMap((a, index) => items.slice(index + 1).map((b): [T, T] => [a, b]));
}

/** In both orders, as a merge that fails one need not fail the other. */
function triplesOf<T>(random: Random, items: readonly T[]): [T, T, T][] {
	const triples = pairsOf(items).flatMap(([a, b]) => {
		return items
			.filter((c) => c !== a && c !== b)
			.map((c): [T, T, T] => (random.float() < 0.5 ? [a, b, c] : [c, a, b]));
	});
	return triples;
}
