/**
 * Parameters of the seeded nemesis' faults: strong enough to matter within seconds, weak enough that replicas that keep
 * their promises survive them. Partitions are drawn as concrete groups, so that the schedule says who was cut off.
 */
import type { FaultAction, NemesisKind, PartitionMode, PartitionShape } from "../../scenarios/scenario.ts";
import { pick, type Random, shuffle } from "./random.ts";

const PARTITION_MODES: readonly PartitionMode[] = ["refuse", "drop", "hold"];
const REORDER_SPREAD_MS = { min: 50, max: 250 };
const LATENCY_MEAN_MS = { min: 20, max: 150 };
const SHARE_PERCENT = { min: 5, max: 20 };
const BANDWIDTH_BYTES_PER_SECOND = { min: 5_000, max: 50_000 };
const CLOCK_OFFSET_MS = { min: 1_000, max: 300_000 };
/** A disk is lost in one crash of this many. */
const CRASHES_PER_LOST_DISK = 4;

/** @returns null where this number of replicas does not allow such a fault */
export function drawAction(
	random: Random,
	kind: NemesisKind,
	replicas: readonly string[],
): FaultAction | null {
	const range = (bounds: { min: number; max: number }) => random.integer(bounds.min, bounds.max);
	switch (kind) {
		case "partition": {
			if (replicas.length < 2) return null;
			return { kind, shape: drawShape(random, replicas), mode: pick(random, PARTITION_MODES) };
		}
		case "crash": {
			const disk = random.integer(1, CRASHES_PER_LOST_DISK) === 1 ? "lose" : "keep";
			return { kind, replica: pick(random, replicas), disk };
		}
		case "pause":
			return { kind, replica: pick(random, replicas) };
		case "reorder":
			return { kind, spreadMs: range(REORDER_SPREAD_MS), links: null };
		case "duplicate":
		case "drop":
			return { kind, share: range(SHARE_PERCENT) / 100, links: null };
		case "latency": {
			const meanMs = range(LATENCY_MEAN_MS);
			return { kind, meanMs, jitterMs: Math.floor(meanMs / 2), links: null };
		}
		case "bandwidth":
			return { kind, bytesPerSecond: range(BANDWIDTH_BYTES_PER_SECOND), links: null };
		case "clock": {
			const offsetMs = range(CLOCK_OFFSET_MS) * pick(random, [-1, 1]);
			return { kind, replica: pick(random, replicas), offsetMs, drift: 0 };
		}
		case "reset":
			return { kind, links: null };
		default:
			return kind satisfies never;
	}
}

function drawShape(random: Random, replicas: readonly string[]): PartitionShape {
	const shuffled = shuffle(random, replicas);
	const isolated = shuffled[0] as string;
	const size = pick(random, ["groups", "isolate", "one-way"]);
	if (size === "isolate") return { isolate: isolated };
	if (size === "one-way")
		return { from: [isolated], to: shuffled.slice(1, 1 + random.integer(1, shuffled.length - 1)) };
	const half = Math.ceil(shuffled.length / 2);
	return { groups: [shuffled.slice(0, half).sort(), shuffled.slice(half).sort()] };
}
