/**
 * Checks of the fault schedule and of exact messages against the replicas of the file. Times need no check against the workload's
 * end: what would start later just doesn't.
 */
import type { Mistake, Path } from "./problem.ts";
import { parseDuration, parseLink } from "./quantities.ts";
import type { ScenarioInput } from "./schema.ts";
import type { FaultEntry } from "./schema-faults.ts";
import { listNames } from "./suggest.ts";

/** The fewest replicas with which a shape is what its name says. */
const FEWEST_REPLICAS = { halves: 2, majority: 2, ring: 3, bridge: 3 } as const;

type Partition = Extract<FaultEntry, { partition: unknown }>["partition"];

/** @param names Null when the replicas themselves are wrong: then only times are checked. */
export function checkFaults(
	faults: readonly FaultEntry[] | undefined,
	names: readonly string[] | null,
	sound: (path: Path) => boolean,
): Mistake[] {
	if (!Array.isArray(faults)) return [];
	return (faults as readonly FaultEntry[]).flatMap((fault, index) => {
		const path: Path = ["faults", index];
		if (!sound(path)) return [];
		return [...checkTimes(fault, path), ...(names === null ? [] : checkTouched(fault, path, names))];
	});
}

/** A message that is both lost and delivered can't be meant. */
export function checkMessages(
	messages: ScenarioInput["messages"],
	names: readonly string[] | null,
	sound: (path: Path) => boolean,
): Mistake[] {
	if (!Array.isArray(messages)) return [];
	const named = new Map<string, string | 0>();
	return messages.flatMap(({ link, number, at }, index) => {
		const path: Path = ["messages", index];
		if (!sound(path)) return [];
		const before = named.get(`${link} ${number}`);
		named.set(`${link} ${number}`, at);
		const contradicts = before !== undefined && (before === "never" || at === "never");
		return [
			...(names === null ? [] : checkLink(link, [...path, "link"], names)),
			...(contradicts
				? [{ path: [...path, "at"], message: `message ${number} of ${link} is named before: lost, or not?` }]
				: []),
		];
	});
}

function checkTimes(fault: FaultEntry, path: Path): Mistake[] {
	if ("random" in fault) {
		const never = (parseDuration(fault.every) ?? 0) > (parseDuration(fault.until) ?? 0);
		return never ? [{ path: [...path, "until"], message: `before the first fault, at ${fault.every}` }] : [];
	}
	if ("crash" in fault || "stop" in fault || "reset" in fault) return [];
	if (fault.for !== undefined && fault.until !== undefined) {
		return [{ path: [...path, "until"], message: "for and until: write only one of them", atKey: true }];
	}
	if (fault.for === undefined && fault.until === undefined) {
		const message = "missing: how long it lasts, such as for: 4s; or until: 10s; or until: end";
		return [{ path: [...path, "for"], message }];
	}
	if (fault.until === undefined || fault.until === "end") return [];
	const begins = fault.at === 0 ? 0 : (parseDuration(fault.at) ?? 0);
	return begins < (parseDuration(fault.until) ?? 0)
		? []
		: [{ path: [...path, "until"], message: `not after at (${fault.at}): until is counted like at` }];
}

function checkTouched(fault: FaultEntry, path: Path, names: readonly string[]): Mistake[] {
	const known = (name: string, where: Path) => unknownReplica(name, where, names);
	if ("crash" in fault) return known(fault.crash, [...path, "crash"]);
	if ("pause" in fault) return known(fault.pause, [...path, "pause"]);
	if ("stop" in fault) return known(fault.stop, [...path, "stop"]);
	if ("disconnect" in fault) return known(fault.disconnect, [...path, "disconnect"]);
	if ("limit" in fault) return checkLimit(fault.limit, [...path, "limit"], names);
	if ("clock" in fault) return checkClock(fault.clock, [...path, "clock"], names);
	if ("random" in fault) return checkRandom(fault.random, [...path, "random"]);
	if (names.length < 2) return [{ path, message: "there are no links: this needs at least 2 replicas" }];
	if ("partition" in fault) return checkPartition(fault.partition, [...path, "partition"], names);
	return (fault.links ?? []).flatMap((link, index) => checkLink(link, [...path, "links", index], names));
}

function unknownReplica(name: string, path: Path, names: readonly string[]): Mistake[] {
	return names.includes(name)
		? []
		: [{ path, message: `no replica '${name}' (replicas are ${listNames(names)})` }];
}

function checkClock(
	clock: Extract<FaultEntry, { clock: unknown }>["clock"],
	path: Path,
	names: readonly string[],
): Mistake[] {
	const mistakes = unknownReplica(clock.replica, [...path, "replica"], names);
	if (clock.offset === undefined && clock.drift === undefined) {
		mistakes.push({ path, message: "expected offset, drift or both: by how much is the clock wrong?" });
	}
	return mistakes;
}

function checkLimit(
	limit: Extract<FaultEntry, { limit: unknown }>["limit"],
	path: Path,
	names: readonly string[],
): Mistake[] {
	const mistakes = unknownReplica(limit.replica, [...path, "replica"], names);
	if (limit.cpus === undefined && limit.memory === undefined) {
		mistakes.push({ path, message: "expected cpus, memory or both: what may it use no more of?" });
	}
	return mistakes;
}

function checkRandom(kinds: readonly string[], path: Path): Mistake[] {
	return kinds.flatMap((kind, index) =>
		kinds.indexOf(kind) < index ? [{ path: [...path, index], message: `'${kind}' is there twice` }] : [],
	);
}

function checkLink(text: string, path: Path, names: readonly string[]): Mistake[] {
	const link = parseLink(text);
	if (link === null) return [];
	if (link.from === link.to) return [{ path, message: `'${text}' goes from ${link.from} to itself` }];
	return [...unknownReplica(link.from, path, names), ...unknownReplica(link.to, path, names)];
}

function checkPartition(partition: Partition, path: Path, names: readonly string[]): Mistake[] {
	if (typeof partition === "string") {
		const fewest = FEWEST_REPLICAS[partition];
		const message = `'${partition}' needs at least ${fewest} replicas, there are ${names.length}`;
		return names.length < fewest ? [{ path, message }] : [];
	}
	if (Array.isArray(partition)) return checkGroups(partition, path, names);
	if ("isolate" in partition) return unknownReplica(partition.isolate, [...path, "isolate"], names);
	const side = (key: "from" | "to") =>
		partition[key].flatMap((name, index) => unknownReplica(name, [...path, key, index], names));
	const both = partition.from.filter((name) => partition.to.includes(name));
	const overlap = both.map((name) => ({ path, message: `'${name}' is on both sides` }));
	return [...side("from"), ...side("to"), ...overlap];
}

function checkGroups(groups: readonly string[][], path: Path, names: readonly string[]): Mistake[] {
	const mistakes: Mistake[] = [];
	const placed = new Set<string>();
	groups.forEach((group, row) => {
		group.forEach((name, column) => {
			const where = [...path, row, column];
			mistakes.push(...unknownReplica(name, where, names));
			if (placed.has(name)) mistakes.push({ path: where, message: `'${name}' is in two groups` });
			placed.add(name);
		});
	});
	const missing = names.filter((name) => !placed.has(name));
	if (missing.length > 0) mistakes.push({ path, message: `${missing.join(", ")} in no group` });
	if (groups.length < 2) mistakes.push({ path, message: "one group is no partition: write at least 2" });
	return mistakes;
}
