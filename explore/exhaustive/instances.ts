/**
 * Update instances: an update together with the delivered instances that its origin had seen, hash-consed to small
 * integers, so that within one run an update is one instance, and in two runs it is the same one only if it came about in
 * the same way. Sets of them are hash-consed too: equal sets are one object.
 */
import type { DeliveredJson, Json } from "../../controller/runtimes/sim/cluster.ts";
import { hasDelivered } from "../delivered.ts";
import { type Accepted, subjectOf } from "../oracle.ts";

export interface Instance extends Accepted {
	readonly id: number;
}

export interface InstanceSet {
	readonly id: number;
	/** Ascending. */
	readonly members: readonly number[];
}

export interface NewInstance {
	replica: string;
	number: number;
	f: string;
	value: Json;
	/** What its origin has delivered with it, in numbers … */
	seen: DeliveredJson;
	/** … and, in any text that is the same for the same, in instances, without it. */
	origin: string;
}

export interface Instances {
	readonly count: number;
	readonly empty: InstanceSet;
	get(id: number): Instance;
	create(about: NewInstance): Instance;
	with(set: InstanceSet, instance: Instance): InstanceSet;
	union(a: InstanceSet, b: InstanceSet): InstanceSet;
	/** @returns the members that are delivered; null when an update is delivered that none of them is */
	delivered(known: InstanceSet, delivered: DeliveredJson): InstanceSet | null;
}

export function createInstances(): Instances {
	const instances: Instance[] = [];
	const byKey = new Map<string, Instance>();
	const sets = new Map<string, InstanceSet>();
	const unions = new Map<number, Map<number, InstanceSet>>();
	const empty = setOf([]);

	function setOf(members: number[]): InstanceSet {
		const key = members.join();
		let set = sets.get(key);
		if (set === undefined) {
			set = { id: sets.size, members };
			sets.set(key, set);
		}
		return set;
	}

	function union(a: InstanceSet, b: InstanceSet): InstanceSet {
		if (a === b || b === empty) return a;
		if (a === empty) return b;
		let ofA = unions.get(a.id);
		if (ofA === undefined) {
			ofA = new Map();
			unions.set(a.id, ofA);
		}
		let joined = ofA.get(b.id);
		if (joined === undefined) {
			joined = setOf([...new Set([...a.members, ...b.members])].sort((one, other) => one - other));
			ofA.set(b.id, joined);
		}
		return joined;
	}

	return {
		get count() {
			return instances.length;
		},
		empty,
		get: (id) => instances[id] as Instance,
		create({ replica, number, f, value, seen, origin }) {
			const key = `${replica}:${number} ${origin}`;
			let instance = byKey.get(key);
			if (instance === undefined) {
				const subject = subjectOf(f, value);
				instance = { id: instances.length, replica, number, f, value, subject, seen, step: 0 };
				instances.push(instance);
				byKey.set(key, instance);
			}
			return instance;
		},
		with: (set, { id }) => (set.members.includes(id) ? set : union(set, setOf([id]))),
		union,
		delivered(known, delivered) {
			const members = known.members.filter((id) => {
				const { replica, number } = instances[id] as Instance;
				return hasDelivered(delivered, replica, number);
			});
			if (members.length < countOf(delivered)) return null;
			return members.length === known.members.length ? known : setOf(members);
		},
	};
}

function countOf(delivered: DeliveredJson): number {
	let count = 0;
	for (const entry of Object.values(delivered)) {
		if (typeof entry === "number") count += entry;
		else for (const [first, last] of entry) count += last - first + 1;
	}
	return count;
}
