/**
 * fast-check arbitraries: operations of any replica definition, and schedules of them, as plain data. For properties of one's
 * own, beside the campaigns, which draw and shrink by themselves:
 *
 *     fc.assert(fc.property(schedules(orSet, { replicas: 3, operations: 4 }), (schedule) => {
 *         expect(play(orSet, "or-set", schedule).kind).not.toBe("violated");
 *     }));
 *
 * Steps that are impossible when they come up are skipped, so any list of steps is a schedule, and fast-check shrinks by
 * leaving steps out.
 */
import fc from "fast-check";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { type OperationMix, operationMix, operationSource } from "./operations.ts";
import type { Schedule, Step } from "./schedule.ts";

export interface ScheduleSizes {
	replicas: number;
	/** Of all replicas together, at most. */
	operations: number;
	/** Different keys that are drawn; default {@link DEFAULT_KEYS}. */
	keys?: number;
}

type Invoke = Extract<Step, { kind: "invoke" }>;

const DEFAULT_KEYS = 3;
/** Steps for each operation, at most: it makes a message to each peer, and some of them are lost or come twice. */
const STEPS_PER_OPERATION = 4;
const MOST_MESSAGES_OF_A_LINK = 32;
const UNIT = 2 ** 31;
const CLOCK_OFFSETS_MS = [-300_000, -1_000, 0, 50, 1_000];

/** Operations at any of the replicas, drawn as the definition generates them, by their weights. */
export function operations(definition: ReplicaDefinition, sizes: ScheduleSizes): fc.Arbitrary<Invoke> {
	const mix = operationMix(definition, null);
	const replica = fc.nat({ max: sizes.replicas - 1 });
	// The values come from the definition's own generator, which fast-check can't shrink: it replays a list of draws.
	const draws = fc.array(fc.nat({ max: UNIT - 1 }), { minLength: 8, maxLength: 8 });
	return fc.tuple(replica, draws).map(([index, values]) => operationFrom(mix, sizes, index, values));
}

/** Schedules within the definition's manifest, whatever it is: `play` skips what that forbids. */
export function schedules(definition: ReplicaDefinition, sizes: ScheduleSizes): fc.Arbitrary<Schedule> {
	const { replicas } = sizes;
	const replica = fc.nat({ max: replicas - 1 });
	const number = fc.integer({ min: 1, max: Math.min(sizes.operations, MOST_MESSAGES_OF_A_LINK) });
	const message = { from: replica, to: replica, number };
	const step = fc.oneof(
		{ weight: 4, arbitrary: operations(definition, sizes) },
		{ weight: 8, arbitrary: fc.record({ kind: fc.constant("deliver" as const), ...message }) },
		{ weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), ...message }) },
		{ weight: 1, arbitrary: crashes(replica) },
		{
			weight: 1,
			arbitrary: fc.record({ kind: fc.constantFrom("start" as const, "tick" as const), replica }),
		},
		{ weight: 1, arbitrary: clocks(replica) },
	);
	return fc
		.array(step, { maxLength: sizes.operations * STEPS_PER_OPERATION })
		.map((steps) => ({ replicas, steps: withoutSurplus(steps, sizes.operations) }));
}

function crashes(replica: fc.Arbitrary<number>): fc.Arbitrary<Step> {
	return fc.record({
		kind: fc.constant("crash" as const),
		replica,
		disk: fc.constantFrom("keep" as const, "lose" as const),
	});
}

function clocks(replica: fc.Arbitrary<number>): fc.Arbitrary<Step> {
	return fc.record({
		kind: fc.constant("clock" as const),
		replica,
		offsetMs: fc.constantFrom(...CLOCK_OFFSETS_MS),
	});
}

function operationFrom(mix: OperationMix, sizes: ScheduleSizes, replica: number, values: number[]): Invoke {
	let next = 0;
	const float = () => (values[next++ % values.length] as number) / UNIT;
	const draws = {
		float,
		below: (bound: number) => Math.floor(float() * bound),
		chance: (probability: number) => float() < probability,
	};
	return operationSource(mix, draws, sizes.keys ?? DEFAULT_KEYS).next(replica);
}

function withoutSurplus(steps: readonly Step[], operations: number): Step[] {
	let left = operations;
	return steps.filter((step) => step.kind !== "invoke" || left-- > 0);
}
