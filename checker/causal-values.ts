/**
 * `causality` where nobody reports delivered sets, by what is read: what a read shows had been written before (ThinAirRead); and of
 * registers that arbitrate by last writer, which each keep causal order whatever order updates arrive in, a read shows neither a value that
 * another write in its causal past had overwritten (WriteCORead) nor none although something was written in its past
 * (WriteCOInitRead). Causal past: the order of a session, within one life of its replica, and who read from whom; each key by itself, since
 * between keys eventual consistency promises nothing. Values that are written twice tell nothing and are passed over.
 */
import type { Json } from "../history/events.ts";
import { canonical } from "./canonical.ts";
import { eventsOf } from "./evidence.ts";
import { livesOf } from "./lives.ts";
import { fail, type Judgement, notApplicable, pass } from "./property.ts";
import type { Operation, Run } from "./run.ts";
import { count, moment, show } from "./words.ts";

interface Slot {
	/** Null: the whole object (a register). */
	key: string | null;
	/** Undefined: absent. */
	value: Json | undefined;
}

interface Shape {
	/** What an update writes; null: nothing that could be read. */
	writes(operation: Operation): Slot | null;
	shows(view: Json): Slot[];
	/** A later write replaces the earlier. */
	arbitrates: boolean;
}

const elements = (view: Json): Slot[] =>
	Array.isArray(view) ? view.map((value) => ({ key: null, value })) : [];
const entries = (view: Json): Slot[] =>
	typeof view === "object" && view !== null && !Array.isArray(view)
		? Object.entries(view).map(([key, value]) => ({ key, value }))
		: [];
const writesAll =
	(name: string) =>
	({ f, value }: Operation): Slot | null =>
		f === name ? { key: null, value } : null;
const writesEntry = ({ f, value }: Operation): Slot | null => {
	if (f === "set" && Array.isArray(value) && typeof value[0] === "string")
		return { key: value[0], value: value[1] };
	return f === "delete" && typeof value === "string" ? { key: value, value: undefined } : null;
};

const SET: Shape = { writes: writesAll("add"), shows: elements, arbitrates: false };
const SHAPES: ReadonlyMap<string, Shape> = new Map([
	["g-set", SET],
	["two-phase-set", SET],
	["or-set", SET],
	["rw-set", SET],
	["mv-register", { writes: writesAll("write"), shows: elements, arbitrates: false }],
	[
		"lww-register",
		{
			writes: writesAll("write"),
			shows: (view) => [{ key: null, value: view ?? undefined }],
			arbitrates: true,
		},
	],
	["lww-map", { writes: writesEntry, shows: entries, arbitrates: true }],
	["or-map", { writes: writesEntry, shows: entries, arbitrates: false }],
]);

interface Read {
	replica: string;
	/** Process and replica; the harness is a session of its own at each. */
	session: string;
	index: number;
	time: number;
	view: Json;
	operation: Operation | null;
}

interface Write {
	operation: Operation;
	value: Json | undefined;
	session: string;
	/** Place in its session's writes of this key. */
	place: number;
	past: Past;
}

/** By session, how many of its writes of one key are in the past. */
type Past = ReadonlyMap<string, number>;

interface Key {
	writes: Map<string, Write[]>;
	past: Map<string, Past>;
	/** By value; null: written more than once. */
	byValue: Map<string, Write | null>;
	firstInvoked: Map<string, number>;
	deleted: boolean;
}

const NO_PAST: Past = new Map();

export function judgeCausalValues(run: Run): Judgement {
	const shape = run.type === null ? undefined : SHAPES.get(run.type);
	if (shape === undefined) {
		return notApplicable(
			`no replica says what it had delivered, and the values of ${run.type ?? "an unknown type"} don't tell`,
		);
	}
	const lives = livesOf(run);
	const keys = new Map<string | null, Key>();
	const steps = [
		...run.operations
			.filter(({ completion }) => completion?.kind !== "fail")
			.map((operation) => ({ index: operation.invoke.index, operation, read: null })),
		...readsOf(run).map((read) => ({ index: read.index, operation: null, read })),
	].sort((left, right) => left.index - right.index);
	let shown = 0;
	let reads = 0;
	for (const { operation, read } of steps) {
		if (operation !== null) {
			const slot = shape.writes(operation);
			if (slot === null) continue;
			const { replica, process, invoke } = operation;
			const session = `${process} ${replica} ${lives.lifeOf(replica, invoke.index)}`;
			write(keyOf(keys, slot.key), operation, session, slot.value);
			continue;
		}
		reads += 1;
		const session = `${read.session} ${lives.lifeOf(read.replica, read.index)}`;
		for (const slot of shape.shows(read.view)) {
			if (slot.value === undefined) continue;
			shown += 1;
			const invoked = keys.get(slot.key)?.firstInvoked.get(canonical(slot.value));
			if (invoked === undefined) return neverWritten(run, shape, read, slot);
		}
		if (!shape.arbitrates) continue;
		const values = new Map(shape.shows(read.view).map(({ key, value }) => [key, value]));
		for (const [name, key] of keys) {
			const wrong = readKey(key, session, values.get(name));
			if (wrong !== null) return outOfDate(run, read, { key: name, value: values.get(name) }, wrong);
		}
	}
	const examined = { reads, values: shown };
	if (reads === 0) return notApplicable("nothing was read", { examined });
	return pass(
		`all of ${count(shown, "value")} that ${count(reads, "read")} showed had been written before; no delivered sets, so only values were judged`,
		{ examined },
	);
}

function readsOf(run: Run): Read[] {
	const replies = run.operations.flatMap((operation): Read[] => {
		const { completion, replica, process, f, value } = operation;
		if (f !== "read" || value !== null || completion?.kind !== "ok") return [];
		const { index, time, value: view } = completion;
		return [{ replica, session: `${process} ${replica}`, index, time, view, operation }];
	});
	const states = run.observations
		.filter(({ source }) => source === "state" || source === "final")
		.map(({ replica, index, time, view }) => ({
			replica,
			session: replica,
			index,
			time,
			view: view.json,
			operation: null,
		}));
	return [...replies, ...states];
}

function keyOf(keys: Map<string | null, Key>, name: string | null): Key {
	let key = keys.get(name);
	if (key === undefined) {
		key = {
			writes: new Map(),
			past: new Map(),
			byValue: new Map(),
			firstInvoked: new Map(),
			deleted: false,
		};
		keys.set(name, key);
	}
	return key;
}

function write(key: Key, operation: Operation, session: string, value: Json | undefined): void {
	const ofSession = key.writes.get(session) ?? [];
	key.writes.set(session, ofSession);
	const past = new Map(key.past.get(session) ?? NO_PAST).set(session, ofSession.length + 1);
	const done: Write = { operation, value, session, place: ofSession.length + 1, past };
	ofSession.push(done);
	key.past.set(session, past);
	if (value === undefined || value === null) {
		key.deleted = true;
		if (value === undefined) return;
	}
	const text = canonical(value);
	key.byValue.set(text, key.byValue.has(text) ? null : done);
	if (!key.firstInvoked.has(text)) key.firstInvoked.set(text, operation.invoke.index);
}

/** @returns the write in the read's past that what it showed is older than; null: all is well */
function readKey(key: Key, session: string, value: Json | undefined): Write | null {
	const before = key.past.get(session) ?? NO_PAST;
	if (value === undefined) return key.deleted ? null : lastIn(key, before, () => true);
	const source = key.byValue.get(canonical(value)) ?? null;
	if (source === null) return null;
	const past = new Map(before);
	for (const [of, place] of source.past) past.set(of, Math.max(place, past.get(of) ?? 0));
	key.past.set(session, past);
	return lastIn(
		key,
		past,
		(other) => other !== source && (other.past.get(source.session) ?? 0) >= source.place,
	);
}

/** Of each session the last write in the past: earlier ones are in the past of that. */
function lastIn(key: Key, past: Past, matches: (write: Write) => boolean): Write | null {
	for (const [session, place] of past) {
		const last = key.writes.get(session)?.[place - 1];
		if (last !== undefined && matches(last)) return last;
	}
	return null;
}

function neverWritten(run: Run, shape: Shape, read: Read, { key, value }: Slot): Judgement {
	const same = run.operations.filter((operation) => {
		const slot = shape.writes(operation);
		return slot !== null && slot.key === key && slot.value !== undefined && isSame(slot.value, value);
	});
	const [failed] = same.filter(({ completion }) => completion?.kind === "fail");
	const [later] = same.filter(({ completion }) => completion?.kind !== "fail");
	const why =
		later !== undefined
			? `before ${later.id}, which writes it, was invoked`
			: failed !== undefined
				? `which only ${failed.id} was to write, and it failed (${failed.completion?.code})`
				: "which nobody had written";
	return fail(`thin air: ${whoRead(read)} showed ${nameOf(key)}${show(value)}, ${why}`, {
		...evidenceOf(run, read, same.slice(0, 3)),
		path: key ?? "",
		found: value ?? null,
		kind: "thin-air",
	});
}

function outOfDate(run: Run, read: Read, { key, value }: Slot, newer: Write): Judgement {
	const by = `${newer.operation.id} (${newer.operation.f} ${show(newer.operation.value)})`;
	const showed =
		value === undefined ? `no value${key === null ? "" : ` of ${key}`}` : `${nameOf(key)}${show(value)}`;
	return fail(
		`${whoRead(read)} showed ${showed}, although ${by}, which came after it, was in its causal past`,
		{
			...evidenceOf(run, read, [newer.operation]),
			path: key ?? "",
			expected: newer.value ?? null,
			found: value ?? null,
			kind: value === undefined ? "initial-read" : "overwritten-read",
		},
	);
}

function evidenceOf(run: Run, read: Read, operations: Operation[]) {
	const those = [...operations, ...(read.operation === null ? [] : [read.operation])];
	const { operations: ids, updates, events } = eventsOf(run, those, [read.replica]);
	return {
		operations: ids,
		updates,
		events: [...new Set([...events, read.index])].sort((left, right) => left - right),
		replicas: [read.replica],
		time: read.time,
	};
}

function whoRead({ replica, time, operation }: Read): string {
	const what = operation === null ? "a state" : operation.id;
	return `at ${moment(time)} ${what} at ${replica}`;
}

function nameOf(key: string | null): string {
	return key === null ? "" : `${key} = `;
}

function isSame(left: Json, right: Json | undefined): boolean {
	return right !== undefined && canonical(left) === canonical(right);
}
