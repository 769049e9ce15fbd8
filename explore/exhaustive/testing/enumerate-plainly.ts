/**
 * What the exhaustive search must agree with: every interleaving written out and run from its start, without memory, reduction or
 * any of the search's parts. For the smallest scopes only, and for replicas that send each update once to every peer.
 */
import { canonical, isSetLike } from "../../../checker/canonical.ts";
import { encodeView } from "../../../controller/definition.ts";
import { createCluster, type SimMessage } from "../../../controller/runtimes/sim/cluster.ts";
import { replicaIds, type Step } from "../../schedule.ts";
import type { ExhaustiveProblem } from "../problem.ts";

/** Calls back with each; the list is reused. @param inOrder each link in the order of sending */
export function eachInterleaving(
	operations: ExhaustiveProblem["operations"],
	visit: (steps: readonly Step[]) => void,
	inOrder = false,
): void {
	const steps: Step[] = [];
	const done = operations.map(() => 0);
	const inFlight: Extract<Step, { kind: "deliver" }>[] = [];

	function goOn(): void {
		let isEnd = true;
		for (const [replica, own] of operations.entries()) {
			const operation = own[done[replica] as number];
			if (operation === undefined) continue;
			isEnd = false;
			const number = (done[replica] as number) + 1;
			done[replica] = number;
			const before = inFlight.length;
			for (const to of operations.keys()) {
				if (to !== replica) inFlight.push({ kind: "deliver", from: replica, to, number });
			}
			steps.push({ kind: "invoke", replica, ...operation });
			goOn();
			steps.pop();
			inFlight.length = before;
			done[replica] = number - 1;
		}
		for (let index = 0; index < inFlight.length; index++) {
			isEnd = false;
			const next = inFlight[index] as (typeof inFlight)[number];
			const overtakes = inFlight.some(
				({ from, to, number }) => from === next.from && to === next.to && number < next.number,
			);
			if (inOrder && overtakes) continue;
			inFlight.splice(index, 1);
			steps.push(next);
			goOn();
			steps.pop();
			inFlight.splice(index, 0, next);
		}
		if (isEnd) visit(steps);
	}
	goOn();
}

/** @returns the views at the end, and whether equal delivered sets ever had different ones */
export function runPlainly(
	problem: ExhaustiveProblem,
	steps: readonly Step[],
): { views: string; splits: boolean } {
	const ids = replicaIds(problem.operations.length);
	const sent = new Map<string, SimMessage>();
	const cluster = createCluster({
		definition: problem.definition,
		ids,
		options: {},
		now: () => 0,
		random: () => 0,
		onSend: (message) => sent.set(`${message.from} ${message.to} ${message.number}`, message),
	});
	const views = new Map<string, string>();
	const viewOf = (index: number) => canonical(encodeView(cluster.view(index)), isSetLike(problem.type));
	let splits = false;
	for (const [at, step] of steps.entries()) {
		if (step.kind === "invoke") cluster.invoke(step.replica, { id: `o${at}`, f: step.f, value: step.value });
		if (step.kind === "deliver")
			cluster.deliver(sent.get(`${step.from} ${step.to} ${step.number}`) as SimMessage);
		const index = step.kind === "deliver" ? step.to : (step as { replica: number }).replica;
		const delivered = canonical(encodeView(cluster.delivered(index)));
		const view = viewOf(index);
		splits ||= (views.get(delivered) ?? view) !== view;
		views.set(delivered, view);
	}
	const ends = ids.map((_, index) => viewOf(index)).join(" | ");
	cluster.dispose();
	return { views: ends, splits };
}
