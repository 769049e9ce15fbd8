/**
 * `session` where nobody reports delivered sets, by what reads show: of types whose views only ever grow, what a client has written
 * or read at its replica shows in its later reads there. Other types' values may rightly be undone by others.
 */
import type { Json } from "../history/events.ts";
import { canonical } from "./canonical.ts";
import { livesOf } from "./lives.ts";
import { fail, type Judgement, notApplicable, pass } from "./property.ts";
import type { Operation, Run } from "./run.ts";
import { count, moment, show } from "./words.ts";

/** What a session knows to be there. */
interface Known {
	life: number;
	elements: Json[];
	keys: Set<string>;
	least: number;
}

/** How much of that it knew when a read began. */
type Before = Pick<Known, "life" | "least"> & { elements: number };

/** What a read ought to have shown; of sets which element. */
interface Lacking {
	words: string;
	element?: Json;
}

export function judgeSessionValues(run: Run): Judgement {
	if (run.type !== "g-set" && run.type !== "g-counter") {
		return notApplicable(
			"no replica says what it had delivered, and only views that never shrink (g-set, g-counter) tell without",
		);
	}
	const lives = livesOf(run);
	const sessions = new Map<string, Known>();
	let compared = 0;
	const done = run.operations.filter(({ completion }) => completion?.kind === "ok");
	const steps = done
		.flatMap((operation) => [
			{ operation, index: operation.invoke.index, ends: false },
			{ operation, index: operation.completion?.index ?? 0, ends: true },
		])
		.sort((left, right) => left.index - right.index);
	const before = new Map<Operation, Before>();
	for (const { operation, index, ends } of steps) {
		const { replica, process, f, value } = operation;
		const life = lives.lifeOf(replica, index);
		const name = `${process} ${replica}`;
		let known = sessions.get(name);
		if (known === undefined || known.life !== life) known = { life, elements: [], keys: new Set(), least: 0 };
		sessions.set(name, known);
		if (!ends) {
			before.set(operation, { life, least: known.least, elements: known.elements.length });
			continue;
		}
		if (f !== "read") {
			if (typeof value === "number") known.least += value;
			addElement(known, value);
			continue;
		}
		const read = operation.completion?.value ?? null;
		const must = before.get(operation);
		if (must?.life === life && (must.elements > 0 || must.least > 0)) {
			compared += 1;
			const lost = lacking(run.type, read, must, known.elements);
			if (lost !== null) return notShown(operation, lost);
		}
		learn(run.type, read, known);
	}
	const examined = { reads: compared };
	if (compared === 0) return notApplicable("no session read after it had written or read", { examined });
	return pass(
		`${count(compared, "read")} showed what their sessions had written and read; no delivered sets, so only values were judged`,
		{ examined },
	);
}

function lacking(type: string, read: Json, must: Before, elements: readonly Json[]): Lacking | null {
	if (type === "g-counter") {
		if (typeof read !== "number" || read >= must.least) return null;
		return { words: `at least ${must.least}` };
	}
	if (!Array.isArray(read)) return null;
	const shown = new Set(read.map((element) => canonical(element)));
	const lost = elements.slice(0, must.elements).find((element) => !shown.has(canonical(element)));
	return lost === undefined ? null : { words: show(lost), element: lost };
}

function learn(type: string, read: Json, known: Known): void {
	if (type === "g-counter" && typeof read === "number") known.least = Math.max(known.least, read);
	if (type === "g-set" && Array.isArray(read)) {
		for (const element of read) addElement(known, element);
	}
}

function addElement({ keys, elements }: Known, element: Json): void {
	const key = canonical(element);
	if (keys.has(key)) return;
	keys.add(key);
	elements.push(element);
}

function notShown({ id, replica, process, completion }: Operation, { words, element }: Lacking): Judgement {
	const time = completion?.time ?? 0;
	const found = completion?.value ?? null;
	return fail(
		`at ${moment(time)} ${id}, a read of client ${process} at ${replica}, showed ${show(found)}; its session had written or read ${words} before`,
		{
			replicas: [replica],
			operations: [id],
			events: [completion?.index ?? 0],
			time,
			expected: words,
			...(element !== undefined && { lost: element }),
		},
	);
}
