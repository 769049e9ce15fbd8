/**
 * What must hold of sagas, and what they must show after given updates; written without the orchestrators' code. `followSagas` goes
 * through the updates and asks of each what its orchestrator knew then (`seen`), hence which call was due, and what became of it.
 */
import type {
	DeclaredInvariant,
	DeclaredSpecification,
	DeliveredJson,
	Json,
	VisibleUpdate,
} from "../../sdk/replica.ts";

type View = Record<string, { status: string; effects: Record<string, { done: number; undone: number }> }>;

export const sagaInvariants: Record<string, DeclaredInvariant> = {
	doneOnce: {
		statement: "No step of a saga takes effect twice.",
		when: "always",
		holds: (view) => everyStep(view, (_status, { done }) => done <= 1),
	},
	undoneOnce: {
		statement: "No compensation takes effect more often than what it is for.",
		when: "always",
		holds: (view) => everyStep(view, (_status, { done, undone }) => undone <= done),
	},
	completedWhole: {
		statement: "Of a completed saga every step is in effect.",
		when: "always",
		holds: (view) => everyStep(view, (status, { done, undone }) => status !== "completed" || done > undone),
	},
	compensatedWhole: {
		statement: "Of a compensated saga nothing is left in effect.",
		when: "always",
		holds: (view) =>
			everyStep(view, (status, { done, undone }) => status !== "compensated" || done <= undone),
	},
};

function everyStep(
	view: Json,
	holds: (status: string, effect: { done: number; undone: number }) => boolean,
): true | string {
	for (const [saga, { status, effects }] of Object.entries(view as unknown as View)) {
		for (const [step, effect] of Object.entries(effects)) {
			if (holds(status, effect)) continue;
			return `${saga} is ${status}; its ${step} step was done ${effect.done} and undone ${effect.undone} times`;
		}
	}
	return true;
}

export const sagaSpecification: DeclaredSpecification = (updates) => {
	const sagas = followSagas(updates, { begin: "begin", id: "saga", steps: ["first", "second", "third"] });
	const entries = sagas.map(({ id, status, inEffect }) => [id, { status, effects: inEffect }] as const);
	return Object.fromEntries(entries);
};

export interface FollowedSaga {
	id: string;
	/** The value of the operation that began it. */
	value: Record<string, Json>;
	status: "running" | "completed" | "compensating" | "compensated";
	inEffect: Record<string, { done: number; undone: number }>;
}

interface Names {
	begin: string;
	/** The field of its value that names the saga. */
	id: string;
	steps: readonly string[];
}

/** What one update did: the call of a service, or the beginning. */
interface Event {
	by: VisibleUpdate;
	call: { step: string; undo: boolean; happened: boolean; learned: "success" | "failure" | "nothing" } | null;
}

export function followSagas(updates: readonly VisibleUpdate[], names: Names): FollowedSaga[] {
	const byId = new Map<string, Event[]>();
	for (const by of updates) {
		const isBeginning = by.f === names.begin;
		const id = isBeginning ? (by.value as Record<string, string>)[names.id] : by.value;
		const events = byId.get(id as string) ?? [];
		byId.set(id as string, events);
		if (isBeginning) events.push({ by, call: null });
		else {
			const known = events.filter((event) => contains(by.seen, event.by));
			events.push({ by, call: dueCall(by.f, known, names) });
		}
	}
	return [...byId].map(([id, events]) => ({
		id,
		value: beginningOf(events),
		status: statusOf(events, names),
		inEffect: Object.fromEntries(names.steps.map((step) => [step, inEffect(events, step)])),
	}));
}

function contains(seen: DeliveredJson, { replica, number }: VisibleUpdate): boolean {
	const runs = seen[replica] ?? 0;
	if (typeof runs === "number") return number <= runs;
	return runs.some(([first, last]) => first <= number && number <= last);
}

function dueCall(f: string, known: readonly Event[], names: Names): Event["call"] {
	const { failed, succeeded, open } = factsOf(known, names);
	const happened = f !== "outage";
	const learned = f === "advance" ? "success" : f === "breakdown" ? "nothing" : "failure";
	if (failed) {
		const step = open[open.length - 1];
		return step === undefined ? null : { step, undo: true, happened, learned };
	}
	const step = names.steps.find((name) => !succeeded.has(name));
	if (step === undefined) return null;
	if (beginningOf(known)["failsAt"] === step) {
		return { step, undo: false, happened: false, learned: "failure" };
	}
	return { step, undo: false, happened, learned };
}

/** `open`: steps that may be in effect and are not known to be undone, in the order of the plan. */
function factsOf(events: readonly Event[], { steps }: Names) {
	const calls = events.flatMap(({ call }) => (call === null ? [] : [call]));
	const steppings = calls.filter(({ undo }) => !undo);
	const undone = new Set(
		calls.filter(({ undo, learned }) => undo && learned === "success").map(({ step }) => step),
	);
	const happened = new Set(steppings.filter((call) => call.happened).map(({ step }) => step));
	return {
		failed: steppings.some(({ learned }) => learned === "failure"),
		succeeded: new Set(steppings.filter(({ learned }) => learned === "success").map(({ step }) => step)),
		open: steps.filter((step) => happened.has(step) && !undone.has(step)),
	};
}

function statusOf(events: readonly Event[], names: Names): FollowedSaga["status"] {
	const { failed, succeeded, open } = factsOf(events, names);
	if (failed) return open.length > 0 ? "compensating" : "compensated";
	return names.steps.every((step) => succeeded.has(step)) ? "completed" : "running";
}

function inEffect(events: readonly Event[], step: string): { done: number; undone: number } {
	const happened = (undo: boolean) =>
		events.some(({ call }) => call !== null && call.step === step && call.undo === undo && call.happened);
	const done = happened(false) ? 1 : 0;
	return { done, undone: happened(true) ? done : 0 };
}

/** Where several began it at once, the first by replica and number. */
function beginningOf(events: readonly Event[]): Record<string, Json> {
	const [first] = events
		.flatMap(({ by, call }) => (call === null && typeof by.value === "object" ? [by] : []))
		.sort((a, b) => (a.replica === b.replica ? a.number - b.number : a.replica < b.replica ? -1 : 1));
	return (first?.value ?? {}) as Record<string, Json>;
}
