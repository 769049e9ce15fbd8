/**
 * Concurrent effects commute: for two updates u, v of one run, neither of which had seen the other, and any state in which
 * both can be applied, apply(apply(s, u), v) = apply(apply(s, v), u). States are built by applying what comes
 * before both (the least that they need, or that with a random part of what is concurrent to both).
 *
 * Two states are equal when they show the same, and still do after the rest of the run's updates; where the type gives a
 * canonical form, when that is equal too. Source: see the declaration. Cost: MAXIMUM_PAIRS × 2 replays of the run.
 */
import { covers, type DeliveredSet, hasDelivered, parseDelivered, union } from "../checker/delivered.ts";
import type { Evidence } from "../checker/verdict.ts";
import { boundedView, few } from "../checker/words.ts";
import type { Random } from "../controller/plan/random.ts";
import type { EffectHarvest, HarvestedUpdate } from "./harvest.ts";
import { compare, type LawFinding, messageOf, type Side, sample, type Violation } from "./law-finding.ts";

/** Each takes two replays: with libraries these are what a campaign spends its time on. */
const MAXIMUM_PAIRS = 12;

/** Of what is concurrent to both, in every second state. */
const OTHERS_SHARE = 0.5;

interface Effect {
	id: string;
	update: HarvestedUpdate;
	dependencies: DeliveredSet;
}

/** Two concurrent updates in a state, and what can follow. */
interface Case {
	before: Effect[];
	u: Effect;
	v: Effect;
	after: Effect[];
}

export function examineEffects(harvest: EffectHarvest, random: Random): LawFinding {
	const effects = inCausalOrder(harvest.updates);
	const pairs = sample(random, concurrentPairs(effects), MAXIMUM_PAIRS);
	let { problem } = harvest;
	let violation: Violation | null = null;
	let examined = 0;
	try {
		for (const [index, [u, v]] of pairs.entries()) {
			const one = caseOf(effects, u, v, () => index % 2 === 1 && random.float() < OTHERS_SHARE);
			// An update that they depend on was lost with a disk.
			if (one === null) continue;
			examined += 1;
			violation = commute(harvest, one);
			if (violation !== null) break;
		}
	} catch (error) {
		problem = `a harvested update can't be applied anew, or the view can't be read: ${messageOf(error)}`;
	}
	return { kind: "effects", violation, problem, examined: { updates: effects.length, pairs: examined } };
}

function commute(harvest: EffectHarvest, { before, u, v, after }: Case): Violation | null {
	const [left, right] = [`${u.id} then ${v.id}`, `${v.id} then ${u.id}`];
	const { type } = harvest.definition;
	const orders = [
		replay(harvest, left, [...before, u, v], after),
		replay(harvest, right, [...before, v, u], after),
	] as const;
	const [first, second] = orders;
	const unequal = compare(first.now, second.now, type) ?? compare(first.later, second.later, type);
	if (unequal === null) return null;
	const what = `${u.id} (${u.update.operation}) and ${v.id} (${v.update.operation})`;
	const evidence: Evidence = {
		law: "concurrent effects commute",
		replicas: [...new Set([u.update.origin, v.update.origin])],
		updates: [u.id, v.id],
		before: few(before.map(({ id }) => id)),
		effects: Object.fromEntries(
			[u, v].map(({ id, update }) => [id, boundedView(harvest.laws.show(update.effect))]),
		),
		path: unequal.path,
		views: unequal.views,
	};
	const base =
		before.length === 0 ? "the empty state" : `what ${few(before.map(({ id }) => id)).join(", ")} made`;
	return {
		reason: `the concurrent effects of ${what} do not commute on ${base}: ${unequal.words}`,
		evidence,
	};
}

function replay(
	harvest: EffectHarvest,
	name: string,
	effects: Effect[],
	after: Effect[],
): { now: Side; later: Side } {
	const { laws, context } = harvest;
	let state = laws.initial(context ?? { id: "r1", replicas: ["r1"], options: {} });
	const look = (name: string): Side => ({ name, view: laws.view(state), canonical: laws.canonical?.(state) });
	try {
		for (const { update } of effects) state = laws.apply(state, update);
		const now = look(name);
		for (const { update } of after) state = laws.apply(state, update);
		return { now, later: look(`${name}, and the rest,`) };
	} finally {
		laws.dispose?.(state);
	}
}

/** @returns null when something that they need is not there */
function caseOf(effects: readonly Effect[], u: Effect, v: Effect, also: () => boolean): Case | null {
	const needed = union(u.dependencies, v.dependencies);
	const before: Effect[] = [];
	let applied: DeliveredSet = new Map();
	for (const effect of effects) {
		if (effect === u || effect === v || !covers(applied, effect.dependencies)) continue;
		if (!has(needed, effect) && (dependsOn(effect, u) || dependsOn(effect, v) || !also())) continue;
		before.push(effect);
		applied = union(applied, only(effect));
	}
	if (!covers(applied, needed)) return null;
	applied = union(union(applied, only(u)), only(v));
	const after: Effect[] = [];
	for (const effect of effects) {
		if (has(applied, effect) || !covers(applied, effect.dependencies)) continue;
		after.push(effect);
		applied = union(applied, only(effect));
	}
	return { before, u, v, after };
}

function concurrentPairs(effects: readonly Effect[]): [Effect, Effect][] {
	return effects.flatMap((u, index) => {
		return effects
			.slice(index + 1)
			.flatMap((v): [Effect, Effect][] => (dependsOn(v, u) || dependsOn(u, v) ? [] : [[u, v]]));
	});
}

/** Each after what it depends on; what never gets to it is left out. */
function inCausalOrder(updates: readonly HarvestedUpdate[]): Effect[] {
	let left = updates.map((update): Effect => {
		return {
			id: `${update.origin}:${update.number}`,
			update,
			dependencies: parseDelivered(update.dependencies),
		};
	});
	const ordered: Effect[] = [];
	let applied: DeliveredSet = new Map();
	for (let before = -1; before !== left.length; ) {
		before = left.length;
		left = left.filter((effect) => {
			if (!covers(applied, effect.dependencies)) return true;
			ordered.push(effect);
			applied = union(applied, only(effect));
			return false;
		});
	}
	return ordered;
}

function dependsOn(later: Effect, earlier: Effect): boolean {
	return has(later.dependencies, earlier);
}

function has(set: DeliveredSet, { update }: Effect): boolean {
	return hasDelivered(set, update.origin, update.number);
}

function only({ update }: Effect): DeliveredSet {
	return new Map([[update.origin, [update.number, update.number]]]);
}
