/** Some hundred and ten places to break the checker in, one line each; `bench/mutations.ts` says how they are used. */

export interface Mutation {
	/** Under `checker/`. */
	file: string;
	/** Stands there once. */
	original: string;
	broken: string;
}

type Pair = [original: string, broken: string];

export const MUTATIONS: readonly Mutation[] = [
	...breaks(
		"canonical.ts",
		['	"rw-set",\n', ""],
		['Object.is(value, -0) ? "-0" : String(value)', "String(value)"],
	),
	...breaks(
		"delivered.ts",
		[
			"(has[1] as number) < (runs[1] as number)) return false;\n\t\t\tcontinue;",
			"false) return false;\n\t\t\tcontinue;",
		],
		["number < (runs[2 * middle] as number)", "number <= (runs[2 * middle] as number)"],
		["rest.push(start, (without[cut] as number) - 1)", "rest.push(start, without[cut] as number)"],
		["end !== undefined && first <= end + 1", "end !== undefined && first <= end + 2"],
	),
	...breaks(
		"causal-gaps.ts",
		["if (!coversVector(vector, before)) passed = columns.map(() => 0);", ""],
		["if (!isCovered) gaps.gap", "if (isCovered && gaps === null) gaps.gap"],
		["if (!covers(moment.delivered, update.demands)) gaps.gap", "if (gaps === null) gaps.gap"],
	),
	...breaks(
		"version-vectors.ts",
		["runs.length !== 2 || runs[0] !== 1", "runs.length !== 2"],
		["(whole[place] as number) < (part[place] as number)", "whole.length < place"],
	),
	...breaks("deliveries.ts", [" && replicas.includes(this.#replicas[at] as string)", ""]),
	...breaks(
		"run.ts",
		['event.f !== "read" || operation.value !== null', 'event.f !== "read"'],
		["running.diskLost ||= diskLost;", ""],
		["if (earlier !== undefined) this.run.reused.push", "if (earlier === undefined) this.run.reused.push"],
	),
	...breaks("settled.ts", ['		case "stalled":\n', ""]),
	...breaks("lost-updates.ts", ["completion.index < crash.endIndex", "completion.index < crash.startIndex"]),
	...breaks("verdict.ts", ['if (verdicts.includes("fail")) return "fail";', ""]),
	...breaks("thresholds.ts", ["max !== undefined && value > max", "max !== undefined && value >= max + 2"]),
	...breaks("invariants.ts", ["if (answer === true) {", "if (answer) {"]),
	...breaks("elements.ts", ["	if (unique.has(element)) repeated.add(element);\n			else ", "			"]),
	...breaks("properties/convergence.ts", ["if (groups.size > 1)", "if (groups.size > 2)"]),
	...breaks(
		"properties/strong-convergence.ts",
		[
			"if (group.reference.view.key === observation.view.key) continue;",
			'if (group.reference.view.key === observation.view.key || observation.source === "read") continue;',
		],
		["reused.some(({ replica, number }) => hasDelivered(delivered, replica, number))", "reused.length < 0"],
	),
	...breaks(
		"properties/eventual-delivery.ts",
		["if (behind.length > 0) return", "if (behind.length > 1) return"],
		["isMissing(update, all) && update.crash === null", "isMissing(update, all) && update.crash !== null"],
	),
	...breaks("properties/termination.ts", ["if (open.length > 0)", "if (open.length > 1)"]),
	...breaks(
		"properties/durability.ts",
		["update.crash !== null && update.waivedBy === null && isMissing", "update.crash === null && isMissing"],
		["keeperOf(run, update) === null", "true"],
		["replica !== earlier.replica &&", ""],
	),
	...breaks(
		"properties/specification.ts",
		["return once(run, firstCausalGap).gap === null;", "return true;"],
		["if (walked.informative === 0)", "if (walked.judged === 0)"],
		["if (contradiction !== null) return", "if (contradiction === undefined) return"],
	),
	...breaks("properties/session.ts", [
		"if (broken !== null) return notSeen",
		"if (broken === undefined) return notSeen",
	]),
	...breaks(
		"properties/causality.ts",
		["if (cycle !== null) return", "if (cycle === undefined) return"],
		["if (seen > before)", "if (seen > before + 1)"],
	),
	...breaks(
		"properties/list-order.ts",
		["if (done.has(to)) continue;", "continue;"],
		["if (judged.has(key)) continue;", "if (judged.size > 0) continue;"],
		["if (known.has(element)) return element;", ""],
		["if (neighbours === 0)", "if (neighbours < 0)"],
	),
	...breaks(
		"properties/interleaving.ts",
		[" && !hasSeen(right, left)", ""],
		["if (sizeOf(next.after) !== sizeOf(run.after) + 1) return null;", ""],
		["longer !== null && seenContiguous(longer)", "longer !== null"],
	),
	...breaks(
		"specifications/update.ts",
		[
			"if (earlier.seen !== null && hasDelivered(earlier.seen, later.replica, later.number)) return false;",
			"",
		],
		[
			"completion.index < earlier.operation.invoke.index",
			"completion.index > earlier.operation.invoke.index",
		],
		["!earlier.reused && ", ""],
		["if (open.length === next - first) close();", ""],
		["?? Number.POSITIVE_INFINITY) < index", "?? Number.POSITIVE_INFINITY) < index + 1_000"],
		["certain: false, reused: true", "certain: true, reused: true"],
	),
	...breaks(
		"specifications/walk.ts",
		["if (!covers(delivered, position.delivered)) position = begin();", ""],
		["position.early.length > 0 && position.model.needsCausality", "position.early.length < 0"],
		["if (known.has(update.operation)) continue;", ""],
		[" || sawReused(update, updates)", ""],
	),
	...breaks(
		"specifications/heads.ts",
		["const more = owner === replica ? subtractRuns(runs, [number, number]) : runs;", "const more = runs;"],
		["head.certain && !this.#vague", "!this.#vague"],
		["!this.#vague.some((cover) => mayHaveSeen(cover, head))", "true"],
		["head.reused || ", ""],
	),
	...breaks(
		"specifications/arbitration.ts",
		["if (winner !== write && hasDelivered(write.seen, winner.replica, winner.number)) yield winner;", ""],
		["const winners = causal ? [...choices.keys()] : [];", "const winners = [...choices.keys()];"],
	),
	...breaks(
		"specifications/counter.ts",
		["happened === null ? null : Math.min", "happened !== null ? null : Math.min"],
		["sums.some(([low, high]) => low <= value && value <= high)", "sums.some(([low]) => low <= value)"],
		["sum += delta;", "sum += delta < 0n ? -delta : delta;"],
	),
	...breaks("specifications/reads.ts", ["add.invoke.index > until", "add.invoke.index < 0"]),
	...breaks(
		"specifications/set.ts",
		["remove: (update) => heads.cover(update),", "remove: () => {},"],
		["adds.length > 0 && removes.sure.length === 0", "adds.length > 0 && removes.possible.length === 0"],
		["removes.possible.length > 0 ? []", "removes.sure.length > 0 ? []"],
		["adds.length > 0 && !removed", "adds.length > 0"],
		["if (shown.has(key)) return duplicated", "if (shown.size < 0) return duplicated"],
	),
	...breaks(
		"specifications/register.ts",
		[
			'type === "or-map" && update.operation.f === "delete"',
			'type !== "or-map" && update.operation.f === "delete"',
		],
		[
			"if (value === undefined && register.heads.sure.length === 0) continue;",
			"if (value === undefined) continue;",
		],
		["for (const head of heads.sure) {", "for (const head of heads.sure.slice(1)) {"],
		["allowed.set(value, left - 1);", ""],
		["winners.length === 1 && winner.certain", "winners.length > 1 && winner.certain"],
	),
	...breaks(
		"specifications/sequence.ts",
		["gone = Math.max(gone, counts.get(item) ?? 0)", "gone += counts.get(item) ?? 0"],
		["missing > blindItems || ", ""],
		["missing <= MAX_MISSING_COMPARED && !mayBeTaken(item)", "false"],
		["those.some((item) => deleted.has(item)) || ", ""],
		['if (!update.certain || type === "movable-list") return;', "return;"],
	),
	...breaks(
		"specifications/local-steps.ts",
		["if (run.reused.length > 0) return followed;", ""],
		["items.splice(Math.min(index, length), 0,", "items.splice(index + 1, 0,"],
		["|| index + count > length) return", ") return"],
		["removed === null || same(removed, stood) ? null", "removed !== null ? null"],
		["items.splice(to, 0, ...items.splice(from, 1));", "items.splice(to, 0, items[from] as Item);"],
		["if (same(expected, shown)) return null;", "if (expected.length === shown.length) return null;"],
		["those.every(({ view }) => view.key !== observation.view.key)", "those.length < 0"],
		['if (type !== "text") return false;', "return false;"],
	),
	...breaks(
		"specifications/places.ts",
		["if (!certain || !elements.unique.has(item)) continue;", "continue;"],
		["place < (places[at - 1] as number)", "place > (places[at - 1] as number) + 1_000"],
		["if (between > 0)", "if (between < 0)"],
		["if (before > index)", "if (before > index + 1)"],
		["inserted - gone - items.length - index", "inserted - items.length - index"],
		["inserted - gone - items.length - index)", "inserted - gone - items.length - index - 1)"],
		["if (behind > most)", "if (behind > most + 1)"],
		["at += at & -at", "at += 1"],
	),
	...breaks(
		"properties/insert-places.ts",
		[" || holdsPairs(run, type)", ""],
		["run.reused.length === 0 && once(run, firstCausalGap).gap === null", "true"],
		["const between = Math.min(MAX_REFERENCES, most, sized.length);", "const between = 0;"],
		[".filter(({ observation }) => covers(delivered, observation.delivered as DeliveredSet))", ""],
	),
	...breaks(
		"specifications/tree.ts",
		["cycleIn(shown, moves, view) ?? phantomIn", "phantomIn"],
		[
			"return trees === null ? undone(shown, moves, view) : impossible",
			"return trees === null ? null : impossible",
		],
		["if (alive.length === those.length) parents.push(null);", "parents.push(null);"],
		["if (places.has(JSON.stringify([node, parent]))) continue;", "continue;"],
	),
	...breaks(
		"specifications/move-orders.ts",
		["if (above === node) return tree;", "if (above === node) return new Map();"],
		["if (!move.update.certain) add(next, { done: done | bit, tree });", ""],
		["(done & needed) !== needed", "false"],
	),
	...breaks(
		"specifications/move-bounds.ts",
		["move.parent === null || !mayBeBelow(move)", "move.parent === null"],
		["if (at === move.node) return true;", ""],
	),
	...breaks(
		"specifications/json.ts",
		[
			'if (f === "set" || f === "delete") overwrite(slot, update);',
			'if (f === "set") overwrite(slot, update);',
		],
		["if (!isWritten && increments.length > 0) bases.push(0);", "bases.push(0);"],
		["if (shown.length > most)", "if (shown.length > most + 1)"],
		["if (isLeftOut || allowed.has(key)) continue;", "continue;"],
		["if (update === null) continue;", "continue;"],
	),
	...breaks(
		"specifications/json-slots.ts",
		["for (const { covers } of above) for (const cover of covers) coverOne(entry, cover);", ""],
		["for (const entry of slot.entries.values()) coverAll(entry, update);", ""],
		["!inside.some((other) => mayHaveSeen(other, update))", "true"],
	),
];

function breaks(file: string, ...pairs: Pair[]): Mutation[] {
	return pairs.map(([original, broken]) => ({ file, original, broken }));
}
