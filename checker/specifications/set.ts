/**
 * Sets. `g-set`: an element is in it if some visible update added it. `or-set` (add wins): if some visible add of it was seen
 * by no visible remove of it. `rw-set` (remove wins): if it was added, and for every visible remove of it there is a
 * visible add of it that had seen that remove. `two-phase-set`: if it was added, and no visible remove had seen it added;
 * removing what isn't there may or may not bar it for good, implementations differ, so both are accepted. Shapiro et
 * al. 2011, "A comprehensive study of CRDTs", section 3.3; Bieniusa et al. 2012, "Brief announcement: semantics of
 * eventually consistent replicated sets".
 */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import { show } from "../words.ts";
import { Heads } from "./heads.ts";
import { type Mismatch, type Model, nameOf, unknownOperation } from "./model.ts";
import { keyOf, mustHaveSeen, type Update } from "./update.ts";

type SetType = "g-set" | "two-phase-set" | "or-set" | "rw-set";

/** A sentence names no more updates. */
const MAX_NAMED = 3;

/** What one element's updates say about its membership. */
interface Membership {
	add(update: Update): void;
	remove(update: Update): void;
	may(): boolean;
	/** Adds for which it must be shown, the first few; empty: it need not. */
	must(): Update[];
}

interface Element {
	json: Json;
	membership: Membership;
	adds: Update[];
	removes: Update[];
}

const MEMBERSHIPS: Record<SetType, () => Membership> = {
	"g-set": addWins,
	"two-phase-set": twoPhase,
	"or-set": addWins,
	"rw-set": removeWins,
};

export function setModel(type: SetType): Model {
	const elements = new Map<string, Element>();
	const changed = new Set<string>();
	const must = new Map<string, Update[]>();
	const may = new Set<string>();

	function apply(update: Update): void {
		const { f, value } = update.operation;
		if (f !== "add" && (f !== "remove" || type === "g-set")) unknownOperation(type, update.operation);
		const key = keyOf(update);
		let element = elements.get(key);
		if (element === undefined) {
			const membership = MEMBERSHIPS[type]();
			element = { json: value, membership, adds: [], removes: [] };
			elements.set(key, element);
		}
		element.membership[f](update);
		(f === "add" ? element.adds : element.removes).push(update);
		changed.add(key);
	}

	function refresh(): void {
		for (const key of changed) {
			const { membership } = elements.get(key) as Element;
			const adds = membership.must();
			if (adds.length > 0) must.set(key, adds);
			else must.delete(key);
			if (membership.may()) may.add(key);
			else may.delete(key);
		}
		changed.clear();
	}

	function judge(view: Json): Mismatch | null {
		if (!Array.isArray(view)) return malformed(view);
		refresh();
		const shown = new Set<string>();
		for (const json of view) {
			const key = canonical(json);
			if (shown.has(key)) return duplicated(json, elements.get(key), view);
			shown.add(key);
			if (!may.has(key)) return surplus(type, json, elements.get(key), view);
		}
		for (const [key, adds] of must) {
			if (!shown.has(key)) return lost(type, elements.get(key) as Element, adds, view);
		}
		return null;
	}
	return { needsCausality: type === "or-set" || type === "rw-set", ignoresNumbers: false, apply, judge };
}

function addWins(): Membership {
	const heads = new Heads();
	return {
		add: (update) => heads.add(update),
		remove: (update) => heads.cover(update),
		may: () => heads.possible.length > 0,
		must: () => heads.firstSure(MAX_NAMED),
	};
}

/** The or-set mirrored: an add covers the removes that it had seen, and one that nothing covers bars the element. */
function removeWins(): Membership {
	const removes = new Heads();
	const adds: Update[] = [];
	return {
		add: (update) => {
			removes.cover(update);
			adds.push(update);
		},
		remove: (update) => removes.add(update),
		may: () => adds.length > 0 && removes.sure.length === 0,
		must: () => (removes.possible.length > 0 ? [] : firstCertain(adds)),
	};
}

function firstCertain(adds: readonly Update[]): Update[] {
	const first = adds.find((add) => add.certain);
	return first === undefined ? [] : [first];
}

function twoPhase(): Membership {
	const adds: Update[] = [];
	const removes: Update[] = [];
	let removed = false;
	return {
		add: (update) => adds.push(update),
		remove: (update) => removes.push(update),
		may: () => {
			removed ||= removes.some((remove) => remove.certain && adds.some((add) => mustHaveSeen(remove, add)));
			return adds.length > 0 && !removed;
		},
		must: () => (removes.length > 0 ? [] : firstCertain(adds)),
	};
}

function malformed(view: Json): Mismatch {
	return {
		kind: "malformed",
		words: `shows ${show(view)}, which is no array`,
		path: "",
		expected: [],
		found: view,
		operations: [],
	};
}

function duplicated(json: Json, element: Element | undefined, view: Json): Mismatch {
	return {
		kind: "duplicated",
		words: `shows ${show(json)} more than once`,
		path: "",
		expected: `${show(json)} at most once`,
		found: view,
		operations: (element?.adds ?? []).map((add) => add.operation),
	};
}

function surplus(type: SetType, json: Json, element: Element | undefined, view: Json): Mismatch {
	const adds = element?.adds ?? [];
	const removes = element?.removes ?? [];
	const common = { path: "", expected: `${show(json)} absent`, found: view };
	const operations = [...adds, ...removes].map((update) => update.operation);
	if (adds.length === 0) {
		const words = `shows ${show(json)}, which none of them added`;
		return { ...common, kind: "phantom", words, operations };
	}
	const by = removes.map(nameOf).slice(-3).join(", ");
	const why =
		type === "rw-set"
			? `no add of it had seen a remove of it (of ${by})`
			: `every add of it had been seen by a remove (${by})`;
	const words = `shows ${show(json)}, although ${why}`;
	return { ...common, kind: "resurrected", words, operations };
}

function lost(type: SetType, element: Element, adds: Update[], view: Json): Mismatch {
	const shown = show(element.json);
	const by = adds.map(nameOf).join(", ");
	const unremoved = type === "rw-set" ? "adds had seen every remove" : "no remove had seen";
	const because = element.removes.length === 0 ? "nobody removed" : unremoved;
	return {
		kind: "lost",
		words: `doesn't show ${shown}, which ${by} added and ${because}`,
		path: "",
		expected: `${shown} present`,
		found: view,
		operations: [...adds, ...element.removes].map((update) => update.operation),
	};
}
