/**
 * Behaviours: the distinct conditions that a replica can be in, found by really executing its steps, each step of each
 * behaviour once. Two conditions are one behaviour when all that affects what the replica does later is equal: its
 * fingerprint (where it has one; otherwise all that it received), its view, and the update instances that it knows.
 *
 * A step starts from a fork of the replica, or, where it can't fork, from a new one that repeats all steps.
 */
import type { Replica, Reply } from "../../controller/runtimes/sim/cluster.ts";
import { replicaIds } from "../schedule.ts";
import { createViewKeys, type ViewKey } from "../views.ts";
import { createExecutor, type Sent } from "./executor.ts";
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

const NOTHING: readonly number[] = [];
/** Replicas kept to fork from, some KB each; those that made room repeat their steps when they are gone on from. */
const MAXIMUM_LIVE_REPLICAS = 100_000;

/** @param onNew is called with each behaviour when it is first come to */
export function createBehaviours(
	problem: ExhaustiveProblem,
	onNew: (behaviour: Behaviour, instances: Instances) => void,
): Behaviours {
	const { definition, operations } = problem;
	const ids = replicaIds(operations.length);
	const instances = createInstances();
	const executor = createExecutor(problem, ids);
	const texts = createStableText();
	const viewKeys = createViewKeys(problem.type);
	const causal = definition.delivers.order === "causal";
	const behaviours = new Map<string, Behaviour>();
	/** In the order in which they were found, round and round. */
	const living: Behaviour[] = [];
	let oldest = 0;
	const messages: Message[] = [];
	const messagesByKey = new Map<string, Message>();
	const afterOperation: (Transition | undefined)[] = [];
	const afterMessage: (Map<number, Transition> | undefined)[] = [];
	let fingerprints = true;

	const starts = ids.map((_, replica) => {
		const live = executor.create(replica);
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

	/** @returns the replica in that condition, for the caller to use up */
	function copyOf(behaviour: Behaviour): Replica {
		if (behaviour.live?.fork !== undefined) return behaviour.live.fork();
		const events: LocalEvent[] = [];
		for (let at = behaviour; at.cameBy !== null; at = at.cameBy.from) events.push(at.cameBy.event);
		const replica = executor.create(behaviour.replica);
		for (const event of events.reverse()) execute(replica, behaviour.replica, event);
		return replica;
	}

	function execute(replica: Replica, index: number, event: LocalEvent): Reply | undefined {
		if (event.kind === "invoke") return executor.invoke(replica, index, event.index);
		executor.receive(replica, index, messages[event.message] as Message);
		return undefined;
	}

	type Learnt = Pick<Behaviour, "done" | "known" | "received">;
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

	/** One step of a copy. A replica that throws, also where it is looked at afterwards, stays as it was. */
	function step(behaviour: Behaviour, event: LocalEvent): Transition {
		const replica = copyOf(behaviour);
		try {
			const reply = execute(replica, behaviour.replica, event);
			const about =
				event.kind === "invoke" ? invoked(behaviour, replica, reply) : received(behaviour, event.message);
			return finish(behaviour, replica, event, about);
		} catch (error) {
			replica.dispose?.();
			return { to: behaviour, messages: [], threw: error instanceof Error ? error.message : String(error) };
		}
	}

	function invoked(behaviour: Behaviour, replica: Replica, reply: Reply | undefined): Learnt {
		const { done, delivered } = behaviour;
		const received = behaviour.received;
		if (reply?.ok !== true || reply.update === undefined)
			return { done: done + 1, known: behaviour.known, received };
		const instance = instances.create({
			replica: ids[behaviour.replica] as string,
			number: reply.update,
			...executor.operation(behaviour.replica, done),
			seen: replica.delivered?.() ?? {},
			origin: `${done} ${delivered?.id ?? `received ${received.join()}`}`,
		});
		return { done: done + 1, known: instances.with(behaviour.known, instance), received };
	}

	function received(behaviour: Behaviour, id: number): Learnt {
		return {
			done: behaviour.done,
			known: instances.union(behaviour.known, (messages[id] as Message).known),
			received: [...behaviour.received, id].sort((a, b) => a - b),
		};
	}

	function finish(from: Behaviour, replica: Replica, event: LocalEvent, about: Learnt): Transition {
		const outgoing = executor.sent;
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

	return {
		ids,
		instances,
		starts,
		get count() {
			return behaviours.size;
		},
		message: (id) => messages[id] as Message,
		invoke(behaviour) {
			afterOperation[behaviour.id] ??= step(behaviour, { kind: "invoke", index: behaviour.done });
			return afterOperation[behaviour.id] as Transition;
		},
		receive(behaviour, { id }) {
			const transitions = (afterMessage[behaviour.id] ??= new Map<number, Transition>());
			let transition = transitions.get(id);
			if (transition === undefined) {
				transition = step(behaviour, { kind: "receive", message: id });
				transitions.set(id, transition);
			}
			return transition;
		},
		get readsClock() {
			return executor.readsClock;
		},
		get fingerprints() {
			return fingerprints;
		},
		dispose() {
			for (const { live } of living) live?.dispose?.();
		},
	};
}
