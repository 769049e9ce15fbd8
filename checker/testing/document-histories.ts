/**
 * Random small histories of texts, lists, movable lists and JSON documents for the oracle: three replicas, at most six operations,
 * delivery by merging what another replica has (so causal). Whoever writes them sees everything: a place among all elements
 * is drawn for each new one, so that about half of the histories are right by construction; the others have one flaw. For tests only.
 */
import fc from "fast-check";
import type { Json } from "../../history/events.ts";
import { documentView } from "./document-oracle.ts";
import { HistoryBuilder } from "./history-builder.ts";
import { RightSequence } from "./right-sequence.ts";

export const DOCUMENT_TYPES = ["list", "text", "movable-list", "json"] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

/** What is wrong: an index is one too high, an element goes anywhere, one view shows something else. */
const FLAWS = ["none", "none", "none", "index", "place", "view"] as const;
type Flaw = (typeof FLAWS)[number];

type Step =
	| {
			do: "operate";
			replica: number;
			f: number;
			at: number;
			to: number;
			gap: number;
			letter: number;
			says: boolean;
			outcome: Outcome;
	  }
	| { do: "merge"; from: number; to: number }
	| { do: "observe"; replica: number };
type Operate = Extract<Step, { do: "operate" }>;
type Outcome = "ok" | "info" | "hidden" | "fail";

export interface DocumentHistory {
	history: HistoryBuilder;
	/** True: nothing is wrong with it. */
	isRight: boolean;
	/** No outcome is unknown, every element can be told from the others, nothing was taken away or moved. */
	isPlain: boolean;
}

export interface Executed {
	id: string;
	f: string;
	value: Json;
	seen: Set<string>;
}

const MAX_OPERATIONS = 6;
/** Each costs the oracle every subset of the updates. */
const MAX_HIDDEN = 1;
const NAMES = ["r1", "r2", "r3"];
const ALL_SAME = "ab";

const replica = fc.nat(2);
const any = fc.nat(59);
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.record({
			do: fc.constant("operate" as const),
			replica,
			f: any,
			at: any,
			to: any,
			gap: any,
			letter: fc.nat(1),
			says: fc.boolean(),
			outcome: fc.constantFrom<Outcome>("ok", "ok", "ok", "ok", "ok", "ok", "info", "hidden", "fail"),
		}),
	},
	{ weight: 3, arbitrary: fc.record({ do: fc.constant("merge" as const), from: replica, to: replica }) },
	{ weight: 3, arbitrary: fc.record({ do: fc.constant("observe" as const), replica }) },
);

export function documentHistory(type: DocumentType): fc.Arbitrary<DocumentHistory> {
	return fc
		.record({
			steps: fc.array(step, { minLength: 4, maxLength: 18 }),
			heal: fc.boolean(),
			flaw: fc.constantFrom(...FLAWS),
			/** Elements may be equal. */
			repeats: fc.constantFrom(false, false, true),
			how: any,
			where: any,
		})
		.map((drawn) => new Writer(type, drawn).write());
}

interface Drawn {
	steps: Step[];
	heal: boolean;
	flaw: Flaw;
	repeats: boolean;
	how: number;
	where: number;
}

class Writer {
	readonly #type: DocumentType;
	readonly #drawn: Drawn;
	readonly #history: HistoryBuilder;
	readonly #delivered = NAMES.map(() => new Set<string>());
	readonly #counts = NAMES.map(() => 0);
	readonly #executed: Executed[] = [];
	readonly #sequence = new RightSequence();
	#operations = 0;
	#hidden = 0;
	#observed = 0;
	#isPlain = true;
	#flaws = 0;

	constructor(type: DocumentType, drawn: Drawn) {
		this.#type = type;
		this.#drawn = drawn;
		this.#history = new HistoryBuilder(type, NAMES);
	}

	write(): DocumentHistory {
		const { steps, heal } = this.#drawn;
		for (const each of steps) {
			if (each.do === "merge") this.#merge(each.from, each.to);
			else if (each.do === "observe") this.#observe(each.replica, false);
			else if (this.#operations < MAX_OPERATIONS) this.#operate(each);
		}
		if (heal)
			for (const [from, to] of [
				[0, 1],
				[1, 2],
				[2, 0],
				[2, 1],
			] as const)
				this.#merge(from, to);
		for (const [index] of NAMES.entries()) this.#observe(index, true);
		this.#history.end(heal ? "settled" : "stalled");
		return { history: this.#history, isRight: this.#flaws === 0, isPlain: this.#isPlain };
	}

	#at(index: number): Set<string> {
		return this.#delivered[index] as Set<string>;
	}

	#merge(from: number, to: number): void {
		for (const id of this.#at(from)) this.#at(to).add(id);
	}

	#encode(index: number): Record<string, number> {
		const here = [...this.#at(index)];
		return Object.fromEntries(
			NAMES.map((name) => [name, here.filter((id) => id.startsWith(`${name}:`)).length]),
		);
	}

	#operate(step: Operate): void {
		const value = this.#draw(step);
		if (value === null) return;
		this.#operations += 1;
		const name = NAMES[step.replica] as string;
		const { outcome } = step;
		if (outcome !== "ok") this.#isPlain = false;
		if (outcome === "fail" || outcome === "info" || (outcome === "hidden" && this.#hidden === MAX_HIDDEN)) {
			this.#history.notOk(outcome === "fail" ? "fail" : "info", name, value.f, value.value);
			return;
		}
		const before = new Set(this.#at(step.replica));
		this.#counts[step.replica] = (this.#counts[step.replica] as number) + 1;
		const id = `${name}:${this.#counts[step.replica]}`;
		this.#at(step.replica).add(id);
		const executed: Executed = { id, ...value, seen: new Set([...before, id]) };
		this.#executed.push(executed);
		const result = this.#type === "json" ? undefined : this.#apply(executed, before, step);
		if (outcome === "hidden") {
			this.#hidden += 1;
			this.#history.notOk("info", name, value.f, this.#told(value.value));
			return;
		}
		this.#history.ok(name, value.f, this.#told(value.value), {
			update: id,
			delivered: this.#encode(step.replica),
			...(result !== undefined && { result }),
		});
	}

	/** What the client asked for: one place too far, where that is the flaw. */
	#told(value: Json): Json {
		const { flaw, where } = this.#drawn;
		const { index, count } = value as { index?: number; count?: number };
		if (flaw !== "index" || index === undefined || count !== undefined) return value;
		if (this.#operations !== 1 + (where % MAX_OPERATIONS)) return value;
		this.#flaws += 1;
		return { ...(value as object), index: index + 1 };
	}

	#draw(step: Operate): { f: string; value: Json } | null {
		if (this.#type === "json") return drawChange(step, this.#operations, this.#view(step.replica));
		const { length } = this.#sequence.read(this.#at(step.replica));
		const isMovable = this.#type === "movable-list";
		const kinds = ["insert", "insert", "insert", "delete", ...(isMovable ? ["move", "move", "set"] : [])];
		const f = length === 0 ? "insert" : (kinds[step.f % kinds.length] as string);
		if (f !== "insert") this.#isPlain = false;
		const index = step.at % (f === "insert" ? length + 1 : Math.max(1, length));
		const name = `v${this.#operations}`;
		if (f === "delete") return { f, value: { index, count: index + 2 <= length ? 1 + step.letter : 1 } };
		if (f === "move") return { f, value: { from: index, to: step.to % length } };
		if (f === "set") return { f, value: { index, value: name } };
		if (this.#drawn.repeats) this.#isPlain = false;
		// Beyond the end is the end.
		const asked = index === length && step.says ? index + 2 : index;
		if (this.#type === "text") return { f, value: { index: asked, text: this.#characters(step) } };
		return {
			f,
			value: { index: asked, value: this.#drawn.repeats ? (ALL_SAME[step.letter] as string) : name },
		};
	}

	/** One or two. Of an insert of unknown outcome one: where two may have gone has too many answers. */
	#characters({ letter, to, outcome }: Operate): string {
		const first = 97 + 2 * this.#operations;
		const two = this.#drawn.repeats ? (letter === 0 ? "ab" : "aa") : String.fromCharCode(first, first + 1);
		return outcome === "ok" && to % 3 === 0 ? two : (two[letter] as string);
	}

	#apply(executed: Executed, before: Set<string>, { gap, says }: Operate): Json | undefined {
		const { f, value } = executed;
		const isAnywhere = this.#drawn.flaw === "place" && this.#operations > 1;
		if (isAnywhere) this.#flaws += 1;
		const taken = this.#sequence.apply(executed, before, gap, isAnywhere);
		if (f !== "delete" || (this.#type !== "text" && !says)) return undefined;
		const { count } = value as { count: number };
		const values = taken.slice(0, count);
		return this.#type === "text" ? (values as string[]).join("") : values;
	}

	#view(index: number): Json {
		const here = this.#at(index);
		if (this.#type === "json") return documentView(this.#executed.filter(({ id }) => here.has(id)));
		const values = this.#sequence.read(here).map(({ value }) => value);
		return this.#type === "text" ? (values as string[]).join("") : values;
	}

	#observe(index: number, final: boolean): void {
		const right = this.#view(index);
		const { flaw, how, where } = this.#drawn;
		const isFlawed = flaw === "view" && (final ? index === where % 3 : this.#observed++ === where % 4);
		const view = isFlawed ? flawed(right, how) : right;
		if (JSON.stringify(view) !== JSON.stringify(right)) this.#flaws += 1;
		this.#history.state(NAMES[index] as string, view, this.#encode(index), final);
	}
}

/** Null: a replica would refuse it. */
function drawChange({ f, at }: Operate, count: number, view: Json): { f: string; value: Json } | null {
	const name = `v${count}`;
	const paths = [["a"], ["a", "x"], ["l"], ["a", "l"], ["n"], ["a", "x"]];
	const path = paths[at % paths.length] as string[];
	const shown = view as Record<string, Json>;
	const above = path.length === 1 ? {} : (shown["a"] ?? {});
	if (typeof above !== "object" || Array.isArray(above) || above === null) return null;
	const here = path.length === 1 ? shown[path[0] as string] : above[path[1] as string];
	const kinds = ["set", "set", "set", "delete", "insert", "insert", "increment", "increment"];
	const kind = kinds[f % kinds.length] as string;
	if (kind === "delete") return { f: kind, value: { path } };
	if (kind === "insert") {
		return here === undefined || Array.isArray(here) ? { f: kind, value: { path, value: name } } : null;
	}
	if (kind === "increment") {
		return here === undefined || typeof here === "number" ? { f: kind, value: { path, by: count } } : null;
	}
	const values: Json[] = [name, name, 10 * count, {}, { x: name }, [name], []];
	return { f: kind, value: { path, value: values[(f + at) % values.length] as Json } };
}

function flawed(view: Json, how: number): Json {
	if (typeof view === "string") return (flawed(view.split(""), how) as string[]).join("");
	if (typeof view === "number") return view + 1 + (how % 3);
	if (Array.isArray(view)) {
		const at = view.length === 0 ? 0 : how % view.length;
		switch (how % 5) {
			case 0:
				return view.filter((_, index) => index !== at);
			case 1:
				return [...view, ...view.slice(at, at + 1)];
			case 2:
				return [...view].reverse();
			case 3:
				return [...view.slice(at, at + 1), ...view.filter((_, index) => index !== at)];
			default:
				return view
					.map((item) => JSON.stringify(item))
					.sort()
					.map((item) => JSON.parse(item) as Json);
		}
	}
	if (view === null || typeof view !== "object") return "v0";
	const keys = Object.keys(view);
	const key = keys[how % Math.max(1, keys.length)];
	if (key === undefined) return { a: "v0" };
	const { [key]: one, ...rest } = view;
	return how % 4 === 0 ? rest : { ...rest, [key]: flawed(one as Json, Math.floor(how / 2)) };
}
