/**
 * Long, right histories as a run records them: clients at every replica, causal deliveries in between, polls of all
 * states, reads, now and then an operation whose outcome stays unknown. Seeded; for the bench and the tests of cost.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Delivered, HistoryHeader, UnrecordedEvent } from "../../history/events.ts";
import { type Effect, type LongReplica, type LongType, longReplica } from "./long-history-types.ts";

const STEP_NS = 100_000;

export interface LongHistory {
	type: LongType;
	/** Each with a client. */
	replicas: number;
	/** How many elements there can be, of a text about how many characters. */
	size: number;
	/** Operations between two polls of all replicas, on average. */
	pollEvery: number;
	/** One in so many updates is never replied to. */
	unknownEvery: number;
	/** Ends at whichever comes first. */
	events: number;
	operations: number;
	seed: number;
}

interface Update extends Effect {
	/** What had been delivered where it was accepted, before it: it is delivered nowhere without. */
	after: number[];
}

interface Node {
	/** How much of each replica's log is delivered here. */
	delivered: number[];
	rank: number;
	replica: LongReplica;
}

export function longHistory(options: LongHistory): {
	header: HistoryHeader;
	events: () => Generator<UnrecordedEvent>;
} {
	const replicas = Array.from({ length: options.replicas }, (_, index) => `r${index + 1}`);
	const header: HistoryHeader = {
		pakka: 1,
		scenario: `long-${options.type}`,
		seed: options.seed,
		type: options.type,
		replicas,
		runtime: "sim",
		startedAt: "1970-01-01T00:00:00.000Z",
		delivers: { order: "any", duplicates: true, durable: true, causal: true },
	};
	return { header, events: () => generate(options, replicas) };
}

function* generate(options: LongHistory, replicas: readonly string[]): Generator<UnrecordedEvent> {
	const generator = xoroshiro128plus(options.seed);
	const draw = (below: number) => uniformInt(generator, 0, below - 1);
	const logs: Update[][] = replicas.map(() => []);
	const nodes = replicas.map(
		(): Node => ({
			delivered: replicas.map(() => 0),
			rank: 0,
			replica: longReplica(options.type, options.size),
		}),
	);
	let [time, operations] = [0, 0];
	const at = () => {
		time += STEP_NS;
		return time;
	};
	yield { time: at(), event: "phase", phase: "workload" };
	while (operations < options.operations && time / STEP_NS < options.events) {
		yield* operate(draw(replicas.length));
		for (let steps = 0; steps < replicas.length; steps++) yield* deliverSome(draw(replicas.length), 3);
		if (draw(options.pollEvery) === 0) yield* poll(false);
	}
	yield { time: at(), event: "phase", phase: "heal" };
	for (let moved = true; moved; ) {
		moved = false;
		for (let to = 0; to < replicas.length; to++) {
			for (const event of deliverSome(to, 1)) {
				moved = true;
				yield event;
			}
		}
	}
	yield { time: at(), event: "phase", phase: "final" };
	yield* poll(true);
	yield { time: at(), event: "end", reason: "settled" };

	function* poll(final: boolean): Generator<UnrecordedEvent> {
		for (const [index, replica] of replicas.entries()) {
			const node = nodes[index] as Node;
			const seen = { view: node.replica.view(), delivered: deliveredAt(node) };
			yield { time: at(), event: "state", replica, ...seen, final };
		}
	}

	function deliveredAt({ delivered }: Node): Delivered {
		return Object.fromEntries(replicas.map((id, index) => [id, delivered[index] ?? 0]));
	}

	function* operate(owner: number): Generator<UnrecordedEvent> {
		const node = nodes[owner] as Node;
		const replica = replicas[owner] as string;
		const id = `c${owner}-${operations++}`;
		if (draw(20) === 0 && draw(options.pollEvery) < 4) {
			const read = { process: owner, replica, id, f: "read", value: null };
			yield { time: at(), event: "invoke", ...read };
			yield { time: at(), event: "ok", ...read, value: node.replica.view(), delivered: deliveredAt(node) };
			return;
		}
		const { f, value, result, effect } = node.replica.operate(draw);
		const common = { process: owner, replica, id, f, value };
		yield { time: at(), event: "invoke", ...common };
		const log = logs[owner] as Update[];
		const rank = node.rank + 1;
		const update: Update = {
			...effect,
			id: `${replica}:${log.length + 1}`,
			rank,
			after: [...node.delivered],
		};
		log.push(update);
		apply(node, owner, update);
		if (draw(options.unknownEvery) === 0) {
			yield { time: at(), event: "info", ...common, error: { code: "timeout", message: "no reply" } };
			return;
		}
		const reply = {
			...(result !== undefined && { result }),
			update: update.id,
			delivered: deliveredAt(node),
		};
		yield { time: at(), event: "ok", ...common, ...reply };
	}

	/** From one in `oneIn` other replicas all that there is, as far as what it had seen is here. */
	function* deliverSome(to: number, oneIn: number): Generator<UnrecordedEvent> {
		const node = nodes[to] as Node;
		for (let from = 0; from < replicas.length; from++) {
			if (from === to || draw(oneIn) > 0) continue;
			for (;;) {
				const update = (logs[from] as Update[])[node.delivered[from] as number];
				if (update?.after.every((needed, index) => needed <= (node.delivered[index] as number)) !== true)
					break;
				apply(node, from, update);
				yield { time: at(), event: "deliver", replica: replicas[to] as string, update: update.id };
			}
		}
	}
}

function apply(node: Node, owner: number, update: Update): void {
	node.delivered[owner] = (node.delivered[owner] as number) + 1;
	node.rank = Math.max(node.rank, update.rank);
	node.replica.apply(update);
}
