/**
 * The checker's judge: the same properties decided the slow way, by the definitions, on small histories. It tries every
 * way in which operations with unknown outcome may have happened, everything they may have seen, and every
 * order of the writes. Shares nothing with the checker. For tests only; exponential.
 */
import type { Delivered, HistoryEvent, HistoryHeader, Json } from "../../history/events.ts";
import { documentFits } from "./document-oracle.ts";
import { sequenceFits } from "./sequence-oracle.ts";

export interface Write {
	id: string;
	f: string;
	value: Json;
	seen: Set<string>;
	result?: Json | undefined;
}

export interface Seen {
	replica: string;
	view: Json;
	delivered: Set<string>;
	final: boolean;
	index: number;
}

export interface SmallHistory {
	header: HistoryHeader;
	events: HistoryEvent[];
}

export function idsOf(delivered: Delivered): Set<string> {
	const ids = new Set<string>();
	for (const [replica, runs] of Object.entries(delivered)) {
		const list = typeof runs === "number" ? [[1, runs] as const] : runs;
		for (const [first, last] of list) for (let n = first; n <= last; n++) ids.add(`${replica}:${n}`);
	}
	return ids;
}

function observationsOf({ events }: SmallHistory): Seen[] {
	return events.flatMap((event): Seen[] => {
		if (event.event !== "state" || event.delivered === undefined) return [];
		const { replica, view, final, index } = event;
		return [{ replica, view, final, index, delivered: idsOf(event.delivered) }];
	});
}

export function oracleConverged(history: SmallHistory): boolean {
	const finals = observationsOf(history).filter(({ final }) => final);
	return finals.every(({ view }) => shownOf(history, view) === shownOf(history, finals[0]?.view ?? null));
}

export function oracleStronglyConverged(history: SmallHistory): boolean {
	const all = observationsOf(history);
	return all.every((a) =>
		all.every(
			(b) => !same(a.delivered, b.delivered) || shownOf(history, a.view) === shownOf(history, b.view),
		),
	);
}

export function oracleDelivered(history: SmallHistory): boolean {
	const finals = observationsOf(history).filter(({ final }) => final);
	const crashed = crashes(history);
	return finals.every((a) => {
		const all = finals.every((b) => same(a.delivered, b.delivered));
		const missing = acknowledged(history).filter(
			({ id, index, replica }) =>
				!a.delivered.has(id) && !crashed.some((c) => c.replica === replica && index < c.end),
		);
		return all && missing.length === 0;
	});
}

export function oracleDurable(history: SmallHistory): boolean {
	const observations = observationsOf(history);
	const finals = observations.filter(({ final }) => final);
	const crashed = crashes(history);
	const lostDisk = (replica: string) => crashed.some((c) => c.replica === replica && c.lost);
	return acknowledged(history).every(({ id, index, replica }) => {
		const later = crashed.filter((c) => c.replica === replica && index < c.end);
		const nowhere = finals.every(({ delivered }) => !delivered.has(id));
		const forgot = finals.some((final) => final.replica === replica && !final.delivered.has(id));
		if (!later.some(({ lost }) => lost)) return !nowhere && !(later.length > 0 && forgot);
		const kept = observations.some(
			(seen) => seen.replica !== replica && !lostDisk(seen.replica) && seen.delivered.has(id),
		);
		return !nowhere || !kept;
	});
}

function acknowledged({ events }: SmallHistory) {
	return events.flatMap((event) =>
		event.event === "ok" && event.update !== undefined
			? [{ id: event.update, index: event.index, replica: event.replica }]
			: [],
	);
}

function crashes({ events }: SmallHistory) {
	const result: { replica: string; lost: boolean; end: number }[] = [];
	for (const event of events) {
		if (event.event !== "fault" || event.phase !== "end") continue;
		const { crash, disk } = event.fault;
		result.push({ replica: crash as string, lost: disk === "lose", end: event.index });
	}
	return result;
}

/** Whether some assignment, some visibility and some order of the writes explain all views of the history. */
export function oracleExplains(history: SmallHistory): boolean {
	const observations = observationsOf(history);
	const known: Write[] = [];
	const infos: { id: string; replica: string; f: string; value: Json; index: number }[] = [];
	const invoked = new Map<string, number>();
	for (const event of history.events) {
		if (event.event === "invoke") invoked.set(event.id, event.index);
		if (event.event === "info") infos.push({ ...event, index: invoked.get(event.id) as number });
		if (event.event !== "ok" || event.update === undefined) continue;
		const { update: id, f, value, result } = event;
		known.push({ id, f, value, result, seen: idsOf(event.delivered ?? {}) });
	}
	const firstSeen = new Map<string, number>();
	for (const event of history.events) {
		if (event.event !== "state" && event.event !== "ok") continue;
		for (const id of idsOf(event.delivered ?? {})) if (!firstSeen.has(id)) firstSeen.set(id, event.index);
	}
	const hidden = [...firstSeen.keys()].filter((id) => known.every((write) => write.id !== id));
	return assignments(hidden, infos, firstSeen).some((hiddenWrites) =>
		visibilities(known, hiddenWrites).some((writes) =>
			fits(history.header.type as string, writes, observations),
		),
	);
}

const SEQUENCES = ["text", "list", "movable-list"];

type Info = { id: string; replica: string; f: string; value: Json; index: number };

function assignments(ids: string[], infos: Info[], firstSeen: Map<string, number>): Omit<Write, "seen">[][] {
	const [id, ...rest] = ids;
	if (id === undefined) return [[]];
	return infos
		.filter((info) => id.startsWith(`${info.replica}:`) && info.index < (firstSeen.get(id) as number))
		.flatMap((info) => {
			const others = infos.filter((other) => other !== info);
			return assignments(rest, others, firstSeen).map((more) => [
				{ id, f: info.f, value: info.value },
				...more,
			]);
		});
}

function visibilities(known: Write[], hidden: Omit<Write, "seen">[]): Write[][] {
	const [next, ...rest] = hidden;
	if (next === undefined) return [known];
	const candidates = [...known, ...rest].map(({ id }) => id);
	const sawIt = new Set(known.filter((write) => write.seen.has(next.id)).map(({ id }) => id));
	return subsets(candidates.filter((id) => !sawIt.has(id))).flatMap((seen) =>
		visibilities([...known, { ...next, seen: new Set([...seen, next.id]) }], rest),
	);
}

function fits(type: string, writes: Write[], observations: Seen[]): boolean {
	if (type === "or-map") return fitsMap(writes, observations);
	if (type === "json") return linearExtensions(writes).some((order) => documentFits(order, observations));
	if (SEQUENCES.includes(type)) return sequenceFits(type, writes, observations);
	if (type === "tree") {
		return observations.every(({ view, delivered }) => {
			const orders = linearExtensions(writes.filter(({ id }) => delivered.has(id)));
			return orders.some((order) => places(view) === places(replayed(order)));
		});
	}
	const isLww = type === "lww-register";
	const orders = isLww ? linearExtensions(writes) : [writes];
	return orders.some((order) =>
		observations.every(({ view, delivered }) => {
			const visible = order.filter(({ id }) => delivered.has(id));
			return plain(view) === plain(evaluate(type, visible));
		}),
	);
}

/** The definitions of Burckhardt et al. 2014, word by word. @param visible in arbitration order */
function evaluate(type: string, visible: Write[]): Json {
	const unseen = (write: Write, by: Write[]) =>
		by.every((other) => other === write || !other.seen.has(write.id));
	switch (type) {
		case "pn-counter":
			return visible.reduce((sum, { value }) => sum + (value as number), 0);
		case "g-set":
			return unique(visible.map(({ value }) => value));
		case "or-set": {
			const adds = visible.filter(({ f }) => f === "add");
			const removes = visible.filter(({ f }) => f === "remove");
			return unique(
				adds
					.filter((add) =>
						unseen(
							add,
							removes.filter(({ value }) => plain(value) === plain(add.value)),
						),
					)
					.map(({ value }) => value),
			);
		}
		case "rw-set": {
			const adds = visible.filter(({ f }) => f === "add");
			const removes = visible.filter(({ f }) => f === "remove");
			const isIn = (value: Json) =>
				removes
					.filter((remove) => remove.value === value)
					.every((remove) => adds.some((add) => add.value === value && add.seen.has(remove.id)));
			return unique(adds.map(({ value }) => value)).filter(isIn);
		}
		case "mv-register":
			return visible.filter((write) => unseen(write, visible)).map(({ value }) => value);
		case "lww-register":
			return visible.at(-1)?.value ?? null;
		default:
			throw new Error(`the oracle knows no ${type}`);
	}
}

/** For each key on its own, any order of its sets will do. */
function fitsMap(writes: Write[], observations: Seen[]): boolean {
	const keyOf = ({ value }: Write) => (Array.isArray(value) ? value[0] : value) as string;
	const shownKeys = observations.flatMap(({ view }) => Object.keys(view as object));
	return [...new Set([...writes.map(keyOf), ...shownKeys])].every((key) => {
		const those = writes.filter((write) => keyOf(write) === key);
		return permutations(those.filter(({ f }) => f === "set")).some((order) =>
			observations.every(({ view, delivered }) => {
				const visible = those.filter(({ id }) => delivered.has(id));
				const isHead = (write: Write) =>
					visible.every((other) => other === write || !other.seen.has(write.id));
				const winner = order.findLast((write) => visible.includes(write) && isHead(write));
				const shown = (view as Record<string, Json>)[key];
				return winner === undefined ? shown === undefined : shown === (winner.value as Json[])[1];
			}),
		);
	});
}

/** Kleppmann et al. 2022: a move below itself has no effect. */
function replayed(order: Write[]): Json {
	const tree: Record<string, string | null> = {};
	for (const { value } of order) {
		const { node, parent } = value as { node: string; parent: string | null };
		let above = parent;
		while (above !== null && above !== node) above = tree[above] ?? null;
		if (above === null) tree[node] = parent;
	}
	return tree;
}

/** Without those at the root. */
function places(view: Json): string {
	const entries = Object.entries(view as Record<string, Json>).filter(([, parent]) => parent !== null);
	return JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function permutations<T>(items: T[]): T[][] {
	if (items.length === 0) return [[]];
	return items.flatMap((item, at) =>
		permutations(items.filter((_, index) => index !== at)).map((rest) => [item, ...rest]),
	);
}

/** All orders in which every write comes after those that it had seen. */
function linearExtensions(writes: Write[]): Write[][] {
	if (writes.length === 0) return [[]];
	const first = writes.filter((write) =>
		writes.every((other) => other === write || !write.seen.has(other.id)),
	);
	return first.flatMap((write) =>
		linearExtensions(writes.filter((other) => other !== write)).map((rest) => [write, ...rest]),
	);
}

function unique(values: Json[]): Json[] {
	return [...new Map(values.map((value) => [plain(value), value])).values()];
}

/** Good enough for the values of these histories: texts, numbers, objects of them, and arrays of them in any order. */
function plain(view: Json): string {
	if (typeof view !== "object" || view === null) return JSON.stringify(view);
	const parts = Array.isArray(view)
		? view.map((value) => JSON.stringify(value))
		: Object.entries(view).map((entry) => JSON.stringify(entry));
	return `[${parts.sort().join()}]`;
}

/** Lists in their order. */
function shownOf({ header }: SmallHistory, view: Json): string {
	return header.type === "list" ? JSON.stringify(view) : plain(view);
}

function same(left: Set<string>, right: Set<string>): boolean {
	return left.size === right.size && [...left].every((id) => right.has(id));
}

function subsets(ids: string[]): string[][] {
	return ids.reduce<string[][]>((all, id) => [...all, ...all.map((some) => [...some, id])], [[]]);
}
