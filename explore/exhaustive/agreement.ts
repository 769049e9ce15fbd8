/**
 * Judges behaviours as they are found: strong convergence among all that have delivered the same instances, whatever run they
 * are of, and the type's specification for each distinct view. Each is judged once, however many configurations hold it.
 */
import { includes } from "../delivered.ts";
import { type Mismatch, oracleOf } from "../oracle.ts";
import type { ViewKey } from "../views.ts";
import type { Behaviour } from "./behaviours.ts";
import type { InstanceSet, Instances } from "./instances.ts";
import type { ExhaustiveProblem } from "./problem.ts";

export interface Agreement {
	/** @returns what is wrong with its view; null: nothing that could be seen */
	judge(behaviour: Behaviour, instances: Instances): Mismatch | null;
	/** Whether behaviours with these instances delivered show different views. */
	isSplit(delivered: InstanceSet): boolean;
	/** The first pair that delivered the same instances and shows different views; null: all agree. */
	readonly split: { one: Behaviour; other: Behaviour } | null;
}

export function createAgreement({
	definition,
	type,
}: Pick<ExhaustiveProblem, "definition" | "type">): Agreement {
	const oracle = definition.specification === undefined ? oracleOf(type) : null;
	const views = new Map<InstanceSet, Map<ViewKey, Behaviour>>();
	let split: { one: Behaviour; other: Behaviour } | null = null;

	function judgeView(behaviour: Behaviour, delivered: InstanceSet, instances: Instances): Mismatch | null {
		if (oracle === null) return null;
		const visible = delivered.members.map((id) => instances.get(id));
		if (oracle.needsCausality && !visible.every(({ seen }) => hasAll(visible, seen))) return null;
		return oracle.judge(behaviour.view, visible);
	}

	return {
		judge(behaviour, instances) {
			const { delivered, viewKey } = behaviour;
			if (delivered === null) return null;
			const known = views.get(delivered);
			if (known === undefined) {
				views.set(delivered, new Map([[viewKey, behaviour]]));
			} else {
				if (known.has(viewKey)) return null;
				const [first] = known.values();
				split ??= { one: first as Behaviour, other: behaviour };
				known.set(viewKey, behaviour);
			}
			return judgeView(behaviour, delivered, instances);
		},
		isSplit: (delivered) => (views.get(delivered)?.size ?? 0) > 1,
		get split() {
			return split;
		},
	};
}

function hasAll(
	visible: readonly { replica: string; number: number }[],
	seen: Parameters<typeof includes>[1],
): boolean {
	const delivered: Record<string, [number, number][]> = {};
	for (const { replica, number } of visible) {
		const runs = delivered[replica];
		if (runs === undefined) delivered[replica] = [[number, number]];
		else runs.push([number, number]);
	}
	return includes(delivered, seen);
}
