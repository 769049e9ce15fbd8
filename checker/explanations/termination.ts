/** Operations that never came to an end, or a replica that threw: where, what it had answered before, and what was broken then. */
import type { FaultEvent } from "../../history/events.ts";
import type { Delivery } from "../deliveries.ts";
import type { Exit, Operation, Run } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { count, list, moment, show } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { inWords } from "./phrases.ts";
import { type Scene, unnumbered } from "./scene.ts";

const MAX_FAULTS_NAMED = 3;

export function neverEnded(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const { run } = scene;
	const [index] = evidence.events ?? [];
	const exit = run.exits.find((candidate) => candidate.index === index);
	if (exit !== undefined && evidence.operations === undefined) return threw(scene, exit);
	const open = run.operations.filter(({ completion }) => completion === null);
	const [first] = open;
	if (first === undefined) return null;
	const same = open.filter(({ replica }) => replica === first.replica);
	const others = [...new Set(open.map(({ replica }) => replica))].filter(
		(replica) => replica !== first.replica,
	);
	const sentence = [
		`${first.replica} never answered ${first.id} (${inWords(first)}), asked for at ${moment(first.invoke.time)}`,
		same.length === 1 ? "" : `, nor ${count(same.length - 1, "later operation")}`,
		lastAnswer(run, first),
		`; ${brokenThen(run, first)}`,
		others.length === 0 ? "" : `; nor did ${list(others)} answer all`,
	].join("");
	return explanationOf(
		scene,
		{ sentence, updates: same.slice(0, 3).map(unnumbered) },
		{
			time: first.invoke.time,
			replicas: [first.replica, ...others],
			events: [first.invoke.index],
			path: "",
		},
	);
}

function lastAnswer(run: Run, { replica }: Operation): string {
	const answered = run.operations.filter(
		(operation) =>
			operation.replica === replica && operation.completion !== null && operation.completion.kind !== "info",
	);
	if (answered.length === 0) return "; it never answered anything";
	const last = Math.max(...answered.map(({ completion }) => completion?.time ?? 0));
	return `; its last answer to anything came at ${moment(last)}`;
}

/** Crashes and faults at the moment at which it was asked for. */
function brokenThen(run: Run, { replica, invoke: { index } }: Operation): string {
	const crash = run.crashes.findLast(
		(one) => one.replica === replica && one.startIndex < index && one.endIndex > index,
	);
	if (crash !== undefined) {
		const ever = crash.endIndex === Number.POSITIVE_INFINITY ? ", and never came back" : "";
		return `it had crashed at ${moment(crash.startTime)}${ever}`;
	}
	const on = run.faults.filter(
		(fault) => fault.phase === "start" && fault.index < index && endOf(run, fault) > index,
	);
	const here = on.filter(
		({ touches }) => touches === undefined || touches.some((what) => isAt(what, replica)),
	);
	if (here.length === 0)
		return on.length === 0 ? "no fault was on then" : "no fault that touched it was on then";
	const names = here.slice(0, MAX_FAULTS_NAMED).map(faultInWords);
	return `on then: ${list(names)}`;
}

function endOf({ faults }: Run, start: FaultEvent): number {
	const isSame = (fault: FaultEvent) =>
		start.number === undefined ? show(fault.fault) === show(start.fault) : fault.number === start.number;
	const end = faults.find((fault) => fault.phase === "end" && fault.index > start.index && isSame(fault));
	return end?.index ?? Number.POSITIVE_INFINITY;
}

/** A replica, or a link `r1->r2` that begins or ends there. */
function isAt(touched: string, replica: string): boolean {
	return touched.split("->").includes(replica);
}

/** `partition halves since 1.000 s`. */
function faultInWords({ fault, time }: FaultEvent): string {
	const [[kind, what] = ["fault", null]] = Object.entries(fault);
	return `${kind} ${typeof what === "string" ? what : show(what)} since ${moment(time)}`;
}

function threw(scene: Scene, { index, time, replica }: Exit): Explanation {
	const { run } = scene;
	const operation = scene.completedBy(index);
	const doing =
		operation === null
			? `${replica} ended at ${moment(time)}, while it was answering nobody`
			: `${replica} threw at ${moment(time)} when it was asked for ${inWords(operation)} (${operation.id})`;
	const last = lastDelivery(run, replica, index);
	const known = last === null ? null : scene.update(last.update);
	const before =
		last === null
			? ""
			: `; the last update that it had applied was ${known === null ? last.update : `${known.id} (${inWords(known.operation)})`}`;
	return explanationOf(
		scene,
		{
			sentence: doing + before,
			updates: [...(known === null ? [] : [known]), ...(operation === null ? [] : [unnumbered(operation)])],
		},
		{ time, replicas: [replica], events: [index], path: "" },
	);
}

function lastDelivery({ deliveries }: Run, replica: string, until: number): Delivery | null {
	let last: Delivery | null = null;
	for (const delivery of deliveries) {
		if (delivery.replica === replica && delivery.index < until) last = delivery;
	}
	return last;
}
