/**
 * Registers and maps of them. A multi-value register shows exactly the visible writes that are maximal by visibility;
 * a last-writer-wins one shows the greatest by an arbitration that the checker doesn't know, but that extends
 * visibility: so the value shown must be one of the maximal writes, and all choices of the run must fit one order (see
 * `arbitration.ts`). Burckhardt et al. 2014, figure 4.
 *
 * An `or-map` has a key while some visible set of it was seen by no visible set or delete of it, and shows the value of
 * one of those: whatever order arbitrates, it is one, though it may be that of the replicas' names and not causal.
 */
import type { Json } from "../../history/events.ts";
import { canonical, typed, userKey } from "../canonical.ts";
import { show } from "../words.ts";
import { Heads } from "./heads.ts";
import { type Chosen, type Mismatch, type Model, nameOf, unknownOperation } from "./model.ts";
import type { Update } from "./update.ts";

/** The writes of one register, deletes among them. */
interface Register {
	heads: Heads;
	writes: Update[];
}

export type MapType = "lww-map" | "or-map";

export function lwwRegisterModel(chosen: Chosen): Model {
	const register: Register = { heads: new Heads(), writes: [] };
	return {
		needsCausality: false,
		ignoresNumbers: false,
		apply(update) {
			if (update.operation.f !== "write") unknownOperation("lww-register", update.operation);
			write(register, update);
		},
		judge(view) {
			if (view === null && register.heads.sure.length === 0) return null;
			return judgeRegister("", "", register, view, (update) => update.operation.value, chosen);
		},
	};
}

export function mapModel(type: MapType, chosen: Chosen): Model {
	const registers = new Map<string, Register>();
	return {
		needsCausality: false,
		ignoresNumbers: false,
		apply(update) {
			const key = keyOf(type, update);
			let register = registers.get(key);
			if (register === undefined) {
				register = { heads: new Heads(), writes: [] };
				registers.set(key, register);
			}
			if (type === "or-map" && update.operation.f === "delete") undo(register, update);
			else write(register, update);
		},
		judge(view) {
			if (typeof view !== "object" || view === null || Array.isArray(view) || typed(view) !== null) {
				return { ...blank(view), kind: "malformed", words: `shows ${show(view)}, which is no object` };
			}
			const shown = new Map(Object.keys(view).map((key) => [userKey(key), view[key] as Json]));
			for (const key of shown.keys()) {
				if (registers.has(key)) continue;
				const words = `shows ${key} = ${show(shown.get(key))}, which none of them set`;
				return { ...blank(view), kind: "phantom", words, path: key };
			}
			for (const [key, register] of registers) {
				const value = shown.get(key);
				if (value === undefined && register.heads.sure.length === 0) continue;
				if (value === undefined && type === "or-map") return lostKey(key, register, view);
				const mismatch = judgeRegister(key, `${key} = `, register, value, valueSet, chosen);
				if (mismatch !== null) return mismatch;
			}
			return null;
		},
	};
}

export function mvRegisterModel(): Model {
	const register: Register = { heads: new Heads(), writes: [] };
	return {
		needsCausality: true,
		ignoresNumbers: false,
		apply(update) {
			if (update.operation.f !== "write") unknownOperation("mv-register", update.operation);
			write(register, update);
		},
		judge(view) {
			if (!Array.isArray(view)) {
				return { ...blank(view), kind: "malformed", words: `shows ${show(view)}, which is no array` };
			}
			return judgeSiblings(register, view);
		},
	};
}

/** Takes away what it had seen, and nothing is left of it. */
function undo(register: Register, update: Update): void {
	register.heads.cover(update);
	register.writes.push(update);
}

function write(register: Register, update: Update): void {
	register.heads.add(update);
	register.heads.cover(update);
	register.writes.push(update);
}

function lostKey(key: string, { heads, writes }: Register, found: Json): Mismatch {
	const set = heads.sure.map((update) => `the ${show(valueSet(update))} of ${nameOf(update)}`);
	return {
		kind: "lost",
		words: `doesn't show ${key}, although no delete or set had seen ${set.slice(0, 3).join(" or ")}`,
		path: key,
		expected: `${key} present`,
		found,
		operations: writes.map((update) => update.operation),
	};
}

/** @param shown undefined: the key is absent */
function judgeRegister(
	key: string,
	label: string,
	{ heads, writes }: Register,
	shown: Json | undefined,
	valueOf: (update: Update) => Json | undefined,
	chosen: Chosen,
): Mismatch | null {
	const showsIt = (update: Update) => {
		const value = valueOf(update);
		return shown === undefined || value === undefined
			? shown === value
			: canonical(value) === canonical(shown);
	};
	const winners = heads.possible.filter(showsIt);
	if (winners.length > 0) {
		const [winner] = winners as [Update];
		if (winners.length === 1 && winner.certain)
			chosen(
				key,
				winner,
				heads.sure.filter((head) => head !== winner),
			);
		return null;
	}
	const what = shown === undefined ? `doesn't show ${key}` : `shows ${label}${show(shown)}`;
	const candidates = heads.possible
		.slice(0, 4)
		.map((head) => `${describe(head, valueOf)} of ${nameOf(head)}`);
	const latest = candidates.join(" or ");
	const overwritten = writes.filter(showsIt);
	const common = {
		path: key,
		expected: latest,
		found: shown ?? null,
		operations: [...overwritten.slice(-3), ...heads.possible].map((update) => update.operation),
	};
	if (overwritten.length > 0) {
		const by = overwritten.map(nameOf).slice(-3).join(", ");
		const words = `${what}, as ${by} left it, which had been overwritten: only ${latest} could be shown`;
		return { ...common, kind: shown === undefined ? "lost" : "resurrected", words };
	}
	const kind = shown === undefined || shown === null ? "lost" : "phantom";
	return { ...common, kind, words: `${what}, which none of them wrote: only ${latest} could be shown` };
}

function judgeSiblings({ heads, writes }: Register, view: Json[]): Mismatch | null {
	const allowed = new Map<string, number>();
	for (const head of heads.possible) {
		const value = canonical(head.operation.value);
		allowed.set(value, (allowed.get(value) ?? 0) + 1);
	}
	const shown = new Set<string>();
	for (const json of view) {
		const value = canonical(json);
		const left = allowed.get(value);
		if (left === undefined) return notMaximal(json, writes, view);
		if (left === 0) {
			const words = `shows ${show(json)} more often than it was written`;
			return { ...blank(view), kind: "duplicated", words };
		}
		allowed.set(value, left - 1);
		shown.add(value);
	}
	for (const head of heads.sure) {
		if (shown.has(canonical(head.operation.value))) continue;
		const value = show(head.operation.value);
		return {
			kind: "lost",
			words: `doesn't show ${value}, which ${nameOf(head)} wrote and no write had seen`,
			path: "",
			expected: `${value} among the values`,
			found: view,
			operations: heads.possible.map((update) => update.operation),
		};
	}
	return null;
}

function notMaximal(json: Json, writes: Update[], view: Json): Mismatch {
	const those = writes.filter((update) => canonical(update.operation.value) === canonical(json));
	const operations = those.map((update) => update.operation);
	const common = { ...blank(view), expected: `${show(json)} absent`, operations };
	if (those.length === 0) {
		return { ...common, kind: "phantom", words: `shows ${show(json)}, which none of them wrote` };
	}
	const by = those.map(nameOf).slice(-3).join(", ");
	return {
		...common,
		kind: "resurrected",
		words: `shows ${show(json)} of ${by}, which a later write had seen`,
	};
}

function describe(update: Update, valueOf: (update: Update) => Json | undefined): string {
	const value = valueOf(update);
	return value === undefined ? "the delete" : `the ${show(value)}`;
}

function keyOf(type: MapType, { operation }: Update): string {
	const { f, value } = operation;
	if (f === "set" && Array.isArray(value) && value.length === 2 && typeof value[0] === "string")
		return value[0];
	if (f === "delete" && typeof value === "string") return value;
	if (f !== "set" && f !== "delete") unknownOperation(type, operation);
	throw new Error(`${operation.id} asks for ${f} ${show(value)}; a set takes [key, value], a delete the key`);
}

function valueSet({ operation }: Update): Json | undefined {
	return operation.f === "set" ? (operation.value as [string, Json])[1] : undefined;
}

function blank(view: Json): Mismatch {
	return { kind: "wrong", words: "", path: "", expected: null, found: view, operations: [] };
}
