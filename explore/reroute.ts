/**
 * Messages of one link that overtake one another can't be had with partitions, which hold a link's messages in order. The
 * same can mostly be told with one replica more: the later of the two updates is made there, after it got what it
 * follows, and so comes over a link of its own.
 */
import type { Schedule, Step } from "./schedule.ts";
import type { TracedMessage } from "./trace.ts";

/** Each replaces one overtaking; more than these are not worth a fourth and fifth replica. */
const MOST_DETOURS = 3;

/**
 * @param trace of a schedule, see trace.ts
 * @returns schedules to try; none when no message overtakes another of its link. Whether they still fail is for the
 *   caller to find out.
 */
export function reroute(schedule: Schedule, trace: (schedule: Schedule) => TracedMessage[]): Schedule[] {
	const toldApart = [false, true].map((forGood) => withDetours(schedule, trace, forGood));
	return toldApart.filter((told) => told !== null);
}

/** @param forGood the helper makes not only the update that overtakes, but all later ones of its replica too */
function withDetours(
	schedule: Schedule,
	trace: (schedule: Schedule) => TracedMessage[],
	forGood: boolean,
): Schedule | null {
	let current: Schedule | null = schedule;
	for (let detour = 0; detour <= MOST_DETOURS && current !== null; detour++) {
		const overtaking = findOvertaking(trace(current));
		if (overtaking === null) return detour === 0 ? null : current;
		current = withDetour(current, overtaking, forGood);
	}
	return null;
}

/** @returns the message that comes before an earlier one of its link */
function findOvertaking(messages: readonly TracedMessage[]): TracedMessage | null {
	const firstOf = ({ deliveredAtSteps }: TracedMessage) => deliveredAtSteps[0] ?? Infinity;
	return (
		messages.find((later) =>
			messages.some(
				(earlier) =>
					earlier.from === later.from &&
					earlier.to === later.to &&
					earlier.number < later.number &&
					!earlier.dropped &&
					firstOf(earlier) > firstOf(later),
			),
		) ?? null
	);
}

function withDetour(
	{ replicas, steps }: Schedule,
	{ from, number, sentAtStep }: TracedMessage,
	forGood: boolean,
): Schedule | null {
	const invoked = steps[sentAtStep];
	if (invoked?.kind !== "invoke") return null;
	const helper = replicas;
	const follows = Array.from(
		{ length: number - 1 },
		(_, index): Step => ({ kind: "deliver", from, to: helper, number: index + 1 }),
	);
	const changed = steps.flatMap((step, index): Step[] => {
		if (index === sentAtStep) return [...follows, { ...invoked, replica: helper }];
		if (index < sentAtStep) return [step];
		if (step.kind === "invoke")
			return [forGood && step.replica === from ? { ...step, replica: helper } : step];
		const isMessage = step.kind === "deliver" || step.kind === "drop";
		if (!isMessage || step.from !== from || step.number < number) return [step];
		if (step.number === number || forGood)
			return [{ ...step, from: helper, number: step.number - number + 1 }];
		return [{ ...step, number: step.number - 1 }];
	});
	return { replicas: replicas + 1, steps: changed };
}
