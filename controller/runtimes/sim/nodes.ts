/**
 * The nodes of a simulation: a cluster's replicas, each with a life (up, paused, down), a ticking timer, a disk that
 * takes time where it matters, and an inbox for what reaches it while it is paused. What a host does with real
 * processes (nodes/sdk/node.ts, controller/runtimes/process), in virtual time.
 */
import type { CrashDisk } from "../../../scenarios/scenario.ts";
import type { Answer } from "../../control-client.ts";
import type { CallError } from "../../errors.ts";
import type { Random } from "../../plan/random.ts";
import type { OperationReply } from "../../replies.ts";
import type { Done, NodeStatus } from "../runtime.ts";
import { type Agenda, RANK, toUs } from "./agenda.ts";
import type { Cluster, Operation } from "./cluster.ts";
import type { Network, Parcel } from "./network.ts";
import { execute } from "./operation-reply.ts";

/** What a write takes until it is durable, on nodes that will crash; on others nobody could tell. */
export const SYNC_US = 200;
/** A crash in mid-write waits so long for a write; then the node dies idle, and loses nothing. */
export const TORN_WITHIN_US = 100_000;
/** Behind a message that is missing, later ones wait so long where the manifest asks for order. */
const HOLD_BACK_US = 5_000_000;

export interface NodeEvents {
	report(
		index: number,
		what: "started" | "ready" | "crashed" | "exited" | "paused" | "resumed",
		detail?: string,
	): void;
	/** A step has ended, and what it did is durable. */
	stepped(index: number): void;
	/** A replica is about to be handed a message; for the journal. */
	received(parcel: Parcel): void;
}

export interface SimNodes {
	status(index: number): NodeStatus;
	/** Calls `respond` once, now or later; never when the node stays paused. */
	request(index: number, operation: Operation, respond: (answer: Answer<OperationReply>) => void): void;
	receive(parcel: Parcel): void;
	/** @param done called when it has happened; in mid-write (`torn`) that is later, but before `byUs` */
	crash(index: number, disk: CrashDisk, byUs: number, done: (done: Done) => void): void;
	start(index: number): void;
	pause(index: number): Done;
	resume(index: number): Done;
	/** Messages that wait for earlier ones of theirs. */
	heldBack(): number;
}

interface NodesOptions {
	ids: readonly string[];
	cluster: Cluster;
	/** Late, because each needs the other. */
	network: () => Network;
	agenda: Agenda;
	tickMs: number;
	/** Whether writes of this node take time. */
	hasSlowDisk(index: number): boolean;
	/** When its timer starts within its first period. */
	phase: Random;
	events: NodeEvents;
}

interface Node {
	status: NodeStatus;
	/** Counts starts and crashes: what was planned for an earlier life is void. */
	life: number;
	/** While it is paused. */
	inbox: (() => void)[];
	/** Waits for the disk, in order. */
	afterSync: (() => void)[];
	syncing: boolean;
	/** A write ended while the node was paused. */
	synced: boolean;
	/** It dies in its next write. */
	doomed: (() => void) | null;
	/** Requests that have no answer yet. */
	open: Set<(answer: Answer<OperationReply>) => void>;
	/** Came before what they follow. */
	early: Parcel[];
	tickDue: boolean;
}

const RESET: CallError = {
	code: "ECONNRESET",
	message: "the replica died before it answered",
	definite: false,
};

export function createNodes(options: NodesOptions): SimNodes {
	const { ids, cluster, agenda, events } = options;
	const tickUs = toUs(options.tickMs);
	const nodes = ids.map((): Node => freshNode());
	for (const index of nodes.keys()) comeUp(index);

	function nodeAt(index: number): Node {
		return nodes[index] as Node;
	}

	function comeUp(index: number): void {
		const node = nodeAt(index);
		node.status = "up";
		node.life += 1;
		events.report(index, "started");
		events.report(index, "ready");
		const firstUs = agenda.nowUs() + 1 + Math.floor(options.phase.float() * tickUs);
		keepTicking(index, node.life, firstUs);
		events.stepped(index);
	}

	function keepTicking(index: number, life: number, timeUs: number): void {
		agenda.at(timeUs, RANK.tick, () => {
			const node = nodeAt(index);
			if (node.life !== life) return;
			if (node.status === "paused") node.tickDue = true;
			else step(index, () => cluster.tick(index));
			if (node.life === life) keepTicking(index, life, timeUs + tickUs);
		});
	}

	/** Of messages and ticks: a replica that throws there ends its process. */
	function step(index: number, work: () => void): void {
		if (options.hasSlowDisk(index)) cluster.hold(index);
		try {
			work();
		} catch (error) {
			fall(index, "keep");
			events.report(index, "exited", `the replica threw: ${wordsOf(error)}`);
			return;
		}
		whenDurable(index, () => events.stepped(index));
	}

	function whenDurable(index: number, action: () => void): void {
		const node = nodeAt(index);
		if (!cluster.isWaiting(index)) {
			action();
			return;
		}
		node.afterSync.push(action);
		if (node.syncing) return;
		node.syncing = true;
		const { life, doomed } = node;
		if (doomed !== null) {
			agenda.at(agenda.nowUs() + SYNC_US / 2, RANK.fault, () => {
				if (node.life === life) doomed();
			});
		}
		agenda.at(agenda.nowUs() + SYNC_US, RANK.message, () => {
			if (node.life !== life) return;
			if (node.status === "paused") node.synced = true;
			else sync(index);
		});
	}

	function sync(index: number): void {
		const node = nodeAt(index);
		node.syncing = false;
		cluster.sync(index);
		for (const action of node.afterSync.splice(0)) action();
	}

	function fall(index: number, disk: CrashDisk): void {
		const node = nodeAt(index);
		cluster.crash(index, disk);
		const { open } = node;
		const { life } = node;
		nodes[index] = { ...freshNode(), life: life + 1 };
		options.network().nodeCrashed(index);
		for (const respond of open) respond({ kind: "error", error: RESET });
	}

	function crash(index: number, disk: CrashDisk): Done {
		if (nodeAt(index).status === "down") {
			// Its disk can be lost all the same.
			if (disk === "lose") cluster.crash(index, disk);
			return { done: false, why: `${ids[index]} was down already` };
		}
		fall(index, disk);
		events.report(index, "crashed", CRASH_WORDS[disk]);
		return { done: true };
	}

	function hand(parcel: Parcel): void {
		events.received(parcel);
		step(parcel.message.to, () => cluster.deliver(parcel.message));
	}

	function arrive(parcel: Parcel): void {
		const { to } = parcel.message;
		const arrival = cluster.arrival(parcel.message);
		if (arrival === "late") return;
		if (arrival === "ready") {
			hand(parcel);
			passEarly(to);
			return;
		}
		const node = nodeAt(to);
		node.early.push(parcel);
		const { life } = node;
		agenda.at(agenda.nowUs() + HOLD_BACK_US, RANK.message, () => {
			whenRunning(to, () => {
				if (node.life === life && node.early.includes(parcel)) giveUpGap(to, parcel);
			});
		});
	}

	/** Hands over what has become ready, and forgets what has become late. */
	function passEarly(index: number): void {
		for (;;) {
			// A node that dies of what it is handed has a new list.
			const { early } = nodeAt(index);
			const next = early.findIndex(({ message }) => cluster.arrival(message) !== "early");
			const [freed] = next < 0 ? [] : early.splice(next, 1);
			if (freed === undefined) return;
			if (cluster.arrival(freed.message) === "ready") hand(freed);
		}
	}

	/** What this one waits for won't come: whatever is first of those that wait passes, then all that follow it. */
	function giveUpGap(index: number, late: Parcel): void {
		const { early } = nodeAt(index);
		const first = early.reduce((least, other) => (isBefore(other, least) ? other : least), late);
		early.splice(early.indexOf(first), 1);
		hand(first);
		passEarly(index);
	}

	/** Now, or when the node resumes. */
	function whenRunning(index: number, action: () => void): void {
		const node = nodeAt(index);
		if (node.status === "paused") node.inbox.push(action);
		else action();
	}

	return {
		status: (index) => nodeAt(index).status,
		request(index, operation, respond) {
			const node = nodeAt(index);
			if (node.status === "down") {
				const message = `${ids[index]} is down: connection refused`;
				respond({ kind: "error", error: { code: "ECONNREFUSED", message, definite: true } });
				return;
			}
			node.open.add(respond);
			whenRunning(index, () => {
				if (options.hasSlowDisk(index)) cluster.hold(index);
				const answer = execute(cluster, index, operation);
				whenDurable(index, () => {
					node.open.delete(respond);
					events.stepped(index);
					respond(answer);
				});
			});
		},
		receive(parcel) {
			const { to } = parcel.message;
			if (nodeAt(to).status === "down") options.network().sendBack(parcel);
			else whenRunning(to, () => arrive(parcel));
		},
		crash(index, disk, byUs, done) {
			const node = nodeAt(index);
			if (disk !== "torn" || node.status !== "up" || node.syncing) {
				done(crash(index, disk));
				return;
			}
			const { life } = node;
			node.doomed = () => {
				node.doomed = null;
				done(crash(index, disk));
			};
			agenda.at(Math.min(byUs - 1, agenda.nowUs() + TORN_WITHIN_US), RANK.fault, () => {
				if (node.life === life) node.doomed?.();
			});
		},
		start(index) {
			try {
				cluster.start(index);
			} catch (error) {
				events.report(index, "exited", `the replica could not be created: ${wordsOf(error)}`);
				return;
			}
			comeUp(index);
			options.network().nodeStarted(index);
		},
		pause(index) {
			const node = nodeAt(index);
			if (node.status === "down") return { done: false, why: `${ids[index]} is down` };
			if (node.status === "paused") return { done: false, why: `${ids[index]} is paused already` };
			node.status = "paused";
			events.report(index, "paused");
			return { done: true };
		},
		resume(index) {
			const node = nodeAt(index);
			if (node.status === "down") return { done: false, why: `${ids[index]} is down` };
			if (node.status !== "paused") return { done: false, why: `${ids[index]} is not paused` };
			node.status = "up";
			events.report(index, "resumed");
			if (node.synced) sync(index);
			node.synced = false;
			const { life } = node;
			for (const action of node.inbox.splice(0)) if (nodeAt(index).life === life) action();
			if (node.tickDue && nodeAt(index).life === life) step(index, () => cluster.tick(index));
			node.tickDue = false;
			return { done: true };
		},
		heldBack: () => nodes.reduce((sum, { early }) => sum + early.length, 0),
	};
}

const CRASH_WORDS: Record<CrashDisk, string> = {
	keep: "killed, disk kept",
	lose: "killed, disk lost",
	torn: "killed in mid-write: what was not synced is lost",
};

function freshNode(): Node {
	return {
		status: "down",
		life: 0,
		inbox: [],
		afterSync: [],
		syncing: false,
		synced: false,
		doomed: null,
		open: new Set(),
		early: [],
		tickDue: false,
	};
}

/** In causal order, where there is one; else in the order of their link. */
function isBefore({ message: a }: Parcel, { message: b }: Parcel): boolean {
	if (a.past !== null && b.past !== null) return sum(a.past) < sum(b.past);
	if (a.from !== b.from || a.incarnation !== b.incarnation)
		return a.from === b.from && a.incarnation < b.incarnation;
	return a.sequence < b.sequence;
}

/** What comes before another message follows fewer messages than that. */
function sum(past: Int32Array): number {
	return past.reduce((total, count) => total + count, 0);
}

function wordsOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
