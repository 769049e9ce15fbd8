/**
 * Local states: a behaviour together with what is in flight to its replica, hash-consed to small integers. A
 * configuration of the search is one local state for each replica. Transitions are found once and then looked up.
 */
import type { Manifest } from "../../scenarios/scenario.ts";
import type { Behaviour, Behaviours, Message, Transition } from "./behaviours.ts";

export interface Local {
	readonly id: number;
	readonly behaviour: Behaviour;
	/** Ids of the messages in flight to it, ascending; once for each copy. */
	readonly mailbox: readonly number[];
}

export interface LocalStep {
	/** Of the replica that made the step, itself. */
	to: Local;
	transition: Transition;
}

export interface Locals {
	/** How many there are in a configuration. */
	readonly replicas: number;
	get(id: number): Local;
	start(behaviour: Behaviour): Local;
	invoke(local: Local): LocalStep;
	/** What may arrive next, each message once. */
	deliverable(local: Local): readonly number[];
	deliver(local: Local, message: number): LocalStep;
	/** The same replica, with another message on its way to it. */
	send(local: Local, message: Message): Local;
	/**
	 * All that the replica can come to by deliveries alone, in any order, itself first.
	 * @param before is told of each delivery before it is made, @param after of what it did; only the first time
	 */
	closure(
		local: Local,
		before: (from: Local, message: number) => void,
		after: (from: Local, transition: Transition) => void,
	): readonly Local[];
	/** Messages that lead from the one to the other. @returns null when none do */
	path(from: Local, to: Local): number[] | null;
}

/** @param copies how often each message arrives */
export function createLocals(behaviours: Behaviours, order: Manifest["order"], copies: number): Locals {
	const locals: Local[] = [];
	const byKey = new Map<string, Local>();
	const sends: (Map<number, Local> | undefined)[] = [];
	const closures: (readonly Local[] | undefined)[] = [];

	function intern(behaviour: Behaviour, mailbox: readonly number[]): Local {
		const key = `${behaviour.id} ${mailbox.join()}`;
		let local = byKey.get(key);
		if (local === undefined) {
			local = { id: locals.length, behaviour, mailbox };
			locals.push(local);
			byKey.set(key, local);
		}
		return local;
	}

	function deliverable({ mailbox }: Local): readonly number[] {
		const distinct = mailbox.filter((id, index) => id !== mailbox[index - 1]);
		if (order === "any") return distinct;
		const messages = distinct.map((id) => behaviours.message(id));
		const precedes = (a: Message, b: Message) => {
			if (a.from === b.from) return a.number < b.number;
			return order === "causal" && a.number <= (b.past[a.from * behaviours.ids.length + a.to] as number);
		};
		const ready = messages.filter((message) => !messages.some((other) => precedes(other, message)));
		return ready.map(({ id }) => id);
	}

	function deliver(local: Local, id: number): LocalStep {
		const transition = behaviours.receive(local.behaviour, behaviours.message(id));
		const at = local.mailbox.indexOf(id);
		const left = local.mailbox.filter((_, index) => index !== at);
		return { to: intern(transition.to, left), transition };
	}

	function closure(...[local, before, after]: Parameters<Locals["closure"]>): readonly Local[] {
		const known = closures[local.id];
		if (known !== undefined) return known;
		const reached = [local];
		const seen = new Set(reached);
		for (const at of reached) {
			for (const message of deliverable(at)) {
				before(at, message);
				const { to, transition } = deliver(at, message);
				after(at, transition);
				if (seen.has(to)) continue;
				seen.add(to);
				reached.push(to);
			}
		}
		closures[local.id] = reached;
		return reached;
	}

	function path(from: Local, to: Local): number[] | null {
		const cameBy = new Map<Local, { local: Local; message: number } | null>([[from, null]]);
		for (const local of cameBy.keys()) {
			if (local === to) break;
			for (const message of deliverable(local)) {
				const next = deliver(local, message).to;
				if (!cameBy.has(next)) cameBy.set(next, { local, message });
			}
		}
		if (!cameBy.has(to)) return null;
		const messages: number[] = [];
		for (let step = cameBy.get(to); step; step = cameBy.get(step.local)) messages.push(step.message);
		return messages.reverse();
	}

	return {
		replicas: behaviours.ids.length,
		get: (id) => locals[id] as Local,
		start: (behaviour) => intern(behaviour, []),
		invoke(local) {
			const transition = behaviours.invoke(local.behaviour);
			return { to: intern(transition.to, local.mailbox), transition };
		},
		deliverable,
		deliver,
		send(local, message) {
			const ofLocal = (sends[local.id] ??= new Map<number, Local>());
			let to = ofLocal.get(message.id);
			if (to === undefined) {
				const added = Array.from({ length: copies }, () => message.id);
				to = intern(
					local.behaviour,
					[...local.mailbox, ...added].sort((a, b) => a - b),
				);
				ofLocal.set(message.id, to);
			}
			return to;
		},
		closure,
		path,
	};
}
