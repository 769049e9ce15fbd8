/**
 * A long, right history: an or-set that five replicas edit, with deliveries in between, polls of all states, reads,
 * and now and then an operation whose outcome stays unknown. Seeded; for the bench and the tests of cost.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Delivered, HistoryHeader, UnrecordedEvent } from "../../history/events.ts";

const REPLICAS = ["r1", "r2", "r3", "r4", "r5"];
const KEYS = 64;
const STEP_NS = 100_000;
const EVENTS_OF_THE_END = 20;

interface Update {
	id: string;
	owner: number;
	number: number;
	f: "add" | "remove";
	key: string;
	/** Of a remove: the adds that it saw. */
	saw: Set<string>;
	/** What had been delivered where it was accepted, before it: it is delivered nowhere without. */
	after: number[];
}

interface Node {
	/** How much of each replica's log is delivered here. */
	delivered: number[];
	/** By key the adds that are alive. */
	alive: Map<string, Set<string>>;
	/** Adds that a remove has seen, which may come before them. */
	dead: Set<string>;
}

export function longHistory(
	eventCount: number,
	seed: number,
): { header: HistoryHeader; events: () => Generator<UnrecordedEvent> } {
	const header: HistoryHeader = {
		pakka: 1,
		scenario: "long",
		seed,
		type: "or-set",
		replicas: REPLICAS,
		runtime: "sim",
		startedAt: "1970-01-01T00:00:00.000Z",
		delivers: { order: "any", duplicates: true, durable: true },
	};
	return { header, events: () => generate(eventCount, seed) };
}

function* generate(eventCount: number, seed: number): Generator<UnrecordedEvent> {
	const generator = xoroshiro128plus(seed);
	const draw = (max: number) => uniformInt(generator, 0, max - 1);
	const logs: Update[][] = REPLICAS.map(() => []);
	const nodes: Node[] = REPLICAS.map(() => ({
		delivered: REPLICAS.map(() => 0),
		alive: new Map<string, Set<string>>(),
		dead: new Set<string>(),
	}));
	let time = 0;
	let operations = 0;
	const at = () => {
		time += STEP_NS;
		return time;
	};
	const state = (replica: number, final: boolean): UnrecordedEvent => ({
		time: at(),
		event: "state",
		replica: REPLICAS[replica] as string,
		...seenBy(nodes[replica] as Node),
		final,
	});
	yield { time: at(), event: "phase", phase: "workload" };
	for (;;) {
		if (time / STEP_NS > eventCount - EVENTS_OF_THE_END) break;
		const owner = draw(REPLICAS.length);
		yield* operate(owner);
		for (let more = draw(7); more > 0; more--) yield* deliverSome(draw(REPLICAS.length), 1);
		if (draw(60) === 0)
			for (let replica = 0; replica < REPLICAS.length; replica++) yield state(replica, false);
	}
	yield { time: at(), event: "phase", phase: "heal" };
	for (let replica = 0; replica < REPLICAS.length; replica++) deliverAll(replica);
	yield { time: at(), event: "phase", phase: "final" };
	for (let replica = 0; replica < REPLICAS.length; replica++) yield state(replica, true);
	yield { time: at(), event: "end", reason: "settled" };

	function* operate(owner: number): Generator<UnrecordedEvent> {
		const node = nodes[owner] as Node;
		const replica = REPLICAS[owner] as string;
		const id = `c${owner}-${operations++}`;
		const kind = draw(10);
		const f = kind === 0 ? "read" : kind < 7 ? "add" : "remove";
		const key = `k${draw(KEYS)}`;
		const common = { process: owner, replica, id, f, value: f === "read" ? null : key };
		yield { time: at(), event: "invoke", ...common };
		if (f === "read") {
			const { view, delivered } = seenBy(node);
			yield { time: at(), event: "ok", ...common, value: view, delivered };
			return;
		}
		const log = logs[owner] as Update[];
		const number = log.length + 1;
		const update: Update = {
			id: `${replica}:${number}`,
			owner,
			number,
			f,
			key,
			saw: new Set(node.alive.get(key) ?? []),
			after: [...node.delivered],
		};
		log.push(update);
		apply(node, update);
		if (draw(1_000) === 0) {
			yield { time: at(), event: "info", ...common, error: { code: "timeout", message: "no reply" } };
			return;
		}
		yield { time: at(), event: "ok", ...common, update: update.id, delivered: seenBy(node).delivered };
	}

	function* deliverSome(to: number, most: number): Generator<UnrecordedEvent> {
		const from = draw(REPLICAS.length);
		for (let left = most * 3; left > 0; left--) {
			const update = deliverNext(to, from);
			if (update === null) return;
			// Not every delivery is known of.
			if (draw(4) === 0)
				yield { time: at(), event: "deliver", replica: REPLICAS[to] as string, update: update.id };
		}
	}

	function deliverAll(to: number): void {
		for (let moved = true; moved; ) {
			moved = false;
			for (let from = 0; from < REPLICAS.length; from++) while (deliverNext(to, from) !== null) moved = true;
		}
	}

	function deliverNext(to: number, from: number): Update | null {
		const node = nodes[to] as Node;
		const update = logs[from]?.[node.delivered[from] as number];
		if (to === from || update === undefined) return null;
		if (update.after.some((needed, index) => needed > (node.delivered[index] as number))) return null;
		apply(node, update);
		return update;
	}
}

function apply(node: Node, update: Update): void {
	node.delivered[update.owner] = update.number;
	const alive = node.alive.get(update.key) ?? new Set<string>();
	node.alive.set(update.key, alive);
	if (update.f === "add") {
		if (!node.dead.has(update.id)) alive.add(update.id);
		return;
	}
	for (const add of update.saw) {
		node.dead.add(add);
		alive.delete(add);
	}
}

function seenBy(node: Node): { view: string[]; delivered: Delivered } {
	const view = [...node.alive].filter(([, adds]) => adds.size > 0).map(([key]) => key);
	return {
		view,
		delivered: Object.fromEntries(REPLICAS.map((id, index) => [id, node.delivered[index] ?? 0])),
	};
}
