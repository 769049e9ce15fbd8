import { expect, it } from "vitest";
import { judgeStanding, MAX_SETTLE_MS, QUIET_TICKS, STALL_TICKS, type Standing } from "./settling.ts";

function standing(changes: Partial<Standing>): Standing {
	return {
		quietTicks: QUIET_TICKS,
		settlingForMs: 1_000,
		changedAfterMs: 900,
		withinMs: 10_000,
		underWay: 0,
		down: [],
		deliveredSets: () => 1,
		pending: () => 0,
		views: () => 1,
		...changes,
	};
}

it.each<[string, Partial<Standing>, string | null]>([
	["equal sets, nothing waits, quiet", {}, "settled"],
	["views that differ at equal sets: the checker's business", { views: () => 2 }, "settled"],
	["a change a moment ago", { quietTicks: QUIET_TICKS - 1 }, null],
	["a message that is delayed", { underWay: 1, quietTicks: STALL_TICKS }, null],
	["sets that differ, for now", { deliveredSets: () => 2 }, null],
	["sets that differ for good", { deliveredSets: () => 2, quietTicks: STALL_TICKS }, "stalled"],
	["updates that wait, for now", { pending: () => 1 }, null],
	["updates that wait for what nobody has", { pending: () => 1, quietTicks: STALL_TICKS }, "settled"],
	["no delivered sets, for now", { deliveredSets: () => null }, null],
	["no delivered sets, quiet for long", { deliveredSets: () => null, quietTicks: STALL_TICKS }, "settled"],
	["a replica that ended by itself", { down: ["r2"], underWay: 1 }, "unreadable"],
	["a change that came too late", { changedAfterMs: 10_001 }, "still-moving"],
	[
		"sets that differ for good, long after a short bound",
		{ deliveredSets: () => 2, quietTicks: STALL_TICKS, withinMs: 1_000 },
		"stalled",
	],
	["views that never stop", { quietTicks: 0, settlingForMs: MAX_SETTLE_MS + 1 }, "still-moving"],
])("%s: %j", (_, changes, reason) => {
	expect(judgeStanding(standing(changes))?.reason ?? null).toBe(reason);
});
