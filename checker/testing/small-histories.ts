/**
 * Random small histories for the oracle: two or three replicas, at most six operations, delivery by merging what
 * another replica has (so causal), views that are right or a little wrong, crashes, lost updates. For tests only.
 */
import fc from "fast-check";
import type { Json } from "../../history/events.ts";
import { HistoryBuilder } from "./history-builder.ts";

export const ORACLE_TYPES = ["pn-counter", "g-set", "or-set", "mv-register", "lww-register"] as const;
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
		const { f, value } = operation(type, each, operations);
		if (each.outcome === "hidden") hidden += 1;
		if (each.outcome === "fail" || each.outcome === "info" || hidden > MAX_HIDDEN) {
			history.notOk(each.outcome === "fail" ? "fail" : "info", name, f, value);
			continue;
		}
		const number = (counts[each.replica] as number) + 1;
		counts[each.replica] = number;
		(delivered[each.replica] as number[])[each.replica] = number;
		shown[each.replica] = next(type, f, value, shown[each.replica] as Json[]);
		if (each.outcome === "hidden") history.notOk("info", name, f, value);
		else history.ok(name, f, value, { update: `${name}:${number}`, delivered: at(each.replica) });
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
): { f: string; value: Json } {
	if (type === "pn-counter") return { f: "add", value: 1 + value * 2 };
	if (type === "or-set") return { f: f === 0 ? "remove" : "add", value: VALUES[value % 2] as string };
	if (type === "g-set") return { f: "add", value: VALUES[value] as string };
	// Values written twice would be lenient cases: which of the two is shown nobody can tell.
	return { f: "write", value: `v${count}` };
}

function next(type: OracleType, f: string, value: Json, shown: Json[]): Json[] {
	if (type === "pn-counter") return [...shown, value];
	if (f === "write") return [value];
	return f === "remove" ? shown.filter((element) => element !== value) : [...new Set([...shown, value])];
}

function view(type: OracleType, shown: Json[], choice: number): Json {
	const wrong = choice < 4;
	if (type === "pn-counter")
		return shown.reduce<number>((sum, value) => sum + (value as number), 0) + (wrong ? choice : 0);
	if (type === "lww-register") return wrong ? (choice === 0 ? null : `v${choice}`) : (shown.at(-1) ?? null);
	if (type === "mv-register" && wrong) return Array.from({ length: choice }, (_, index) => `v${index + 1}`);
	return wrong ? VALUES.slice(0, choice) : shown;
}
