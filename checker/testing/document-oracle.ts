/**
 * JSON documents decided the slow way, by the definition: what an update put at a place stands unless a visible `set` or `delete` of
 * that place, or of one above, had seen it. A place is there while something stands at it or below; of several values the one
 * that is last in the order of all writes is shown, and increments that stand are added to a number. After Kleppmann and Beresford
 * 2017, section 4. Lists are judged as bags, and no path leads through an item. For tests only; shares nothing with the checker.
 */
import type { Json } from "../../history/events.ts";
import type { Seen, Write } from "./oracle.ts";

type What =
	| { kind: "value"; value: Json }
	| { kind: "increment"; amount: number }
	| { kind: "map" | "list" }
	| { kind: "item"; value: Json };

type Put = { by: Write; path: string[] } & What;

/** @param order the writes, one after another as the last writer wins */
export function documentFits(order: Write[], observations: Seen[]): boolean {
	return observations.every(({ view, delivered }) => {
		const visible = order.filter(({ id }) => delivered.has(id));
		return isMap(view) && entriesFit(standing(visible), [], view);
	});
}

/** What a right replica shows: of several kinds at one place the one of the last write. */
export function documentView(order: Write[]): Json {
	return mapOf(standing(order), []);
}

function standing(visible: Write[]): Put[] {
	const overwriting = visible.filter(({ f }) => f === "set" || f === "delete");
	return visible.flatMap(putsOf).filter(({ by, path }) => {
		const above = overwriting.filter((other) => other !== by && isPrefix(pathOf(other), path));
		return above.every((other) => !other.seen.has(by.id));
	});
}

function putsOf(by: Write): Put[] {
	const { value, by: amount } = by.value as { value: Json; by: number };
	const path = pathOf(by);
	if (by.f === "set") return valuesOf(by, path, value);
	if (by.f === "insert") return [{ by, path, kind: "item", value }];
	return by.f === "increment" ? [{ by, path, kind: "increment", amount }] : [];
}

function valuesOf(by: Write, path: string[], value: Json): Put[] {
	if (Array.isArray(value)) {
		return [
			{ by, path, kind: "list" },
			...value.map((item): Put => ({ by, path, kind: "item", value: item })),
		];
	}
	if (!isMap(value)) return [{ by, path, kind: "value", value }];
	const below = Object.entries(value).flatMap(([key, entry]) => valuesOf(by, [...path, key], entry));
	return [{ by, path, kind: "map" }, ...below];
}

function entriesFit(puts: Put[], path: string[], shown: Record<string, Json>): boolean {
	const keys = keysBelow(puts, path);
	return (
		Object.keys(shown).every((key) => keys.has(key)) &&
		[...keys].every((key) => shown[key] !== undefined && placeFits(puts, [...path, key], shown[key]))
	);
}

/** Any kind that stands there may be shown. */
function placeFits(puts: Put[], path: string[], shown: Json): boolean {
	const here = putsAt(puts, path);
	const kinds = kindsOf(puts, path);
	if (isMap(shown)) return kinds.has("map") && entriesFit(puts, path, shown);
	if (Array.isArray(shown)) return kinds.has("list") && sameBag(shown, itemsOf(here));
	return kinds.has("value") && JSON.stringify(shown) === JSON.stringify(valueOf(here));
}

function mapOf(puts: Put[], path: string[]): Json {
	return Object.fromEntries(
		[...keysBelow(puts, path)].map((key) => {
			const place = [...path, key];
			const here = putsAt(puts, place);
			const last = puts.findLast((put) => isPrefix(place, put.path)) as Put;
			const kind = last.path.length > place.length ? "map" : kindOf(last);
			if (kind === "map") return [key, mapOf(puts, place)];
			return [key, kind === "list" ? itemsOf(here) : valueOf(here)];
		}),
	);
}

function kindsOf(puts: Put[], path: string[]): Set<"map" | "list" | "value"> {
	const kinds = new Set(putsAt(puts, path).map(kindOf));
	if (keysBelow(puts, path).size > 0) kinds.add("map");
	return kinds;
}

function kindOf({ kind }: Put): "map" | "list" | "value" {
	if (kind === "map") return "map";
	return kind === "list" || kind === "item" ? "list" : "value";
}

function valueOf(here: Put[]): Json {
	const value = here.flatMap((put) => (put.kind === "value" ? [put.value] : [])).at(-1);
	if (value !== undefined && typeof value !== "number") return value;
	return here.reduce((sum, put) => sum + (put.kind === "increment" ? put.amount : 0), value ?? 0);
}

function itemsOf(here: Put[]): Json[] {
	return here.flatMap((put) => (put.kind === "item" ? [put.value] : []));
}

function keysBelow(puts: Put[], path: string[]): Set<string> {
	const below = puts.filter((put) => put.path.length > path.length && isPrefix(path, put.path));
	return new Set(below.map((put) => put.path[path.length] as string));
}

function putsAt(puts: Put[], path: string[]): Put[] {
	return puts.filter((put) => put.path.length === path.length && isPrefix(path, put.path));
}

function pathOf({ value }: Write): string[] {
	return (value as { path: string[] }).path;
}

function isPrefix(start: string[], path: string[]): boolean {
	return start.every((key, at) => key === path[at]);
}

function sameBag(left: Json[], right: Json[]): boolean {
	const [a, b] = [left, right].map((items) =>
		JSON.stringify(items.map((item) => JSON.stringify(item)).sort()),
	);
	return a === b;
}

function isMap(value: Json): value is Record<string, Json> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
