/**
 * Random small histories for the oracles of `session` and `causality`: three replicas and clients, at most six operations. Updates are
 * delivered one by one, so delivered sets have gaps; clients overlap; replicas forget, with and without a crash, and now and then
 * claim numbers that nobody gave them. For tests only.
 */
import fc from "fast-check";
import type { Delivered, Manifest } from "../../history/events.ts";
import { HistoryBuilder } from "./history-builder.ts";

type Outcome = "ok" | "hidden" | "info" | "fail" | "unnumbered";
type Step =
	| { do: "operate"; client: number; stays: boolean; read: boolean; outcome: Outcome }
	| { do: "begin"; client: number; stays: boolean; read: boolean }
	| { do: "end"; client: number; outcome: Outcome }
	| { do: "deliver"; to: number; from: number; number: number }
	| { do: "merge"; to: number; from: number }
	| { do: "observe"; replica: number }
	| { do: "crash"; replica: number; lose: boolean; forget: boolean }
	| { do: "forget"; replica: number; of: number };

const MAX_OPERATIONS = 6;
const LENGTH = { minLength: 12, maxLength: 28, size: "max" } as const;
const REPLICAS = ["r1", "r2", "r3"];

const replica = fc.nat(REPLICAS.length - 1);
/** Mostly at the replica of the same number, now and then another session at the next. */
const client = replica;
const stays = fc.integer({ min: 0, max: 7 }).map((draw) => draw > 0);
const read = fc.boolean();
const outcome = fc.constantFrom<Outcome[]>(
	...(["ok", "ok", "ok", "ok", "ok", "ok", "ok", "hidden", "info", "fail", "unnumbered"] as const),
);
const number = fc.integer({ min: 1, max: 2 });

function kind<const K extends Step["do"]>(word: K) {
	return fc.constant(word);
}

const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 9, arbitrary: fc.record({ do: kind("operate"), client, stays, read, outcome }) },
	{ weight: 3, arbitrary: fc.record({ do: kind("begin"), client, stays, read }) },
	{ weight: 3, arbitrary: fc.record({ do: kind("end"), client, outcome }) },
	{ weight: 5, arbitrary: fc.record({ do: kind("deliver"), to: replica, from: replica, number }) },
	{ weight: 4, arbitrary: fc.record({ do: kind("merge"), to: replica, from: replica }) },
	{ weight: 4, arbitrary: fc.record({ do: kind("observe"), replica }) },
	{
		weight: 1,
		arbitrary: fc.record({ do: kind("crash"), replica, lose: fc.boolean(), forget: fc.boolean() }),
	},
	{ weight: 6, arbitrary: fc.record({ do: kind("forget"), replica, of: replica }) },
);

/** Delivery by merging alone: with it most histories are right. */
const calm = fc.array(step, LENGTH).map((steps) =>
	steps.map((each): Step => {
		if (each.do === "deliver") return { do: "merge", to: each.to, from: each.from };
		return each.do === "forget" ? { do: "observe", replica: each.replica } : each;
	}),
);

export const causalHistory: fc.Arbitrary<HistoryBuilder> = fc
	.tuple(fc.oneof(calm, fc.array(step, LENGTH)), fc.record({ causal: fc.boolean(), durable: fc.boolean() }))
	.map(([steps, claims]) => new Play({ order: "any", duplicates: true, ...claims }).run(steps));

class Play {
	readonly #history: HistoryBuilder;
	readonly #delivered = REPLICAS.map(() => new Set<string>());
	readonly #counts = REPLICAS.map(() => 0);
	readonly #open: ({ id: string; at: number; read: boolean } | null)[] = REPLICAS.map(() => null);
	#operations = 0;

	constructor(delivers: Manifest) {
		this.#history = new HistoryBuilder("or-set", REPLICAS, delivers);
	}

	run(steps: Step[]): HistoryBuilder {
		for (const each of steps) this.#step(each);
		return this.#history.end();
	}

	#step(each: Step): void {
		switch (each.do) {
			case "operate":
				this.#begin(each.client, each);
				return this.#end(each.client, each.outcome);
			case "begin":
				return this.#begin(each.client, each);
			case "end":
				return this.#end(each.client, each.outcome);
			case "deliver": {
				// Perhaps of a number that was not given yet.
				const known = this.#counts[each.from] as number;
				if (each.number > known + (each.to === each.from ? 0 : 1)) return;
				this.#at(each.to).add(`${REPLICAS[each.from]}:${each.number}`);
				return;
			}
			case "merge":
				for (const update of this.#at(each.from)) this.#at(each.to).add(update);
				return;
			case "observe":
				this.#history.state(REPLICAS[each.replica] as string, [], encode(this.#at(each.replica)));
				return;
			case "crash":
				this.#history.crash(REPLICAS[each.replica] as string, each.lose ? "lose" : "keep");
				if (each.forget) this.#at(each.replica).clear();
				return;
			case "forget":
				for (const update of this.#at(each.replica)) {
					if (update.startsWith(`${REPLICAS[each.of]}:`)) this.#at(each.replica).delete(update);
				}
		}
	}

	#at(index: number): Set<string> {
		return this.#delivered[index] as Set<string>;
	}

	#begin(of: number, { stays: isHome, read: isRead }: { stays: boolean; read: boolean }): void {
		if (this.#open[of] !== null || this.#operations === MAX_OPERATIONS) return;
		const id = `c-${this.#operations++}`;
		const at = isHome ? of : (of + 1) % REPLICAS.length;
		this.#open[of] = { id, at, read: isRead };
		this.#history.push({ event: "invoke", ...common(of, id, at, isRead) });
	}

	#end(of: number, how: Outcome): void {
		const begun = this.#open[of];
		if (begun === null || begun === undefined) return;
		this.#open[of] = null;
		const { id, at, read: isRead } = begun;
		const event = common(of, id, at, isRead);
		if (how === "fail" || how === "info" || how === "hidden") {
			if (how === "hidden" && !isRead) this.#accept(at);
			const error = { code: "timeout", message: "" };
			this.#history.push({ event: how === "fail" ? "fail" : "info", ...event, error });
			return;
		}
		const update = isRead ? null : this.#accept(at);
		const named = update === null || how === "unnumbered" ? {} : { update };
		const value = isRead ? [] : id;
		this.#history.push({ event: "ok", ...event, value, ...named, delivered: encode(this.#at(at)) });
	}

	#accept(at: number): string {
		this.#counts[at] = (this.#counts[at] as number) + 1;
		const update = `${REPLICAS[at]}:${this.#counts[at]}`;
		this.#at(at).add(update);
		return update;
	}
}

function common(of: number, id: string, at: number, isRead: boolean) {
	const f = isRead ? "read" : "add";
	return { process: of, replica: REPLICAS[at] as string, id, f, value: isRead ? null : id };
}

function encode(updates: ReadonlySet<string>): Delivered {
	const result: Record<string, [number, number][]> = {};
	for (const update of [...updates].sort()) {
		const [of, given] = update.split(":") as [string, string];
		result[of] = [...(result[of] ?? []), [Number(given), Number(given)]];
	}
	return result;
}
