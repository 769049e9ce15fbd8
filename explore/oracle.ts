/**
 * What a view must be, given the updates that its replica had delivered: the specifications of the built-in types once
 * more, small enough to be asked at every step of every schedule. The checker's own (checker/specifications) judge the same
 * from a history and with unknown outcomes; whatever this one finds, they have to confirm. Sources are named there.
 *
 * Every update is known here with its number and with what it had seen. Left to the checker: the order by which concurrent
 * writes of last-writer-wins types are arbitrated, and texts.
 */
import { canonical } from "../checker/canonical.ts";
import { encodeView } from "../controller/definition.ts";
import type { DeliveredJson, Json } from "../controller/runtimes/sim/cluster.ts";
import { hasDelivered } from "./delivered.ts";

/** An update that was acknowledged. */
export interface Accepted {
	readonly replica: string;
	readonly number: number;
	readonly f: string;
	readonly value: Json;
	/** The element, key or value that it is about: equal texts, equal values. */
	readonly subject: string;
	/** What its replica had delivered when it was accepted. */
	readonly seen: DeliveredJson;
	/** Its step. */
	readonly step: number;
}

export interface Mismatch {
	kind: "lost" | "phantom" | "resurrected" | "duplicated" | "wrong" | "malformed";
	/** Continues "r2 shows … and": what is wrong with it. */
	words: string;
}

export interface Oracle {
	/** Judges only views at delivered sets that hold all that their updates had seen (see checker/specifications/model.ts). */
	readonly needsCausality: boolean;
	judge(view: unknown, visible: readonly Accepted[]): Mismatch | null;
}

/** @returns null for a type whose specification is not known here */
export function oracleOf(type: string): Oracle | null {
	return ORACLES[type] ?? null;
}

/** The subject of an operation of any type; see {@link Accepted}. */
export function subjectOf(f: string, value: Json): string {
	if (typeof value === "string") return value;
	if (f === "set" && Array.isArray(value) && typeof value[0] === "string") return value[0];
	return notText(value);
}

const ORACLES: Readonly<Record<string, Oracle>> = {
	"g-counter": { needsCausality: false, judge: judgeSum },
	"pn-counter": { needsCausality: false, judge: judgeSum },
	"g-set": { needsCausality: false, judge: (view, visible) => judgeSet(view, visible, isAdded, isAdded) },
	"or-set": {
		needsCausality: true,
		judge: (view, visible) => judgeSet(view, visible, isAlive, isAlive),
	},
	"rw-set": {
		needsCausality: true,
		judge: (view, visible) => judgeSet(view, visible, isReAdded, isReAdded),
	},
	"two-phase-set": {
		needsCausality: false,
		judge: (view, visible) => judgeSet(view, visible, mayStay, mustStay),
	},
	"lww-register": { needsCausality: false, judge: judgeRegister },
	"mv-register": { needsCausality: true, judge: judgeSiblings },
	"lww-map": { needsCausality: false, judge: (view, visible) => judgeMap(view, visible, headsOf) },
	"or-map": { needsCausality: true, judge: (view, visible) => judgeMap(view, visible, setsBeforeDeletes) },
};

type Membership = (add: Accepted, visible: readonly Accepted[]) => boolean;

function isAdded(): boolean {
	return true;
}

/** No remove of the element had seen the add. */
function isAlive(add: Accepted, visible: readonly Accepted[]): boolean {
	for (const other of visible) {
		if (other.f === "remove" && other.subject === add.subject && hasSeen(other, add)) return false;
	}
	return true;
}

/** Some add had seen each remove of the element. */
function isReAdded({ subject }: Accepted, visible: readonly Accepted[]): boolean {
	for (const remove of visible) {
		if (remove.f !== "remove" || remove.subject !== subject) continue;
		if (!visible.some((add) => add.f === "add" && add.subject === subject && hasSeen(add, remove)))
			return false;
	}
	return true;
}

/** No remove had seen the element added at all. */
function mayStay({ subject }: Accepted, visible: readonly Accepted[]): boolean {
	return !visible.some(
		(remove) =>
			remove.f === "remove" &&
			remove.subject === subject &&
			visible.some((add) => add.f === "add" && add.subject === subject && hasSeen(remove, add)),
	);
}

/** Removing what isn't there may or may not bar it for good. */
function mustStay({ subject }: Accepted, visible: readonly Accepted[]): boolean {
	return !visible.some((remove) => remove.f === "remove" && remove.subject === subject);
}

function judgeSet(
	view: unknown,
	visible: readonly Accepted[],
	may: Membership,
	must: Membership,
): Mismatch | null {
	if (!Array.isArray(view)) return { kind: "malformed", words: "shows no array" };
	const allowed: string[] = [];
	for (const update of visible) {
		if (update.f !== "add") continue;
		const { subject } = update;
		const isAllowed = may(update, visible);
		if (isAllowed) allowed.push(subject);
		if (!(may === must ? isAllowed : must(update, visible)) || shows(view, subject)) continue;
		return { kind: "lost", words: `doesn't show ${subject}, which ${nameOf(update)} added` };
	}
	for (let i = 0; i < view.length; i++) {
		const element = textOf(view[i]);
		for (let j = 0; j < i; j++) {
			if (textOf(view[j]) === element) return { kind: "duplicated", words: `shows ${element} twice` };
		}
		if (allowed.includes(element)) continue;
		const added = visible.some(({ f, subject }) => f === "add" && subject === element);
		if (!added) return { kind: "phantom", words: `shows ${element}, which nobody added` };
		return { kind: "resurrected", words: `shows ${element}, which was removed and not added again since` };
	}
	return null;
}

function shows(view: readonly unknown[], subject: string): boolean {
	for (const element of view) if (textOf(element) === subject) return true;
	return false;
}

function judgeSum(view: unknown, visible: readonly Accepted[]): Mismatch | null {
	let sum = 0;
	for (const { value } of visible) sum += value as number;
	if (view === sum || !Number.isSafeInteger(sum)) return null;
	return { kind: "wrong", words: `shows ${String(view)} instead of ${sum}` };
}

function judgeRegister(view: unknown, visible: readonly Accepted[]): Mismatch | null {
	if (visible.length === 0) {
		return view === null ? null : { kind: "phantom", words: "shows a value that nobody wrote" };
	}
	const shown = textOf(view);
	if (headsOf(visible).some(({ value }) => textOf(value) === shown)) return null;
	const written = visible.some(({ value }) => textOf(value) === shown);
	const why = written ? "was overwritten" : "nobody wrote";
	return { kind: written ? "resurrected" : "lost", words: `shows ${shown}, which ${why}` };
}

function judgeSiblings(view: unknown, visible: readonly Accepted[]): Mismatch | null {
	if (!Array.isArray(view)) return { kind: "malformed", words: "shows no array" };
	const left = headsOf(visible).map(({ value }) => textOf(value));
	const all = new Set<string>();
	for (const element of view) {
		const shown = textOf(element);
		all.add(shown);
		const at = left.indexOf(shown);
		if (at < 0) {
			const written = visible.some(({ value }) => textOf(value) === shown);
			const why = written ? "a later write had seen" : "nobody wrote";
			return { kind: written ? "resurrected" : "phantom", words: `shows ${shown}, which ${why}` };
		}
		left.splice(at, 1);
	}
	// Of equal values, written concurrently, one may stand for all.
	const lost = left.find((value) => !all.has(value));
	return lost === undefined
		? null
		: { kind: "lost", words: `doesn't show ${lost}, which no other write had seen` };
}

function judgeMap(
	view: unknown,
	visible: readonly Accepted[],
	candidatesOf: (writes: readonly Accepted[]) => Accepted[],
): Mismatch | null {
	if (typeof view !== "object" || view === null || Array.isArray(view)) {
		return { kind: "malformed", words: "shows no object" };
	}
	const shown = view as Record<string, unknown>;
	for (const key of Object.keys(shown)) {
		if (!visible.some(({ f, subject }) => f === "set" && subject === key)) {
			return { kind: "phantom", words: `shows ${key}, which nobody set` };
		}
	}
	for (const key of new Set(visible.map(({ subject }) => subject))) {
		const candidates = candidatesOf(visible.filter(({ subject }) => subject === key));
		const isShown = Object.hasOwn(shown, key);
		const text = textOf(shown[key]);
		const explained = candidates.some(({ f, value }) =>
			f === "delete" ? !isShown : isShown && textOf((value as Json[])[1]) === text,
		);
		if (explained) continue;
		if (!isShown) return { kind: "lost", words: `doesn't show ${key}, which was set last` };
		return { kind: "resurrected", words: `shows ${key} = ${text}, which is not what was written last` };
	}
	return null;
}

/** Writes that no other one had seen. */
function headsOf(writes: readonly Accepted[]): Accepted[] {
	return writes.filter((write) => !writes.some((other) => other !== write && hasSeen(other, write)));
}

/** A set that no delete had seen wins over one that is concurrent. */
function setsBeforeDeletes(writes: readonly Accepted[]): Accepted[] {
	const heads = headsOf(writes);
	const sets = heads.filter(({ f }) => f === "set");
	return sets.length > 0 ? sets : heads;
}

function hasSeen(later: Accepted, { replica, number }: Accepted): boolean {
	return hasDelivered(later.seen, replica, number);
}

function nameOf({ replica, number }: Accepted): string {
	return `${replica}:${number}`;
}

function textOf(value: unknown): string {
	return typeof value === "string" ? value : notText(value);
}

/** Begins with what no text that is written for people begins with. */
function notText(value: unknown): string {
	return `\u0000${canonical(encodeView(value))}`;
}
