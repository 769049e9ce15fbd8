/**
 * Behaviours: the distinct conditions that a replica can be in, found by really executing its steps, each step of each
 * behaviour once. Two conditions are one behaviour when all that affects what the replica does later is equal: its
 * fingerprint (where it has one; otherwise all that it received), its view, and the update instances that it knows.
 *
 * A step starts from a fork of the replica, or, where it can't fork, from a new one that repeats all steps. Clocks stand
 * still, and what a replica draws depends on the step alone: a behaviour must not depend on how it was come to.
 */
import type { Effects } from "../../controller/definition.ts";
import { type Random, randomStream } from "../../controller/plan/random.ts";
import type { Replica, Reply } from "../../controller/runtimes/sim/cluster.ts";
import { replicaIds } from "../schedule.ts";
import { createViewKeys, type ViewKey } from "../views.ts";
import { createInstances, type InstanceSet, type Instances } from "./instances.ts";
import type { ExhaustiveProblem, LocalEvent } from "./problem.ts";
import { createStableText } from "./stable-text.ts";

export interface Behaviour {
	readonly id: number;
	readonly replica: number;
	/** Operations invoked so far. */
	readonly done: number;
	/** Instances of its own updates, of those that it received, and of all that these had seen. */
	readonly known: InstanceSet;
	/** Which of them it has delivered; null: it doesn't say, or names others. */
	readonly delivered: InstanceSet | null;
	readonly view: unknown;
	readonly viewKey: ViewKey;
	/** How it was first come to; null: by its start. */
	readonly cameBy: { from: Behaviour; event: LocalEvent } | null;
	/** Labelled messages sent so far, by receiver. */
	readonly sent: readonly number[];
	/** By link, how many of its messages its next step follows; empty where the manifest doesn't ask for causal order. */
	readonly past: readonly number[];
	/** What received messages it had, where there is no fingerprint. */
	readonly received: readonly number[];
	/** The replica in that condition, to fork from; null: it can't, or there are too many. */
	live: Replica | null;
}

export interface Message {
	readonly id: number;
	readonly from: number;
	readonly to: number;
	/** Of the labelled messages of its link, from 1. */
	readonly number: number;
	readonly body: unknown;
	/** What its sender had delivered. */
	readonly known: InstanceSet;
	/** By link, how many of its messages it follows, or, of its own, that it is; empty where that doesn't matter. */
	readonly past: readonly number[];
}

export interface Transition {
	readonly to: Behaviour;
	readonly messages: readonly Message[];
	/** The replica threw; it stays as it was. */
	readonly threw: string | null;
}

export interface Behaviours {
	readonly ids: readonly string[];
	readonly instances: Instances;
	readonly starts: readonly Behaviour[];
	readonly count: number;
	message(id: number): Message;
	invoke(behaviour: Behaviour): Transition;
	receive(behaviour: Behaviour, message: Message): Transition;
	/** Whether a replica asked for the time. */
	readonly readsClock: boolean;
	/** Whether all replicas had a fingerprint. */
	readonly fingerprints: boolean;
	dispose(): void;
}

/** Every node's wall clock, in milliseconds. */
const STILL_CLOCK_MS = 0;
const NOTHING: readonly number[] = [];
/** Replicas kept to fork from, some KB each; those that made room repeat their steps when they are gone on from. */
const MAXIMUM_LIVE_REPLICAS = 100_000;

interface Sent {
	to: number;
	body: unknown;
}

/** @param onNew is called with each behaviour when it is first come to */
export function createBehaviours(
	problem: ExhaustiveProblem,
	onNew: (behaviour: Behaviour, instances: Instances) => void,
): Behaviours {
	const { definition, operations } = problem;
	const ids = replicaIds(operations.length);
	const instances = createInstances();
	const texts = createStableText();
	const viewKeys = createViewKeys(problem.type);
	const causal = definition.delivers.order === "causal";
	const behaviours = new Map<string, Behaviour>();
	/** In the order in which they were found, round and round. */
	const living: Behaviour[] = [];
	let oldest = 0;
	const messages: Message[] = [];
	const messagesByKey = new Map<string, Message>();
	const invoked: (Transition | undefined)[] = [];
	const receipts: (Map<number, Transition> | undefined)[] = [];
	let readsClock = false;
	let fingerprints = true;
	let random: Random | null = null;
	let drawsOf = "";
	let sent: Sent[] = [];

	const contexts = ids.map((id) => ({
		id,
		replicas: ids,
		incarnation: 0,
		options: problem.options ?? {},
		now() {
			readsClock = true;
			return STILL_CLOCK_MS;
		},
		random() {
			random ??= randomStream(problem.seed ?? 0, drawsOf);
			return random.float();
		},
	}));
	const effects: Effects = {
		send(to, body, label) {
			const receiver = ids.indexOf(to);
			if (label !== undefined && receiver >= 0) sent.push({ to: receiver, body });
		},
		persist() {},
		deliver() {},
	};
	const starts = ids.map((_, replica) => {
		const live = create(replica);
		const about = {
			replica,
			done: 0,
			known: instances.empty,
			sent: ids.map(() => 0),
			past: causal ? ids.flatMap(() => ids.map(() => 0)) : NOTHING,
			received: NOTHING,
			cameBy: null,
		};
		return settleOn(live, about);
	});

	function create(replica: number): Replica {
		drawsOf = `start ${replica}`;
		random = null;
		return definition.create(contexts[replica] as (typeof contexts)[number], { snapshot: null, records: [] });
	}

	/** @returns the replica in that condition, for the caller to use up */
	function copyOf(behaviour: Behaviour): Replica {
		if (behaviour.live?.fork !== undefined) return behaviour.live.fork();
		const events: LocalEvent[] = [];
		for (let at = behaviour; at.cameBy !== null; at = at.cameBy.from) events.push(at.cameBy.event);
		const replica = create(behaviour.replica);
		for (const event of events.reverse()) execute(replica, behaviour.replica, event);
		return replica;
	}

	/** @returns the reply, or undefined for a message. Leaves in `sent` what it sent. */
	function execute(replica: Replica, index: number, event: LocalEvent): Reply | undefined {
		sent = [];
		random = null;
		if (event.kind === "invoke") {
			drawsOf = `${ids[index]} operation ${event.index}`;
			const { f, value } = operationOf(index, event.index);
			return replica.invoke({ id: `c${index + 1}-${event.index}`, f, value }, effects);
		}
		const message = messages[event.message] as Message;
		drawsOf = `${ids[index]} message ${message.from} ${message.number}`;
		replica.receive(ids[message.from] as string, message.body, effects);
		return undefined;
	}

	function operationOf(replica: number, index: number) {
		const operation = operations[replica]?.[index];
		if (operation === undefined) throw new Error(`${ids[replica]} has no operation ${index} in this scope`);
		return operation;
	}

	type About = Pick<Behaviour, "replica" | "done" | "known" | "sent" | "past" | "received" | "cameBy">;

	function settleOn(replica: Replica, about: About): Behaviour {
		const view = replica.view();
		const viewKey = viewKeys.key(view);
		const fingerprint = fingerprintOf(replica);
		const deliveredJson = replica.delivered?.();
		const condition = fingerprint ?? `received ${about.received.join()} ${texts.of(deliveredJson)}`;
		const key = `${about.replica} ${about.done} ${about.known.id} ${about.sent.join()} ${about.past.join()} ${condition} ${viewKey}`;
		const same = behaviours.get(key);
		if (same !== undefined) {
			replica.dispose?.();
			return same;
		}
		const delivered = deliveredJson === undefined ? null : instances.delivered(about.known, deliveredJson);
		const forks = replica.fork !== undefined;
		const behaviour: Behaviour = {
			...about,
			id: behaviours.size,
			delivered,
			view,
			viewKey,
			live: forks ? replica : null,
		};
		if (forks) keepAlive(behaviour);
		else replica.dispose?.();
		behaviours.set(key, behaviour);
		onNew(behaviour, instances);
		return behaviour;
	}

	function keepAlive(behaviour: Behaviour): void {
		if (living.length < MAXIMUM_LIVE_REPLICAS) {
			living.push(behaviour);
			return;
		}
		const given = living[oldest] as Behaviour;
		given.live?.dispose?.();
		given.live = null;
		living[oldest] = behaviour;
		oldest = (oldest + 1) % MAXIMUM_LIVE_REPLICAS;
	}

	function fingerprintOf(replica: Replica): string | null {
		if (replica.fingerprint !== undefined) {
			try {
				return texts.of(replica.fingerprint());
			} catch (error) {
				// A state that is no plain data: what was received stands in for it.
				if (!(error instanceof TypeError)) throw error;
			}
		}
		fingerprints = false;
		return null;
	}

	function invoke(behaviour: Behaviour): Transition {
		const index = behaviour.done;
		const event: LocalEvent = { kind: "invoke", index };
		const replica = copyOf(behaviour);
		let reply: Reply | undefined;
		try {
			reply = execute(replica, behaviour.replica, event);
		} catch (error) {
			replica.dispose?.();
			return threwAt(behaviour, error);
		}
		let known = behaviour.known;
		const seen = replica.delivered?.();
		if (reply?.ok === true && reply.update !== undefined) {
			const origin = `${index} ${behaviour.delivered?.id ?? `received ${behaviour.received.join()}`}`;
			const about = {
				replica: ids[behaviour.replica] as string,
				number: reply.update,
				seen: seen ?? {},
				origin,
			};
			known = instances.with(known, instances.create({ ...about, ...operationOf(behaviour.replica, index) }));
		}
		return finish(behaviour, replica, event, { done: index + 1, known, received: behaviour.received });
	}

	function receive(behaviour: Behaviour, message: Message): Transition {
		const event: LocalEvent = { kind: "receive", message: message.id };
		const replica = copyOf(behaviour);
		try {
			execute(replica, behaviour.replica, event);
		} catch (error) {
			replica.dispose?.();
			return threwAt(behaviour, error);
		}
		const received = [...behaviour.received, message.id].sort((a, b) => a - b);
		const known = instances.union(behaviour.known, message.known);
		return finish(behaviour, replica, event, { done: behaviour.done, known, received });
	}

	function finish(
		from: Behaviour,
		replica: Replica,
		event: LocalEvent,
		about: Pick<About, "done" | "known" | "received">,
	): Transition {
		const outgoing = sent;
		const seen = replica.delivered?.();
		const travels =
			seen === undefined ? about.known : (instances.delivered(about.known, seen) ?? about.known);
		const counts = from.sent.slice();
		const past = pastAfter(from, event, outgoing);
		const leaving = outgoing.map(({ to, body }) => {
			const number = (counts[to] as number) + 1;
			counts[to] = number;
			return messageOf({ from: from.replica, to, number, body, known: travels, past });
		});
		const to = settleOn(replica, {
			...about,
			replica: from.replica,
			sent: counts,
			past,
			cameBy: { from, event },
		});
		return { to, messages: leaving, threw: null };
	}

	/** What a step sends, it sends at once: each of its messages follows all the others but those of its own link. */
	function pastAfter(from: Behaviour, event: LocalEvent, outgoing: readonly Sent[]): readonly number[] {
		if (!causal) return NOTHING;
		const past = from.past.slice();
		if (event.kind === "receive") {
			const heard = (messages[event.message] as Message).past;
			for (const [link, count] of heard.entries()) past[link] = Math.max(past[link] as number, count);
		}
		for (const { to } of outgoing) {
			const link = from.replica * ids.length + to;
			past[link] = (past[link] as number) + 1;
		}
		return past;
	}

	function messageOf(message: Omit<Message, "id">): Message {
		const { from, to, number, body, known, past } = message;
		const content = texts.of(body);
		const key = `${from} ${to} ${number} ${known.id} ${past.join()} ${content}`;
		let same = messagesByKey.get(key);
		if (same === undefined) {
			same = { ...message, id: messages.length };
			messages.push(same);
			messagesByKey.set(key, same);
		}
		return same;
	}

	function threwAt(behaviour: Behaviour, error: unknown): Transition {
		return { to: behaviour, messages: [], threw: error instanceof Error ? error.message : String(error) };
	}

	return {
		ids,
		instances,
		starts,
		get count() {
			return behaviours.size;
		},
		message: (id) => messages[id] as Message,
		invoke: (behaviour) => (invoked[behaviour.id] ??= invoke(behaviour)),
		receive(behaviour, message) {
			const ofBehaviour = (receipts[behaviour.id] ??= new Map<number, Transition>());
			let transition = ofBehaviour.get(message.id);
			if (transition === undefined) {
				transition = receive(behaviour, message);
				ofBehaviour.set(message.id, transition);
			}
			return transition;
		},
		get readsClock() {
			return readsClock;
		},
		get fingerprints() {
			return fingerprints;
		},
		dispose() {
			for (const { live } of living) live?.dispose?.();
		},
	};
}
