/**
 * The fast check during exploration, fed by `play.ts`: after every step the view and delivered set of the replica that
 * moved, at the end all of them. It judges
 *
 * - strong convergence: all observations of the play with equal delivered sets have equal views, and so has what was
 *   saved and loaded;
 * - specification: the view at each distinct delivered set is what the type demands of those updates (`oracle.ts`);
 * - durability: what was acknowledged is still known at the end, and no number is given out twice;
 * - eventual delivery and convergence: at the end all have delivered the same, and show the same;
 * - invariants of the application's own that are to hold always.
 *
 * What it finds is never reported as it is: the checker has to confirm it on the history of the same scenario.
 * Cost: an observation costs its view's size and the number of replicas; one at a new delivered set the updates besides.
 */
import { encodeView } from "../controller/definition.ts";
import type { DeliveredJson, Operation, ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { deliveredKeys, firstLacking, hasDelivered, includes } from "./delivered.ts";
import { hashOf, hashOfJson, mixed } from "./hash.ts";
import { type Accepted, oracleOf, subjectOf } from "./oracle.ts";
import { createSetMasks } from "./set-masks.ts";
import { createViewKeys, type ViewKey } from "./views.ts";

/** In the order in which they are looked for: the first that is violated is the one that a play reports. */
export const JUDGED_PROPERTIES = [
	"strong-convergence",
	"durability",
	"specification",
	"eventual-delivery",
	"convergence",
	"termination",
] as const;

export interface Violation {
	/** One of {@link JUDGED_PROPERTIES}, or an invariant, or whatever else the checker judges. */
	property: string;
	/** What kind of failure it is (`differ`, `lost`, `reused`, …): the same after shrinking. */
	cause: string;
	/** In words, with the names and numbers of this play. */
	reason: string;
	/** Index of the step after which it was seen; as long as the schedule for what is seen at the end. */
	stepIndex: number;
	/** Indices of the replicas that it is about. */
	replicas: number[];
}

export interface Judge {
	/** An update was acknowledged; `delivered` includes it. */
	accepted(index: number, operation: Operation, number: number, delivered: DeliveredJson | undefined): void;
	/** An operation happened that got no number: a query, or else there is no telling what a delivered set holds. */
	acceptedUnnumbered(): void;
	observe(index: number, view: unknown, delivered: DeliveredJson | undefined): void;
	/** What a copy of the replica shows after save and load, at the delivered set that was observed last. */
	observeReloaded(index: number, final: Final, view: unknown): void;
	crashed(index: number, diskLost: boolean): void;
	/** The replica threw: `termination` is violated, and there is no going on. */
	threw(index: number, doing: string, error: unknown): void;
	hasThrown(): boolean;
	/** All that can move has moved. Null: the replica could not be started. */
	finish(finals: readonly (Final | null)[]): void;
	/** Whether neither a view nor a delivered set has changed. */
	isSame(before: readonly (Final | null)[], after: readonly (Final | null)[]): boolean;
	/** Whether delivered sets are known and equal. */
	haveDeliveredTheSame(finals: readonly (Final | null)[]): boolean;
	/** The first violation of the property that is looked for first; null: none so far. */
	violation(): Violation | null;
	/** A hash of what each replica has delivered and of what those updates are. */
	configuration(): number;
	/** A hash of all observations so far. */
	digest(): number;
	/** Steps so far: kept by whoever feeds it. */
	stepIndex: number;
}

export interface Final {
	view: unknown;
	delivered: DeliveredJson | undefined;
}

interface Observation {
	key: ViewKey;
	index: number;
	view: unknown;
	delivered: DeliveredJson;
}

interface Acknowledged extends Accepted {
	readonly index: number;
	/** Of `seen`: see `deliveredKeys`. */
	readonly seenLengths: readonly number[];
	/** Its replica lost it by right: with its disk, or in a crash of one that claims no durability. */
	waived: boolean;
}

/**
 * @param wanted a property to look for before all others
 * @param checks the only properties to look for, besides invariants; null: all
 */
export function createJudge(
	definition: Pick<ReplicaDefinition, "delivers" | "invariants" | "specification">,
	type: string,
	ids: readonly string[],
	wanted: string | null,
	checks: readonly string[] | null,
): Judge {
	// A specification of its own takes the place of the type's; that one is the checker's to judge.
	const oracle = definition.specification === undefined ? oracleOf(type) : null;
	const { durable } = definition.delivers;
	const invariants = invariantsOf(definition);
	const viewKeys = createViewKeys(type);
	const masks = createSetMasks(type, ids.length);
	const keyOf = deliveredKeys(ids);
	const observations = new Map<number | string, Observation>();
	const updates: Acknowledged[] = [];
	const found: Violation[] = [];
	/** Given to two updates. Delivered sets that hold one are not compared: `durability` judges those, as in the checker. */
	const reused: { replica: string; number: number }[] = [];
	/** The delivered set of the violation of strong convergence. */
	let disagreedAt: DeliveredJson | null = null;
	const viewsAsked = new Map<ViewKey, Set<number>>();
	let specified = oracle !== null;
	/** False while there were only operations without a number: then nobody can tell what a delivered set holds. */
	let isNumbered = true;
	let thrown = false;

	/** Of the delivered set that was looked at last: see `deliveredKeys`. */
	const lengths = ids.map(() => 0);
	/** Of each replica's last observation; of all updates; of all observations. */
	const deliveredHashes = new Int32Array(ids.length);
	let updatesHash = 0;
	let digest = 0;

	function report(property: string, cause: string, reason: string, replicas: number[]): void {
		if (isFound(property) || !isAskedFor(property)) return;
		found.push({ property, cause, reason, replicas, stepIndex: judge.stepIndex });
	}

	function isAskedFor(property: string): boolean {
		return checks === null || checks.includes(property) || property.startsWith("invariant:");
	}

	function isFound(property: string): boolean {
		return found.some((violation) => violation.property === property);
	}

	function observe(index: number, view: unknown, delivered: DeliveredJson | undefined): void {
		if (delivered === undefined) return;
		const at = keyOf(delivered, lengths);
		const key = viewKeys.key(view);
		const deliveredHash = hashOf(at);
		deliveredHashes[index] = deliveredHash;
		digest = mixed(mixed(digest, deliveredHash), hashOf(key));
		if (invariants !== null) askInvariants(index, key, view);
		const first = observations.get(at);
		if (first === undefined) {
			observations.set(at, { key, index, view, delivered });
			if (!specified || !isNumbered || (typeof key === "number" && masks?.isRight(key, lengths) === true))
				return;
			if (!isFound("specification")) judgeView(index, view, delivered);
			return;
		}
		if (first.key === key) return;
		if (reused.some(({ replica, number }) => hasDelivered(delivered, replica, number))) return;
		disagreedAt ??= delivered;
		const [one, other] = [ids[first.index], ids[index]];
		const names = one === other ? `${one} at two moments` : `${one} and ${other}`;
		report(
			"strong-convergence",
			"differ",
			`${names} had delivered the same updates ${print(delivered)} and showed ${print(first.view)} and ${print(view)}`,
			first.index === index ? [index] : [first.index, index],
		);
	}

	/** Of each view once for each replica. What an invariant can't tell is left to the checker. */
	function askInvariants(index: number, key: ViewKey, view: unknown): void {
		const asked = viewsAsked.get(key) ?? new Set<number>();
		if (asked.has(index)) return;
		viewsAsked.set(key, asked.add(index));
		const encoded = encodeView(view);
		for (const [name, invariant] of invariants ?? []) {
			const property = `invariant:${name}`;
			if (isFound(property)) continue;
			const answer = answerOf(() => invariant.holds(encoded, ids[index] as string));
			if (answer !== false && typeof answer !== "string") continue;
			const why = typeof answer === "string" ? `: ${answer}` : "";
			report(property, "broken", `${name} doesn't hold at ${ids[index]}${why}: ${print(view)}`, [index]);
		}
	}

	function observeReloaded(index: number, { view, delivered }: Final, reloaded: unknown): void {
		if (delivered === undefined || viewKeys.key(reloaded) === viewKeys.key(view)) return;
		const shown = `${print(view)} and ${print(reloaded)}`;
		const reason = `live view and view after save and load differ: ${ids[index]} had delivered ${print(delivered)} and shows ${shown}`;
		report("strong-convergence", "reload", reason, [index]);
	}

	/** Of the set that `lengths` tells. */
	function judgeView(index: number, view: unknown, delivered: DeliveredJson): void {
		const visible: Acknowledged[] = [];
		for (const update of updates) {
			const length = lengths[update.index] as number;
			if (length < 0 ? hasDelivered(delivered, update.replica, update.number) : update.number <= length) {
				visible.push(update);
			}
		}
		if (oracle?.needsCausality === true) {
			for (const update of visible) if (!hasAllSeenBy(update, delivered)) return;
		}
		const mismatch = oracle?.judge(view, visible) ?? null;
		if (mismatch === null) return;
		const reason = `${ids[index]} had delivered ${print(delivered)} and ${mismatch.words}: ${print(view)}`;
		report("specification", mismatch.kind, reason, [index]);
	}

	function hasAllSeenBy({ seen, seenLengths }: Acknowledged, delivered: DeliveredJson): boolean {
		for (let i = 0; i < lengths.length; i++) {
			const [had, has] = [seenLengths[i] as number, lengths[i] as number];
			if (had < 0 || has < 0) return includes(delivered, seen);
			if (had > has) return false;
		}
		return true;
	}

	function accepted(
		index: number,
		{ f, value }: Operation,
		number: number,
		delivered: DeliveredJson | undefined,
	): void {
		if (delivered === undefined) specified = false;
		isNumbered = true;
		const replica = ids[index] as string;
		const earlier = updates.findIndex((update) => update.number === number && update.index === index);
		if (earlier >= 0) {
			const before = updates[earlier] as Acknowledged;
			if (!before.waived || isKnownElsewhere(before)) {
				const reason = `${replica} acknowledged two updates as ${replica}:${number}: it had forgotten the first (${before.f} ${print(before.value)})`;
				report("durability", "reused", reason, [index]);
			}
			updates.splice(earlier, 1);
			reused.push({ replica, number });
			if (disagreedAt !== null && hasDelivered(disagreedAt, replica, number)) {
				disagreedAt = null;
				found.splice(0, found.length, ...found.filter(({ property }) => property !== "strong-convergence"));
			}
			// One number means two things from here on: what a delivered set holds is not known any more.
			specified = false;
		}
		const subject = oracle === null ? "" : subjectOf(f, value);
		const seen = delivered ?? {};
		const seenLengths = ids.map(() => 0);
		keyOf(seen, seenLengths);
		updatesHash = mixed(mixed(mixed(mixed(updatesHash, index), number), hashOf(f)), hashOfJson(value));
		const step = judge.stepIndex;
		const update = { index, replica, number, f, value, subject, seen, seenLengths, step, waived: false };
		updates.push(update);
		masks?.accepted(update, index, viewKeys.bitOf(value));
	}

	function isKnownElsewhere({ index, replica, number }: Acknowledged): boolean {
		for (const observation of observations.values()) {
			if (observation.index !== index && hasDelivered(observation.delivered, replica, number)) return true;
		}
		return false;
	}

	function deliveredKey({ delivered }: Final): number | string | null {
		return delivered === undefined ? null : keyOf(delivered, lengths);
	}

	function crashed(index: number, diskLost: boolean): void {
		if (durable && !diskLost) return;
		for (const update of updates) if (update.index === index) update.waived = true;
	}

	function finish(finals: readonly (Final | null)[]): void {
		for (const update of updates) {
			const own = finals[update.index]?.delivered;
			if (update.waived || own === undefined || hasDelivered(own, update.replica, update.number)) continue;
			const id = `${update.replica}:${update.number}`;
			const reason = `${update.replica} acknowledged ${id} (${update.f} ${print(update.value)}) and doesn't have it in the end`;
			report("durability", "lost", reason, [update.index]);
			break;
		}
		judgeDelivery(finals);
		judgeAgreement(finals);
	}

	function judgeDelivery(finals: readonly (Final | null)[]): void {
		if (judge.haveDeliveredTheSame(finals)) return;
		for (const [index, final] of finals.entries()) {
			for (const [otherIndex, other] of finals.entries()) {
				if (final?.delivered === undefined || other?.delivered === undefined) continue;
				const lacking = firstLacking(final.delivered, other.delivered);
				if (lacking === null) continue;
				const reason = `${ids[otherIndex]} had delivered ${lacking.replica}:${lacking.number} and ${ids[index]} never did, although all links had healed`;
				report("eventual-delivery", "missing", reason, [index, otherIndex]);
				return;
			}
		}
	}

	function judgeAgreement(finals: readonly (Final | null)[]): void {
		const one = finals.findIndex((final) => final !== null);
		if (one < 0) return;
		const first = finals[one] as Final;
		const key = viewKeys.key(first.view);
		const other = finals.findIndex((final) => final !== null && viewKeys.key(final.view) !== key);
		if (other < 0) return;
		const shown = `${print(first.view)} and ${print((finals[other] as Final).view)}`;
		report("convergence", "differ", `in the end ${ids[one]} and ${ids[other]} show ${shown}`, [one, other]);
	}

	const judge: Judge = {
		accepted,
		acceptedUnnumbered() {
			// Where a replica numbers its updates, what has no number changed nothing.
			if (updates.length === 0) isNumbered = false;
		},
		observe,
		observeReloaded,
		crashed,
		threw(index, doing, error) {
			thrown = true;
			const message = cut(error instanceof Error ? error.message : String(error));
			// Names and numbers change while it is shrunk, the sentence round them doesn't.
			const sentence = message.replaceAll(/\d+|"[^"]*"|'[^']*'/g, "…");
			report("termination", `threw ${sentence}`, `${ids[index]} threw when it was to ${doing}: ${message}`, [
				index,
			]);
		},
		hasThrown: () => thrown,
		isSame: (before, after) =>
			before.every((final, index) => {
				const next = after[index] ?? null;
				if (final === null || next === null) return final === next;
				return (
					deliveredKey(final) === deliveredKey(next) && viewKeys.key(final.view) === viewKeys.key(next.view)
				);
			}),
		haveDeliveredTheSame(finals) {
			const [first] = finals;
			if (first?.delivered === undefined) return false;
			const key = keyOf(first.delivered, lengths);
			return finals.every(
				(final) => final?.delivered !== undefined && keyOf(final.delivered, lengths) === key,
			);
		},
		finish,
		violation() {
			if (found.length === 0) return null;
			const wish = found.find(({ property }) => property === wanted);
			if (wish !== undefined) return wish;
			for (const property of JUDGED_PROPERTIES) {
				const violation = found.find((candidate) => candidate.property === property);
				if (violation !== undefined) return violation;
			}
			return found[0] as Violation;
		},
		configuration() {
			let hash = updatesHash;
			for (const delivered of deliveredHashes) hash = mixed(hash, delivered);
			return hash;
		},
		digest: () => digest,
		stepIndex: 0,
	};
	return judge;
}

/** Those that hold always; those of settled replicas are left to the checker. @returns null: none */
function invariantsOf({
	invariants = {},
}: Pick<ReplicaDefinition, "invariants">): readonly (readonly [name: string, invariant: Invariant])[] | null {
	const always = Object.entries(invariants).filter(([, { when }]) => when === "always");
	return always.length === 0 ? null : always;
}

type Invariant = NonNullable<ReplicaDefinition["invariants"]>[string];

function answerOf(ask: () => unknown): unknown {
	try {
		return ask();
	} catch {
		return null;
	}
}

const LONGEST_TEXT_CHARACTERS = 200;

function print(value: unknown): string {
	return cut(JSON.stringify(encodeView(value)) ?? "undefined");
}

function cut(text: string): string {
	return text.length > LONGEST_TEXT_CHARACTERS ? `${text.slice(0, LONGEST_TEXT_CHARACTERS)}…` : text;
}
