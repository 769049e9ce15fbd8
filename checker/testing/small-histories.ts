/**
 * Random small histories for the oracle: two or three replicas, at most six operations, delivery by merging what
 * another replica has (so causal), views that are right or a little wrong, crashes, lost updates. For tests only.
 */
import fc from "fast-check";
import type { Json } from "../../history/events.ts";
import { HistoryBuilder } from "./history-builder.ts";

export const ORACLE_TYPES = [
	"pn-counter",
	"g-set",
	"or-set",
	"rw-set",
	"mv-register",
	"lww-register",
	"or-map",
	"list",
	"tree",
] as const;
type OracleType = (typeof ORACLE_TYPES)[number];

type Step =
	| { do: "operate"; replica: number; f: number; value: number; outcome: "ok" | "info" | "hidden" | "fail" }
	| { do: "merge"; from: number; to: number }
	| { do: "observe"; replica: number; view: number }
	| { do: "crash"; replica: number; lose: boolean; forget: boolean };

const MAX_OPERATIONS = 6;
/** Each costs the oracle every subset of the updates. */
const MAX_HIDDEN = 2;
const VALUES = ["x", "y", "z"];

const replica = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			do: fc.constant("operate" as const),
			replica,
			f: fc.nat(2),
			value: fc.nat(2),
			outcome: fc.constantFrom("ok", "ok", "ok", "info", "hidden", "fail"),
		}),
	},
	{ weight: 3, arbitrary: fc.record({ do: fc.constant("merge" as const), from: replica, to: replica }) },
	{ weight: 4, arbitrary: fc.record({ do: fc.constant("observe" as const), replica, view: fc.nat(40) }) },
	{
		weight: 3,
		arbitrary: fc.record({
			do: fc.constant("crash" as const),
			replica,
			lose: fc.boolean(),
			forget: fc.boolean(),
		}),
	},
);

interface Ending {
	heal: boolean;
	/** At last a replica crashes, and nobody has its last update any more. */
	lost: { replica: number; lose: boolean } | null;
	views: number[];
}

const ending: fc.Arbitrary<Ending> = fc.record({
	heal: fc.boolean(),
	lost: fc.option(fc.record({ replica, lose: fc.boolean() }), { freq: 2 }),
	views: fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
});

export function smallHistory(type: OracleType): fc.Arbitrary<HistoryBuilder> {
	return fc.tuple(fc.array(step, { maxLength: 16 }), ending).map(([steps, how]) => build(type, steps, how));
}

function build(type: OracleType, steps: Step[], { heal, lost, views }: Ending): HistoryBuilder {
	const names = ["r1", "r2", "r3"];
	const history = new HistoryBuilder(type, names);
	const counts = [0, 0, 0];
	const delivered = names.map(() => [0, 0, 0]);
	/** What a simple replica would show: right when nothing was concurrent, and then sometimes. */
	const shown: Json[][] = names.map(() => []);
	const at = (index: number) =>
		Object.fromEntries(names.map((name, of) => [name, delivered[index]?.[of] ?? 0]));
	const merge = (from: number, to: number) => {
		delivered[to] = (delivered[to] as number[]).map((n, of) => Math.max(n, delivered[from]?.[of] as number));
		shown[to] = [...new Set([...(shown[to] as Json[]), ...(shown[from] as Json[])])];
	};
	let operations = 0;
	let hidden = 0;
	for (const each of steps) {
		if (each.do === "merge") merge(each.from, each.to);
		if (each.do === "observe")
			history.state(
				names[each.replica] as string,
				view(type, shown[each.replica] as Json[], each.view),
				at(each.replica),
			);
		if (each.do === "crash") {
			history.crash(names[each.replica] as string, each.lose ? "lose" : "keep");
			// Its own numbers go on, so that none is given twice: that is tested by hand.
			if (each.forget) delivered[each.replica] = [0, 0, 0];
		}
		if (each.do !== "operate" || operations === MAX_OPERATIONS) continue;
		operations += 1;
		const name = names[each.replica] as string;
		const { f, value, result } = operation(type, each, operations, shown[each.replica] as Json[]);
		// What a delete of unknown outcome took nobody could say: that is tested by hand.
		const outcome = result === undefined ? each.outcome : "ok";
		if (outcome === "hidden") hidden += 1;
		if (outcome === "fail" || outcome === "info" || hidden > MAX_HIDDEN) {
			history.notOk(outcome === "fail" ? "fail" : "info", name, f, value);
			continue;
		}
		const number = (counts[each.replica] as number) + 1;
		counts[each.replica] = number;
		(delivered[each.replica] as number[])[each.replica] = number;
		shown[each.replica] = next(type, f, value, shown[each.replica] as Json[], result);
		if (outcome === "hidden") history.notOk("info", name, f, value);
		else
			history.ok(name, f, value, {
				update: `${name}:${number}`,
				delivered: at(each.replica),
				...(result !== undefined && { result }),
			});
	}
	if (heal)
		for (const [from, to] of [
			[0, 1],
			[1, 2],
			[2, 0],
			[0, 1],
		] as const)
			merge(from, to);
	if (lost !== null) {
		history.crash(names[lost.replica] as string, lost.lose ? "lose" : "keep");
		for (const counts of delivered) counts[lost.replica] = Math.max(0, (counts[lost.replica] as number) - 1);
	}
	names.forEach((name, index) =>
		history.state(name, view(type, shown[index] as Json[], views[index] as number), at(index), true),
	);
	return history.end(heal ? "settled" : "stalled");
}

function operation(
	type: OracleType,
	{ f, value }: { f: number; value: number },
	count: number,
	shown: Json[],
): { f: string; value: Json; result?: Json } {
	if (type === "pn-counter") return { f: "add", value: 1 + value * 2 };
	if (type === "or-map") {
		const key = VALUES[value % 2] as string;
		return f === 0 ? { f: "delete", value: key } : { f: "set", value: [key, count] };
	}
	if (type === "list") {
		const items = listOf(shown);
		const index = items.length === 0 ? 0 : value % items.length;
		if (f > 0 || items.length === 0) return { f: "insert", value: { index, value: `v${count}` } };
		return { f: "delete", value: { index, count: 1 }, result: [items[index] as Json] };
	}
	if (type === "tree") {
		const parent = f === 0 ? null : (VALUES[(value + f) % 3] as string);
		return { f: "move", value: { node: VALUES[value] as string, parent, count } };
	}
	if (type === "or-set" || type === "rw-set")
		return { f: f === 0 ? "remove" : "add", value: VALUES[value % 2] as string };
	if (type === "g-set") return { f: "add", value: VALUES[value] as string };
	// Values written twice would be lenient cases: which of the two is shown nobody can tell.
	return { f: "write", value: `v${count}` };
}

function next(type: OracleType, f: string, value: Json, shown: Json[], result: Json | undefined): Json[] {
	if (type === "tree") return [...shown, value];
	if (type === "list") {
		if (result !== undefined) return [...shown, { gone: (result as Json[])[0] as Json }];
		const { index, value: element } = value as { index: number; value: Json };
		return [...shown.slice(0, index), element, ...shown.slice(index)];
	}
	if (type === "or-map") {
		const key = f === "set" ? (value as Json[])[0] : value;
		const others = shown.filter((entry) => (entry as Json[])[0] !== key);
		return f === "set" ? [...others, value] : others;
	}
	if (type === "pn-counter") return [...shown, value];
	if (f === "write") return [value];
	return f === "remove" ? shown.filter((element) => element !== value) : [...new Set([...shown, value])];
}

function view(type: OracleType, shown: Json[], choice: number): Json {
	const wrong = choice < 4;
	if (type === "tree") return treeOf(wrong ? shown.slice(choice) : shown);
	if (type === "list") return listOf(shown).slice(wrong ? choice : 0);
	if (type === "or-map") return Object.fromEntries((wrong ? shown.slice(choice) : shown) as [string, Json][]);
	if (type === "pn-counter")
		return shown.reduce<number>((sum, value) => sum + (value as number), 0) + (wrong ? choice : 0);
	if (type === "lww-register") return wrong ? (choice === 0 ? null : `v${choice}`) : (shown.at(-1) ?? null);
	if (type === "mv-register" && wrong) return Array.from({ length: choice }, (_, index) => `v${index + 1}`);
	return wrong ? VALUES.slice(0, choice) : shown;
}

/** Elements stand in the order in which they were inserted or came; deletes are marks among them. */
function listOf(shown: Json[]): Json[] {
	const gone = new Set(
		shown.flatMap((entry) => (typeof entry === "object" ? [(entry as { gone: Json }).gone] : [])),
	);
	return shown.filter((entry) => typeof entry !== "object" && !gone.has(entry));
}

/** The moves in the order in which they were invoked, which is one that extends visibility. */
function treeOf(shown: Json[]): Json {
	const tree = new Map<string, string | null>();
	const moves = shown as { node: string; parent: string | null; count: number }[];
	for (const { node, parent } of [...moves].sort((left, right) => left.count - right.count)) {
		let above = parent;
		while (above !== null && above !== node) above = tree.get(above) ?? null;
		if (above === null) tree.set(node, parent);
	}
	return Object.fromEntries(tree);
}
