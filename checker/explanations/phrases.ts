/** Operations in plain words: `add "milk"`, `insert "a" at 0`, `move "b" under "a"`, `set k0.items to ["x"]`. */
import type { Json } from "../../history/events.ts";
import type { Operation } from "../run.ts";
import { show } from "../words.ts";

type Members = { [key: string]: Json };

/** What isn't known to be of a built-in type's shape stands as it was asked for. */
export function inWords({ f, value }: Pick<Operation, "f" | "value">): string {
	if (value === null) return f;
	if (Array.isArray(value)) {
		const [key, set] = value;
		const isEntry = f === "set" && value.length === 2 && typeof key === "string";
		return isEntry ? `set ${show(key)} to ${show(set)}` : `${f} ${show(value)}`;
	}
	const words =
		typeof value === "object" ? (ofPath(f, value) ?? ofMove(f, value) ?? ofIndex(f, value)) : null;
	return words ?? `${f} ${show(value)}`;
}

/** `k0.items[2]`. */
export function pathInWords(path: readonly Json[]): string {
	return path
		.map((step, at) => {
			if (typeof step === "string" && /^[\w-]+$/.test(step)) return at === 0 ? step : `.${step}`;
			return `[${show(step)}]`;
		})
		.join("");
}

/** A tree's or a list's. */
function ofMove(f: string, value: Members): string | null {
	if (f !== "move") return null;
	const { node, parent = null, from, to } = value;
	if (holdsOnly(value, ["node", "parent"]) && typeof node === "string") {
		return parent === null ? `move ${show(node)} to the root` : `move ${show(node)} under ${show(parent)}`;
	}
	if (holdsOnly(value, ["from", "to"]) && typeof from === "number" && typeof to === "number") {
		return `move the item at ${from} to ${to}`;
	}
	return null;
}

/** A list's or a text's. */
function ofIndex(f: string, value: Members): string | null {
	const { index, count = 1, text, value: item = text } = value;
	if (typeof index !== "number") return null;
	if (f === "delete" && holdsOnly(value, ["index", "count"])) {
		return count === 1 ? `delete what is at ${index}` : `delete ${show(count)} from ${index} on`;
	}
	if (item === undefined || !holdsOnly(value, ["index", "value", "text"])) return null;
	if (f === "insert") return `insert ${show(item)} at ${index}`;
	return f === "set" ? `set what is at ${index} to ${show(item)}` : null;
}

/** A document's. */
function ofPath(f: string, value: Members): string | null {
	const { path, value: put, by, index } = value;
	if (!Array.isArray(path) || path.length === 0) return null;
	const where = pathInWords(path);
	if (f === "delete" && holdsOnly(value, ["path"])) return `delete ${where}`;
	if (f === "increment" && holdsOnly(value, ["path", "by"]) && by !== undefined) {
		return `increment ${where} by ${show(by)}`;
	}
	if (put === undefined || !holdsOnly(value, ["path", "value", "index"])) return null;
	if (f === "set" && index === undefined) return `set ${where} to ${show(put)}`;
	if (f !== "insert") return null;
	return typeof index === "number"
		? `insert ${show(put)} at ${where}[${index}]`
		: `insert ${show(put)} into ${where}`;
}

function holdsOnly(value: Members, names: readonly string[]): boolean {
	return Object.keys(value).every((name) => names.includes(name));
}
