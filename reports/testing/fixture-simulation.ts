/**
 * The run behind `fixture-run.ts`: an observed-remove set on five replicas, one event loop over planned moments.
 * Small on purpose: it shares nothing with Pakka's own replicas or runtimes.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Json, MessageRecord, UnrecordedEvent } from "../../history/events.ts";

export type FixtureEvent = UnrecordedEvent & { index: number };

export interface FixtureSimulation {
	replicas: string[];
	events: FixtureEvent[];
	messages: MessageRecord[];
	operations: number;
	updates: number;
	observations: number;
	outcomes: { ok: number; fail: number; info: number };
	endNs: number;
	finals: number[];
	finalViews: Record<string, Json>;
	divergence: {
		replicas: string[];
		time: number;
		word: string;
		path: string;
		delivered: number;
		updates: string[];
		events: number[];
		views: Record<string, Json>;
	} | null;
}

interface Options {
	events: number;
	seed: number;
	/** A removal that comes before its addition is forgotten. */
	forgetful: boolean;
	words: string[];
}

interface Update {
	id: string;
	origin: number;
	word: string;
	/** Removed tags; null: an addition. */
	removes: string[] | null;
	okEvent: number;
}

interface ReplicaState {
	tags: Map<string, string>;
	tombstones: Set<string>;
	delivered: number[][];
	deliveredCount: number;
	/** Event in which it delivered an update. */
	deliveredAt: Map<string, number>;
	accepted: number;
}

const REPLICAS = ["r1", "r2", "r3", "r4", "r5"];
const EVENTS_PER_OPERATION = 6.6;
const MS = 1e6;
const OPERATIONS_PER_SECOND = 100;
const OBSERVE_EVERY_MS = 100;

export function simulateFixture(options: Options): FixtureSimulation {
	const generator = xoroshiro128plus(options.seed);
	const integer = (min: number, max: number): number => uniformInt(generator, min, max);
	const operations = Math.max(20, Math.floor(options.events / EVENTS_PER_OPERATION));
	const workloadMs = (operations / OPERATIONS_PER_SECOND) * 1_000;
	const plan = faultPlan(workloadMs);
	const states = REPLICAS.map(emptyState);
	const events: FixtureEvent[] = [];
	const messages: MessageRecord[] = [];
	const sequences = new Map<string, number>();
	const highest = new Map<string, number>();
	const updatesById = new Map<string, Update>();
	const outcomes = { ok: 0, fail: 0, info: 0 };
	let observations = 0;
	let divergence: FixtureSimulation["divergence"] = null;
	const finals: number[] = [];
	const seen = new Map<string, { replica: number; view: Json[]; event: number }>();

	const queue = createQueue();
	const record = (event: UnrecordedEvent): number => events.push({ index: events.length, ...event }) - 1;
	const isDown = (replica: number, ms: number): boolean =>
		replica === 3 && ms >= plan.crashMs && ms < plan.restartMs;
	const isPaused = (replica: number, ms: number): boolean =>
		replica === 4 && ms >= plan.pauseMs && ms < plan.resumeMs;

	function deliver(update: Update, replica: number, ms: number): void {
		const state = states[replica] as ReplicaState;
		if (!addDelivered(state, update)) return;
		const index =
			update.origin === replica
				? update.okEvent
				: record({
						time: ms * MS,
						event: "deliver",
						replica: REPLICAS[replica] as string,
						update: update.id,
					});
		state.deliveredAt.set(update.id, index);
		if (update.removes === null) {
			if (!state.tombstones.has(update.id)) state.tags.set(update.id, update.word);
			return;
		}
		for (const tag of update.removes) {
			const known = state.tags.delete(tag);
			if (!options.forgetful || known) state.tombstones.add(tag);
		}
	}

	function send(update: Update, to: number, ms: number): void {
		const link = `${update.origin}>${to}`;
		const sequence = (sequences.get(link) ?? 0) + 1;
		sequences.set(link, sequence);
		const spread = ms >= plan.reorderMs && ms < plan.healMs ? integer(0, 180) : 0;
		let arrives = ms + integer(300, 4_000) / 1_000 + spread;
		const cut = update.origin < 2 !== to < 2;
		if (cut && arrives >= plan.cutMs && ms < plan.mendMs) arrives = plan.mendMs + integer(1, 90);
		if (isDown(to, arrives)) arrives = plan.restartMs + integer(20, 120);
		if (isPaused(to, arrives)) arrives = plan.resumeMs + integer(1, 20);
		const arrive = (at: number, duplicate: boolean): void =>
			queue.add(at, () => {
				const top = highest.get(link) ?? 0;
				highest.set(link, Math.max(top, sequence));
				messages.push({
					event: "message",
					from: REPLICAS[update.origin] as string,
					to: REPLICAS[to] as string,
					sequence,
					lane: sequence % 4,
					sentAt: ms * MS,
					receivedAt: at * MS,
					overtaken: top > sequence,
					duplicate,
					label: `update ${update.id}`,
				});
				deliver(update, to, at);
			});
		arrive(arrives, false);
		if (spread > 0 && integer(0, 9) === 0) arrive(arrives + integer(5, 60), true);
	}

	function operate(number: number, ms: number): void {
		const replica = number % REPLICAS.length;
		const state = states[replica] as ReplicaState;
		const word = options.words[integer(0, options.words.length - 1)] as string;
		const tags = [...state.tags].filter(([, held]) => held === word).map(([tag]) => tag);
		const f = integer(0, 9) === 0 ? "read" : tags.length > 0 && integer(0, 2) > 0 ? "remove" : "add";
		const base = {
			process: replica,
			replica: REPLICAS[replica] as string,
			id: `c${replica + 1}-${number}`,
			f,
		};
		record({ ...base, time: ms * MS, event: "invoke", value: f === "read" ? null : word });
		const doneMs = ms + integer(400, 2_600) / 1_000;
		if (isDown(replica, ms)) {
			const refused = integer(0, 2) > 0;
			queue.add(doneMs, () => {
				outcomes[refused ? "fail" : "info"] += 1;
				const error = refused
					? { code: "ECONNREFUSED", message: "the replica is not listening" }
					: { code: "ECONNRESET", message: "the connection was lost before the reply" };
				record({
					...base,
					time: doneMs * MS,
					event: refused ? "fail" : "info",
					value: f === "read" ? null : word,
					error,
				});
			});
			return;
		}
		const at = isPaused(replica, ms) ? plan.resumeMs + integer(1, 30) : doneMs;
		queue.add(at, () => {
			outcomes.ok += 1;
			if (f === "read") {
				record({ ...base, time: at * MS, event: "ok", value: viewOf(state), delivered: deliveredOf(state) });
				return;
			}
			state.accepted += 1;
			const held = [...state.tags].filter(([, other]) => other === word).map(([tag]) => tag);
			const update: Update = {
				id: `${REPLICAS[replica]}:${state.accepted}`,
				origin: replica,
				word,
				removes: f === "remove" ? held : null,
				okEvent: events.length,
			};
			updatesById.set(update.id, update);
			deliver(update, replica, at);
			record({
				...base,
				time: at * MS,
				event: "ok",
				value: word,
				update: update.id,
				delivered: deliveredOf(state),
			});
			for (let to = 0; to < REPLICAS.length; to++) if (to !== replica) send(update, to, at);
		});
	}

	function observe(replica: number, ms: number, final: boolean): void {
		if (isDown(replica, ms) || isPaused(replica, ms)) return;
		const state = states[replica] as ReplicaState;
		const view = viewOf(state);
		const delivered = deliveredOf(state);
		observations += 1;
		const index = record({
			time: ms * MS,
			event: "state",
			replica: REPLICAS[replica] as string,
			view,
			delivered,
			pending: 0,
			final,
		});
		if (final) finals.push(index);
		const key = JSON.stringify(delivered);
		const before = seen.get(key);
		if (before === undefined) seen.set(key, { replica, view, event: index });
		else if (divergence === null && JSON.stringify(before.view) !== JSON.stringify(view)) {
			divergence = explain(before, { replica, view, event: index }, states, updatesById, ms);
		}
	}

	planFaults(queue, plan, record);
	for (let number = 0; number < operations; number++) {
		const ms = 120 + number * (1_000 / OPERATIONS_PER_SECOND) + integer(0, 9_000) / 1_000;
		queue.add(ms, () => operate(number, ms));
	}
	const endMs = workloadMs + 900;
	for (let ms = OBSERVE_EVERY_MS; ms < endMs; ms += OBSERVE_EVERY_MS) {
		for (let replica = 0; replica < REPLICAS.length; replica++) {
			queue.add(ms + replica / 10, () => observe(replica, ms + replica / 10, false));
		}
	}
	queue.add(workloadMs + 130, () => record({ time: (workloadMs + 130) * MS, event: "phase", phase: "heal" }));
	queue.add(workloadMs + 160, () =>
		record({ time: (workloadMs + 160) * MS, event: "phase", phase: "settle" }),
	);
	queue.add(endMs, () => {
		record({ time: endMs * MS, event: "phase", phase: "final" });
		for (let replica = 0; replica < REPLICAS.length; replica++)
			observe(replica, endMs + 1 + replica / 10, true);
		record({ time: (endMs + 3) * MS, event: "end", reason: "settled" });
	});
	queue.run();
	return {
		replicas: REPLICAS,
		events,
		messages,
		operations,
		updates: updatesById.size,
		observations,
		outcomes,
		endNs: (endMs + 3) * MS,
		finals,
		finalViews: Object.fromEntries(
			states.map((state, replica) => [REPLICAS[replica] as string, viewOf(state)]),
		),
		divergence,
	};
}

function faultPlan(workloadMs: number) {
	const at = (share: number): number => Math.round(workloadMs * share);
	return {
		cutMs: at(0.12),
		mendMs: at(0.38),
		crashMs: at(0.45),
		restartMs: at(0.58),
		pauseMs: at(0.66),
		resumeMs: at(0.74),
		reorderMs: at(0.3),
		healMs: workloadMs + 120,
	};
}

function planFaults(
	queue: Queue,
	plan: ReturnType<typeof faultPlan>,
	record: (event: UnrecordedEvent) => number,
): void {
	const cut = ["r1", "r2"].flatMap((a) => ["r3", "r4", "r5"].flatMap((b) => [`${a}->${b}`, `${b}->${a}`]));
	const fault = (
		ms: number,
		endMs: number,
		number: number,
		what: Record<string, Json>,
		touches: string[],
	): void => {
		queue.add(ms, () =>
			record({ time: ms * MS, event: "fault", fault: what, phase: "start", number, touches }),
		);
		queue.add(endMs, () =>
			record({ time: endMs * MS, event: "fault", fault: what, phase: "end", number, touches }),
		);
	};
	const node = (
		ms: number,
		replica: string,
		what: "started" | "ready" | "crashed" | "paused" | "resumed",
		incarnation = 0,
	) => queue.add(ms, () => record({ time: ms * MS, event: "node", replica, what, incarnation }));
	for (const [number, replica] of REPLICAS.entries()) {
		node(1 + number, replica, "started");
		node(60 + number * 4, replica, "ready");
	}
	queue.add(110, () => record({ time: 110 * MS, event: "phase", phase: "workload" }));
	fault(plan.cutMs, plan.mendMs, 0, { partition: "halves", mode: "hold" }, cut);
	fault(plan.crashMs, plan.restartMs, 1, { crash: "r4", disk: "keep" }, ["r4"]);
	fault(plan.pauseMs, plan.resumeMs, 2, { pause: "r5" }, ["r5"]);
	fault(plan.reorderMs, plan.healMs, 3, { reorder: { spread: "180ms" } }, []);
	fault(plan.reorderMs, plan.healMs, 4, { duplicate: 0.1 }, []);
	node(plan.crashMs + 1, "r4", "crashed");
	node(plan.restartMs, "r4", "started", 1);
	node(plan.restartMs + 18, "r4", "ready", 1);
	node(plan.pauseMs + 1, "r5", "paused");
	node(plan.resumeMs, "r5", "resumed");
}

/** The story of a difference: who added, who removed, and in which order the two replicas learnt of it. */
function explain(
	first: { replica: number; view: Json[]; event: number },
	second: { replica: number; view: Json[]; event: number },
	states: ReplicaState[],
	updates: Map<string, Update>,
	ms: number,
): FixtureSimulation["divergence"] {
	const extra = (a: Json[], b: Json[]): Json | undefined => a.find((word) => !b.includes(word));
	const inFirst = extra(first.view, second.view);
	const [wrong, right] = inFirst === undefined ? [second, first] : [first, second];
	const found = extra(wrong.view, right.view);
	const word = typeof found === "string" ? found : "";
	const [wrongState, rightState] = [
		states[wrong.replica] as ReplicaState,
		states[right.replica] as ReplicaState,
	];
	const tag = [...wrongState.tags].find(([, held]) => held === word)?.[0] ?? "";
	const add = updates.get(tag);
	const remove = [...updates.values()].find((update) => update.removes?.includes(tag) === true);
	const chain = [add, remove].filter((update) => update !== undefined);
	const events = [
		...chain.map((update) => update.okEvent),
		...chain.flatMap((update) => [
			wrongState.deliveredAt.get(update.id),
			rightState.deliveredAt.get(update.id),
		]),
		first.event,
		second.event,
	];
	const names = [wrong, right].map((side) => REPLICAS[side.replica] as string);
	return {
		replicas: names,
		time: ms * MS,
		word,
		path: `[${wrong.view.indexOf(word)}]`,
		delivered: wrongState.deliveredCount,
		updates: chain.map((update) => update.id),
		events: [...new Set(events.filter((event) => event !== undefined))].sort((a, b) => a - b),
		views: { [names[0] as string]: wrong.view, [names[1] as string]: right.view },
	};
}

function emptyState(): ReplicaState {
	return {
		tags: new Map(),
		tombstones: new Set(),
		delivered: REPLICAS.map(() => []),
		deliveredCount: 0,
		deliveredAt: new Map(),
		accepted: 0,
	};
}

/** @returns false when it had been delivered before */
function addDelivered(state: ReplicaState, update: Update): boolean {
	if (state.deliveredAt.has(update.id)) return false;
	const number = Number(update.id.split(":")[1]);
	const runs = state.delivered[update.origin] as number[];
	// Pairs first, last, first, last, …: ascending and apart.
	let at = 0;
	while (at < runs.length && (runs[at] as number) < number) at += 2;
	runs.splice(at, 0, number, number);
	for (let pair = Math.max(0, at - 2); pair + 2 < runs.length; ) {
		if ((runs[pair + 1] as number) + 1 === runs[pair + 2]) runs.splice(pair + 1, 2);
		else pair += 2;
	}
	state.deliveredCount += 1;
	return true;
}

function deliveredOf(state: ReplicaState): Record<string, number | [number, number][]> {
	return Object.fromEntries(
		REPLICAS.map((name, number) => {
			const runs = state.delivered[number] as number[];
			if (runs.length === 0) return [name, 0];
			if (runs.length === 2 && runs[0] === 1) return [name, runs[1] as number];
			const pairs: [number, number][] = [];
			for (let at = 0; at < runs.length; at += 2) pairs.push([runs[at] as number, runs[at + 1] as number]);
			return [name, pairs];
		}),
	);
}

function viewOf(state: ReplicaState): Json[] {
	return [...new Set(state.tags.values())].sort();
}

interface Queue {
	add(ms: number, work: () => unknown): void;
	run(): void;
}

/** A binary heap by time; equal times in order of adding. */
function createQueue(): Queue {
	const heap: { ms: number; order: number; work: () => unknown }[] = [];
	let order = 0;
	const before = (a: number, b: number): boolean => {
		const [x, y] = [heap[a], heap[b]];
		if (x === undefined || y === undefined) return false;
		return x.ms < y.ms || (x.ms === y.ms && x.order < y.order);
	};
	const swap = (a: number, b: number): void => {
		const held = heap[a] as (typeof heap)[number];
		heap[a] = heap[b] as (typeof heap)[number];
		heap[b] = held;
	};
	return {
		add(ms, work) {
			let at = heap.push({ ms, order: order++, work }) - 1;
			while (at > 0 && before(at, (at - 1) >> 1)) {
				swap(at, (at - 1) >> 1);
				at = (at - 1) >> 1;
			}
		},
		run() {
			while (heap.length > 0) {
				const next = heap[0] as (typeof heap)[number];
				const last = heap.pop() as (typeof heap)[number];
				if (heap.length > 0) heap[0] = last;
				for (let at = 0; ; ) {
					const left = 2 * at + 1;
					const least = before(left + 1, left) ? left + 1 : left;
					if (!before(least, at)) break;
					swap(least, at);
					at = least;
				}
				next.work();
			}
		},
	};
}
