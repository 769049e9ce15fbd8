/**
 * Replicas, their disks and the effects of their steps, with nothing else: no time, no network, no choice of its
 * own. Whoever drives it (`simulation.ts`, the search in `explore/`) decides which message arrives when, who ticks
 * and who crashes. Everything happens during the call; nothing here may be called from `onSend` or `onDeliver`.
 *
 * A step is one call of `invoke`, `deliver` or `tick`. Its records become durable, then its deliveries are told,
 * then its messages leave. While a node is held (`hold`), all of that waits for `sync`, as it does for the disk of a
 * host; a crash in between tears what waits. A step that throws has done nothing, and throws on.
 *
 * Left out on purpose: copies. Messages and records go by reference, unless `copy` asks for what a host does.
 */
import { decodePlain, encodePlain } from "../../../nodes/sdk/codec.ts";
import type {
	DeliveredJson,
	Effects,
	Json,
	Operation,
	Replica,
	ReplicaDefinition,
	ReplicaId,
	Reply,
} from "../../../nodes/sdk/replica.ts";
import { SNAPSHOT_AFTER_RECORDS } from "../../../nodes/sdk/steps.ts";
import { type Arrival, createOrder } from "./order.ts";

export type { DeliveredJson, Json, Operation, Replica, ReplicaDefinition, ReplicaId, Reply };

/** `keep`: all that was written survives · `lose`: nothing · `torn`: all but what was never synced. */
export type DiskFate = "keep" | "lose" | "torn";

export interface SimMessage {
	/** Indices of nodes. */
	readonly from: number;
	readonly to: number;
	/** Of the sender. */
	readonly incarnation: number;
	/** Of the directed link and the sender's incarnation, from 1, all messages. */
	readonly sequence: number;
	/** Among the labelled messages of the directed link, over the whole run, from 1; 0 without a label. */
	readonly number: number;
	readonly body: unknown;
	/** Undefined: protocol chatter. */
	readonly label: string | undefined;
	/** What it follows, where the manifest asks for causal order; the cluster's own. */
	readonly past: Int32Array | null;
}

export interface ClusterOptions {
	/** Its `load` is done. */
	definition: ReplicaDefinition;
	ids: readonly ReplicaId[];
	options: Record<string, Json>;
	/** Starts before the first of this cluster, by node; 0 by default. */
	incarnations?: readonly number[];
	/** Nodes whose disk nobody will ever read again: they keep none. All keep theirs by default. */
	isDiskless?(index: number): boolean;
	/** Encode and decode messages, records and snapshots as a host does, so that nothing is shared. */
	copy?: boolean;
	/** The node's wall clock in whole milliseconds. */
	now(index: number): number;
	/** Uniform in [0, 1). */
	random(index: number): number;
	onSend(message: SimMessage): void;
	/** Update `number` of `origin` has taken effect at a node. */
	onDeliver?(index: number, origin: ReplicaId, number: number): void;
}

export interface ClusterNode {
	readonly id: ReplicaId;
	/** Null while it is down. */
	readonly replica: Replica | null;
	/** Of the replica that runs, or ran last. */
	readonly incarnation: number;
	/** Records persisted and updates delivered so far: nothing that lasts changes without. */
	readonly changes: number;
}

export interface Cluster {
	readonly nodes: readonly ClusterNode[];
	/** @throws what the replica throws; Error when it is down */
	invoke(index: number, operation: Operation): Reply;
	/**
	 * Hands a message to its receiver: as often, and in whatever order the caller likes, within the manifest.
	 * @returns false when the receiver is down, or the manifest forbids it (see `arrival`)
	 */
	deliver(message: SimMessage): boolean;
	/**
	 * What the manifest says to handing it over now: `ready` · `early`: it follows messages that are not handed over
	 * (hand it over nevertheless, and they never will be) · `late`: a duplicate, or a later one was handed over.
	 */
	arrival(message: SimMessage): Arrival;
	tick(index: number): void;
	/** Stops the replica; where it is down, `lose` still empties its disk. */
	crash(index: number, disk: DiskFate): void;
	/** Starts a replica from its disk. @throws what `create` throws; Error when it runs */
	start(index: number): void;
	/** From now on what this node does waits for `sync`. */
	hold(index: number): void;
	/** Whether something waits: then the reply to the latest operation must wait too, of a query as well. */
	isWaiting(index: number): boolean;
	/** Makes all durable that waits, and lets it out. It ends `hold`. */
	sync(index: number): void;
	/** These throw where the node is down. */
	view(index: number): unknown;
	delivered(index: number): DeliveredJson | undefined;
	pending(index: number): number;
	dispose(): void;
}

interface Node {
	readonly index: number;
	readonly id: ReplicaId;
	replica: Replica | null;
	incarnation: number;
	changes: number;
	readonly effects: Effects;
	readonly diskless: boolean;
	/** Durable. */
	snapshot: unknown;
	records: unknown[];
	held: boolean;
	/** Written, but not synced: records and what has to wait for them. */
	readonly unsynced: Outputs;
	waiting: boolean;
}

/** What a step does, in order. */
interface Outputs {
	records: unknown[];
	/** Pairs: origin, number. */
	deliveries: (ReplicaId | number)[];
	/** Triples: receiver, body, label. */
	messages: unknown[];
}

/** @returns a cluster whose nodes are all started. Cost: memory quadratic in the number of nodes (two counters a link). */
export function createCluster(options: ClusterOptions): Cluster {
	const { definition, ids } = options;
	const count = ids.length;
	const indexOf = new Map(ids.map((id, index) => [id, index]));
	const sequences = new Int32Array(count * count);
	const numbers = new Int32Array(count * count);
	const order = createOrder(definition.delivers, count);
	const copied = options.copy === true ? (value: unknown) => decodePlain(encodePlain(value)) : null;
	/** Of the step that runs. */
	const step = noOutputs();
	const nodes = ids.map((id, index) => createNode(index, id));
	for (const node of nodes) {
		node.incarnation = (options.incarnations?.[node.index] ?? 0) - 1;
		start(node);
	}

	function createNode(index: number, id: ReplicaId): Node {
		const effects: Effects = {
			send(to, message, label) {
				const receiver = indexOf.get(to);
				if (receiver === undefined || receiver === index) return;
				step.messages.push(receiver, copied === null ? message : copied(message), label);
			},
			persist(record) {
				step.records.push(copied === null ? record : copied(record));
			},
			deliver(replica, number) {
				step.deliveries.push(replica, number);
			},
		};
		// Field by field: the engine is slow to spread an object, and searches make tens of thousands of nodes a second.
		return {
			index,
			id,
			replica: null,
			incarnation: -1,
			changes: 0,
			effects,
			diskless: options.isDiskless?.(index) ?? false,
			snapshot: null,
			records: [],
			held: false,
			unsynced: noOutputs(),
			waiting: false,
		};
	}

	function start(node: Node): void {
		if (node.replica !== null) throw new Error(`${node.id} runs: crash it before it is started`);
		const { index } = node;
		node.incarnation += 1;
		sequences.fill(0, index * count, (index + 1) * count);
		const context = {
			id: node.id,
			replicas: ids,
			incarnation: node.incarnation,
			options: options.options,
			now: () => options.now(index),
			random: () => options.random(index),
		};
		node.replica = definition.create(context, { snapshot: node.snapshot, records: node.records.slice() });
	}

	function finish(node: Node): void {
		node.changes += step.records.length + step.deliveries.length;
		if (!node.held) {
			write(node, step);
			return;
		}
		const { unsynced } = node;
		append(unsynced.records, step.records);
		// A replica that claims no durability does not wait for its disk.
		node.waiting = definition.delivers.durable && unsynced.records.length > 0;
		if (node.waiting) {
			append(unsynced.deliveries, step.deliveries);
			append(unsynced.messages, step.messages);
		} else {
			letOut(node, step);
		}
	}

	function write(node: Node, outputs: Outputs): void {
		if (outputs.records.length > 0 && !node.diskless) {
			append(node.records, outputs.records);
			if (node.records.length >= SNAPSHOT_AFTER_RECORDS && node.replica?.snapshot !== undefined) {
				const snapshot: unknown = node.replica.snapshot();
				node.snapshot = copied === null ? snapshot : copied(snapshot);
				node.records = [];
			}
		}
		letOut(node, outputs);
	}

	function letOut(node: Node, { deliveries, messages }: Outputs): void {
		for (let i = 0; i < deliveries.length; i += 2) {
			options.onDeliver?.(node.index, deliveries[i] as ReplicaId, deliveries[i + 1] as number);
		}
		clear(deliveries);
		for (let i = 0; i < messages.length; i += 3) order.leaves(node.index, messages[i] as number);
		for (let i = 0; i < messages.length; i += 3) {
			const to = messages[i] as number;
			const label = messages[i + 2] as string | undefined;
			const link = node.index * count + to;
			const sequence = (sequences[link] as number) + 1;
			sequences[link] = sequence;
			const number = label === undefined ? 0 : (numbers[link] as number) + 1;
			if (number > 0) numbers[link] = number;
			options.onSend({
				from: node.index,
				to,
				incarnation: node.incarnation,
				sequence,
				number,
				body: messages[i + 1],
				label,
				past: order.stamp(node.index, to),
			});
		}
		clear(messages);
	}

	function running(index: number): Replica {
		const { id, replica } = nodeAt(index);
		if (replica === null) throw new Error(`${id} is down: start it before it is used`);
		return replica;
	}

	function nodeAt(index: number): Node {
		const node = nodes[index];
		if (node === undefined) throw new Error(`there is no node ${index}: nodes are 0 to ${count - 1}`);
		return node;
	}

	function begin(): void {
		clear(step.records);
		clear(step.deliveries);
		clear(step.messages);
	}

	return {
		nodes,
		invoke(index, operation) {
			const replica = running(index);
			const node = nodeAt(index);
			begin();
			const reply = replica.invoke(operation, node.effects);
			finish(node);
			return reply;
		},
		deliver(message) {
			const node = nodeAt(message.to);
			if (node.replica === null || !order.accept(message)) return false;
			begin();
			node.replica.receive(ids[message.from] as ReplicaId, message.body, node.effects);
			finish(node);
			return true;
		},
		arrival: (message) => order.arrival(message),
		tick(index) {
			const replica = running(index);
			const node = nodeAt(index);
			begin();
			replica.tick(node.effects);
			finish(node);
		},
		crash(index, disk) {
			const node = nodeAt(index);
			node.replica?.dispose?.();
			node.replica = null;
			// Written, not yet synced: the page cache outlasts the process, not the machine.
			if (disk === "keep") append(node.records, node.unsynced.records);
			if (disk === "lose") {
				node.snapshot = null;
				node.records = [];
			}
			Object.assign(node.unsynced, noOutputs());
			node.held = false;
			node.waiting = false;
		},
		start: (index) => start(nodeAt(index)),
		hold(index) {
			nodeAt(index).held = true;
		},
		isWaiting: (index) => nodeAt(index).waiting,
		sync(index) {
			const node = nodeAt(index);
			node.held = false;
			node.waiting = false;
			write(node, node.unsynced);
			node.unsynced.records = [];
		},
		view: (index) => running(index).view(),
		delivered: (index) => running(index).delivered?.(),
		pending: (index) => running(index).pending?.() ?? 0,
		dispose() {
			for (const node of nodes) {
				node.replica?.dispose?.();
				node.replica = null;
			}
		},
	};
}

function noOutputs(): Outputs {
	return { records: [], deliveries: [], messages: [] };
}

function append<T>(to: T[], items: readonly T[]): void {
	for (const item of items) to.push(item);
}

/** Setting the length throws the list's memory away, to be had anew in the next step. */
function clear(list: unknown[]): void {
	for (let left = list.length; left > 0; left--) list.pop();
}
