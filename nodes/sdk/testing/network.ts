/**
 * A small deterministic network for the tests of replicas: everything in one process, all choices from one seed.
 * Messages are lost, duplicated, overtaken and cut off, nodes crash with their disk kept or lost. What is sent or
 * persisted is frozen, so that a replica which changes it afterwards throws. It is not the simulator: no latencies,
 * no history, no search.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { canonicalKey } from "../../types/json-value.ts";
import type {
	Draw,
	Effects,
	Json,
	Operation,
	Replica,
	ReplicaDefinition,
	ReplicaId,
	Reply,
} from "../replica.ts";
import { encodeView } from "../view-encoding.ts";

/** Shares are of messages; chances are per step. */
export interface NetworkOptions {
	seed: number;
	replicas: number;
	/** How many different keys operations draw. */
	keys: number;
	drop: number;
	duplicate: number;
	/** Chance that a message other than the oldest of all comes next. */
	reorder: number;
	partitionChance: number;
	crashChance: number;
	/** Of the crashes: how many lose the disk. */
	loseDisk: number;
	/** Chance that a node takes a snapshot. */
	snapshotChance: number;
	/** Wall clocks differ by so much, and step back as far at random. */
	clockSkewMs: number;
	/** Checks strong convergence and freezes what is sent. Off for measuring. */
	watch: boolean;
	/** Chance that the live view is compared with the one after save and load, at each look at a node. */
	reloadChance: number;
}

export const CALM: Omit<NetworkOptions, "seed"> = {
	replicas: 3,
	keys: 5,
	drop: 0,
	duplicate: 0,
	reorder: 0,
	partitionChance: 0,
	crashChance: 0,
	loseDisk: 0,
	snapshotChance: 0,
	clockSkewMs: 0,
	watch: true,
	reloadChance: 0,
};

export interface Node {
	id: ReplicaId;
	incarnation: number;
	/** Null while it is down. */
	replica: Replica | null;
	disk: { snapshot: unknown; records: unknown[] };
	skewMs: number;
	effects: Effects;
}

interface InFlight {
	from: ReplicaId;
	to: ReplicaId;
	message: unknown;
}

export interface Network {
	readonly definition: ReplicaDefinition;
	readonly options: NetworkOptions;
	readonly nodes: Node[];
	readonly ids: ReplicaId[];
	readonly inFlight: InFlight[];
	/** Replicas of one side; messages between the sides are lost. */
	readonly cutOff: Set<ReplicaId>;
	readonly random: () => number;
	readonly draw: Draw;
	timeMs: number;
	operations: number;
	sent: number;
	/** By delivered set: the first view that was seen with it. */
	readonly views: Map<string, string>;
	/** Two replicas that had delivered the same and showed different things. */
	readonly divergences: string[];
	readonly replies: { node: ReplicaId; operation: Operation; reply: Reply }[];
}

/** More rounds of ticks than any honest type needs to agree. */
const SETTLE_ROUNDS = 400;

export function createNetwork(definition: ReplicaDefinition, options: NetworkOptions): Network {
	const generator = xoroshiro128plus(options.seed);
	let drawn = 0;
	const network: Network = {
		definition,
		options,
		nodes: [],
		ids: Array.from({ length: options.replicas }, (_, index) => `r${index + 1}`),
		inFlight: [],
		cutOff: new Set(),
		random: () => uniformFloat64(generator),
		draw: {
			integer: (minimum, maximum) => uniformInt(generator, minimum, maximum),
			key: () => `k${uniformInt(generator, 0, options.keys - 1)}`,
			unique: () => `v${drawn++}`,
		},
		timeMs: 1_000_000,
		operations: 0,
		sent: 0,
		views: new Map(),
		divergences: [],
		replies: [],
	};
	for (const id of network.ids) network.nodes.push(createNode(network, id));
	for (const node of network.nodes) start(network, node);
	return network;
}

/** `steps` random steps, of which so many are operations. */
export function play(network: Network, steps: number, operations: number): void {
	for (let step = 0; step < steps; step++) {
		const { options, random } = network;
		network.timeMs += 1;
		const node = pick(network, network.nodes);
		if (random() < options.crashChance) crash(node, random() < options.loseDisk ? "lose" : "keep");
		if (random() < options.partitionChance) togglePartition(network);
		if (random() < options.snapshotChance) takeSnapshot(node);
		if (options.clockSkewMs > 0 && random() < 0.1) {
			node.skewMs = network.draw.integer(-options.clockSkewMs, options.clockSkewMs);
		}
		if (node.replica === null) {
			if (random() < 0.2) start(network, node);
		} else if (random() < operations / steps) {
			invoke(network, node, drawOperation(network));
		} else if (network.inFlight.length > 0 && random() < 0.8) {
			deliverOne(network);
		} else {
			tick(network, node);
		}
		watch(network, node);
	}
}

/**
 * Heals, restarts, and lets all talk until they have delivered the same. Where no disk is ever lost nothing may be
 * left waiting either; what depends on an update that nobody has any more waits for ever.
 * @returns whether they came to it
 */
export function settle(network: Network, rounds = SETTLE_ROUNDS): boolean {
	network.cutOff.clear();
	for (const node of network.nodes) if (node.replica === null) start(network, node);
	for (let round = 0; round < rounds; round++) {
		for (const node of network.nodes) tick(network, node);
		while (network.inFlight.length > 0) deliverOne(network, true);
		for (const node of network.nodes) watch(network, node);
		if (new Set(network.nodes.map(deliveredText)).size === 1 && isIdle(network)) return true;
	}
	return false;
}

export function viewTexts(network: Network): string[] {
	return network.nodes.map((node) => viewText(network, node));
}

export function invoke(network: Network, node: Node, wanted: { f: string; value: Json }): Reply {
	const operation: Operation = { id: `c-${network.operations++}`, ...wanted };
	const reply = running(node).invoke(operation, node.effects);
	if (network.options.watch) network.replies.push({ node: node.id, operation, reply });
	return reply;
}

export function tick(network: Network, node: Node): void {
	network.timeMs += 1;
	node.replica?.tick(node.effects);
}

export function crash(node: Node, disk: "keep" | "lose"): void {
	node.replica?.dispose?.();
	node.replica = null;
	if (disk === "lose") node.disk = { snapshot: null, records: [] };
}

export function start(network: Network, node: Node): void {
	const context = {
		id: node.id,
		replicas: network.ids,
		incarnation: node.incarnation++,
		options: {},
		now: () => network.timeMs + node.skewMs,
		random: network.random,
	};
	node.replica = network.definition.create(context, node.disk);
}

/** The oldest message, or, by the chance of reordering, any. */
export function deliverOne(network: Network, calm = false): void {
	const { inFlight, options, random, cutOff } = network;
	const overtakes = options.reorder > 0 && random() < options.reorder;
	const index = overtakes ? network.draw.integer(0, inFlight.length - 1) : 0;
	const [next] = index === 0 ? [inFlight.shift()] : inFlight.splice(index, 1);
	if (next === undefined) return;
	if (!calm && options.drop > 0 && random() < options.drop) return;
	if (cutOff.has(next.from) !== cutOff.has(next.to)) return;
	if (options.duplicate > 0 && random() < options.duplicate) inFlight.push(next);
	const node = network.nodes[network.ids.indexOf(next.to)] as Node;
	node.replica?.receive(next.from, next.message, node.effects);
	watch(network, node);
}

export function drawOperation(network: Network): { f: string; value: Json } {
	const names = Object.entries(network.definition.operations);
	let left = network.random() * names.reduce((sum, [, { weight }]) => sum + weight, 0);
	for (const [f, operation] of names) {
		left -= operation.weight;
		if (left < 0) return { f, value: operation.generate(network.draw) };
	}
	throw new Error("an operation's weight is negative or not a number");
}

function createNode(network: Network, id: ReplicaId): Node {
	const node: Node = {
		id,
		incarnation: 0,
		replica: null,
		disk: { snapshot: null, records: [] },
		skewMs: 0,
		effects: {
			send(to, message) {
				network.sent++;
				network.inFlight.push({ from: id, to, message: network.options.watch ? freeze(message) : message });
			},
			persist(record) {
				node.disk.records.push(network.options.watch ? freeze(record) : record);
			},
			deliver() {},
		},
	};
	return node;
}

function takeSnapshot(node: Node): void {
	if (node.replica?.snapshot === undefined) return;
	node.disk = { snapshot: freeze(structuredClone(node.replica.snapshot())), records: [] };
}

function togglePartition(network: Network): void {
	if (network.cutOff.size > 0) network.cutOff.clear();
	else network.cutOff.add(pick(network, network.ids));
}

function watch(network: Network, node: Node): void {
	if (!network.options.watch || node.replica === null) return;
	const delivered = deliveredText(node);
	const view = viewText(network, node);
	const first = network.views.get(delivered);
	if (first === undefined) network.views.set(delivered, view);
	else if (first !== view)
		network.divergences.push(`${node.id} at ${delivered}: ${view} instead of ${first}`);
	watchReload(network, node, delivered, view);
}

function watchReload(network: Network, node: Node, delivered: string, view: string): void {
	const { options, random, definition } = network;
	if (options.reloadChance === 0 || random() >= options.reloadChance) return;
	const reloaded = textOf(definition.type, node.replica?.reloadedView?.());
	if (reloaded === view) return;
	const what = "live view and view after save and load differ";
	network.divergences.push(`${node.id} at ${delivered}: ${what}: ${view} and ${reloaded}`);
}

function running(node: Node): Replica {
	if (node.replica === null) throw new Error(`${node.id} is down: start it before it is used`);
	return node.replica;
}

function isIdle({ nodes, options }: Network): boolean {
	return options.loseDisk > 0 || nodes.every((node) => (running(node).pending?.() ?? 0) === 0);
}

function deliveredText(node: Node): string {
	return canonicalKey(running(node).delivered?.() ?? {});
}

function viewText(network: Network, node: Node): string {
	return textOf(network.definition.type, running(node).view());
}

/** Of sets and concurrent values any order is as good. */
function textOf(type: string, view: unknown): string {
	const encoded = encodeView(view);
	return Array.isArray(encoded) && !type.endsWith("list")
		? encoded.map(canonicalKey).sort().join(" ")
		: canonicalKey(encoded);
}

function pick<T>(network: Network, items: readonly T[]): T {
	return items[network.draw.integer(0, items.length - 1)] as T;
}

function freeze<T>(value: T): T {
	if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
		return value;
	Object.freeze(value);
	for (const item of Object.values(value)) freeze(item);
	return value;
}
