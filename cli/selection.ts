/** Which runs a command line asks for: pure, so that shards of one command on several machines agree. */
import type { Scenario } from "../scenarios/scenario.ts";
import { UsageError } from "./exit-codes.ts";

export interface Selection {
	grep?: string;
	seed?: number;
	/** Each scenario with this many seeds, from its own (or `seed`) upwards. */
	repeat: number;
	/** `2/5`: the second of five parts. */
	shard?: string;
}

/** @throws UsageError for a bad pattern or shard, or when nothing is left */
export function selectRuns(scenarios: readonly Scenario[], selection: Selection): Scenario[] {
	const pattern = selection.grep === undefined ? null : parsePattern(selection.grep);
	const wanted = scenarios.filter(({ name, description }) => pattern?.test(`${name} ${description}`) ?? true);
	if (wanted.length === 0) {
		throw new UsageError(
			`no scenario matches --grep ${selection.grep ?? ""}: there are ${scenarios.map(({ name }) => name).join(", ")}`,
		);
	}
	const runs = wanted.flatMap((scenario) =>
		Array.from({ length: selection.repeat }, (_, round) => ({
			...scenario,
			seed: (selection.seed ?? scenario.seed) + round,
		})),
	);
	return selection.shard === undefined ? runs : takeShard(runs, selection.shard);
}

function parsePattern(source: string): RegExp {
	try {
		return new RegExp(source, "i");
	} catch (error) {
		throw new UsageError(`--grep ${source}: not a regular expression (${String(error)})`);
	}
}

function takeShard<T>(runs: T[], shard: string): T[] {
	const match = /^(\d+)\/(\d+)$/.exec(shard);
	const index = Number(match?.[1]);
	const count = Number(match?.[2]);
	if (match === null || index < 1 || index > count) {
		throw new UsageError(`--shard ${shard}: expected I/N with 1 ≤ I ≤ N, as in --shard 2/5`);
	}
	return runs.filter((_, position) => position % count === index - 1);
}
