/** What a client had written or seen at its replica and no longer saw there, or what others saw out of its order. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import { hasDelivered } from "../delivered.ts";
import { livesOf } from "../lives.ts";
import { isUpdate, type Observation, type Operation } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { list, moment, show } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { appliedWithout, firstKnown } from "./gaps.ts";
import { inWords } from "./phrases.ts";
import { type Known, named, type Scene, unnumbered } from "./scene.ts";

export function sessionBroken(scene: Scene, verdict: PropertyVerdict): Explanation | null {
	switch (verdict.evidence["kind"]) {
		case "read-your-writes":
		case "monotonic-reads":
			return notSeenAgain(scene, verdict);
		case "monotonic-writes":
			return appliedWithout(
				scene,
				verdict,
				(lacking, update) =>
					`client ${update.operation.process} wrote ${named(lacking)} and after it ${named(update)} at ${update.replica}`,
			);
		case "writes-follow-reads":
			return appliedWithout(
				scene,
				verdict,
				(lacking, update) =>
					`client ${update.operation.process} had seen ${named(lacking)} when it wrote ${named(update)} at ${update.replica}`,
			);
		default:
			return byValues(scene, verdict);
	}
}

function notSeenAgain(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const index = evidence.examined?.["event"];
	const [replica] = evidence.replicas ?? [];
	const update = firstKnown(scene, evidence.updates ?? []);
	if (index === undefined || replica === undefined || update === null) return null;
	const operation = scene.completedBy(index);
	const time = evidence.time ?? 0;
	const before =
		evidence["kind"] === "read-your-writes"
			? written(scene, update, index)
			: seenBefore(scene, update, replica, operation, index);
	if (before === null) return null;
	const now =
		operation === null
			? `${replica} showed a state without it`
			: `${replica} answered ${operation.id} (${inWords(operation)}) of the same client without it`;
	return explanationOf(
		scene,
		{ sentence: `${before.words}; at ${moment(time)} ${now}`, updates: [update] },
		{ time, replicas: [replica], events: [before.index, index], path: "" },
	);
}

interface Before {
	words: string;
	index: number;
}

function written({ run }: Scene, update: Known, until: number): Before | null {
	const { replica, operation } = update;
	const { completion, process } = operation;
	if (completion === null) return null;
	const crash = run.crashes.find(
		(candidate) =>
			candidate.replica === replica && candidate.endIndex > completion.index && candidate.startIndex < until,
	);
	const crashed = crash === undefined ? "" : `, which crashed at ${moment(crash.startTime)}`;
	return {
		words: `client ${process} had ${named(update)} acknowledged at ${moment(completion.time)} by ${replica}${crashed}`,
		index: completion.index,
	};
}

/** The last reply, or state where the harness read it, in which the session had seen it. */
function seenBefore(
	{ run }: Scene,
	update: Known,
	replica: string,
	operation: Operation | null,
	until: number,
): Before | null {
	const { replica: owner, number } = update;
	if (operation === null) {
		const state = run.observations.findLast(
			(candidate: Observation) =>
				candidate.index < until &&
				candidate.replica === replica &&
				(candidate.source === "state" || candidate.source === "final") &&
				candidate.delivered !== null &&
				hasDelivered(candidate.delivered, owner, number),
		);
		if (state === undefined) return null;
		const words = `at ${moment(state.time)} ${replica} showed a state with ${named(update)}`;
		return { words, index: state.index };
	}
	const earlier = run.operations.findLast(
		({ process, replica: at, completion }) =>
			process === operation.process &&
			at === replica &&
			completion?.kind === "ok" &&
			completion.index < operation.invoke.index &&
			completion.delivered !== undefined &&
			hasDelivered(completion.delivered, owner, number),
	);
	if (earlier === undefined || earlier.completion === null) return null;
	const { time, index } = earlier.completion;
	const words = `at ${moment(time)} ${replica} answered ${earlier.id} (${inWords(earlier)}) of client ${operation.process} with ${named(update)} applied`;
	return { words, index };
}

/** No delivered sets: of views that only grow, what was written or read before and isn't shown any more. */
function byValues(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const { run } = scene;
	const [id] = evidence.operations ?? [];
	const read = run.operations.find((operation) => operation.id === id);
	if (read === undefined || read.completion === null) return null;
	const lives = livesOf(run);
	const life = lives.lifeOf(read.replica, read.invoke.index);
	const before = run.operations.filter(
		({ process, replica, completion }) =>
			process === read.process &&
			replica === read.replica &&
			completion?.kind === "ok" &&
			completion.index < read.invoke.index &&
			lives.lifeOf(replica, completion.index) === life,
	);
	const found = run.type === "g-counter" ? lessThan(before) : lackingElement(before, evidence["lost"], read);
	if (found === null) return null;
	const time = read.completion.time;
	const sentence = `${found.words}; at ${moment(time)} ${read.replica} answered its ${inWords(read)} (${read.id}) with ${show(read.completion.value)}`;
	return explanationOf(
		scene,
		{ sentence, updates: found.updates.map(unnumbered) },
		{
			time,
			replicas: [read.replica],
			events: [...found.events, read.completion.index],
			path: "",
		},
	);
}

interface Told {
	words: string;
	updates: Operation[];
	events: number[];
}

function lackingElement(before: readonly Operation[], lost: Json | undefined, read: Operation): Told | null {
	if (lost === undefined) return null;
	const key = canonical(lost);
	const holds = ({ f, value, completion }: Operation) =>
		f === "read"
			? Array.isArray(completion?.value) && completion.value.some((element) => canonical(element) === key)
			: canonical(value) === key;
	const last = before.findLast(holds);
	if (last === undefined || last.completion === null) return null;
	const { time, index } = last.completion;
	const did = isUpdate(last) ? `wrote ${show(lost)}` : `read ${show(lost)}`;
	return {
		words: `client ${read.process} ${did} at ${read.replica} at ${moment(time)} (${last.id})`,
		updates: isUpdate(last) ? [last] : [],
		events: [index],
	};
}

/** The greatest that it had read, and what it added after that. */
function lessThan(before: readonly Operation[]): Told | null {
	const reads = before.filter(({ f, completion }) => f === "read" && typeof completion?.value === "number");
	const most = reads.reduce<Operation | null>(
		(best, read) => (best === null || valueOf(read) >= valueOf(best) ? read : best),
		null,
	);
	const since = most?.completion?.index ?? -1;
	const adds = before.filter(
		({ f, value, invoke }) => f !== "read" && typeof value === "number" && invoke.index > since,
	);
	if (most === null && adds.length === 0) return null;
	const [first] = [...(most === null ? [] : [most]), ...adds] as [Operation];
	const hadRead = most === null ? [] : [`read ${valueOf(most)} (${most.id})`];
	const added = adds.slice(-3).map((add) => `added ${show(add.value)} (${add.id})`);
	const more = adds.length > added.length ? [`added ${adds.length - added.length} times before`] : [];
	return {
		words: `client ${first.process} had ${list([...hadRead, ...more, ...added])} at ${first.replica}`,
		updates: adds.slice(-3),
		events: [first.completion?.index ?? first.invoke.index],
	};
}

function valueOf({ completion }: Operation): number {
	return typeof completion?.value === "number" ? completion.value : 0;
}
