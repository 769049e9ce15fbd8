/** Which of Jepsen's workloads a history is of, and which of our types judges it: from what its operations do. */
import type { Json } from "../events.ts";
import { shorten } from "../parse-line.ts";
import type { JepsenOperation } from "./operation.ts";

export type Workload = "set" | "counter" | "register";

export interface Meaning {
	workload: Workload;
	/** One of ours. */
	type: string;
}

/** Jepsen's and Maelstrom's names. Which counter it is follows from the deltas. */
const NAMES: ReadonlyMap<string, { workload: Workload; type: string | null }> = new Map([
	["set", { workload: "set", type: "g-set" }],
	["set-full", { workload: "set", type: "g-set" }],
	["broadcast", { workload: "set", type: "g-set" }],
	["counter", { workload: "counter", type: null }],
	["register", { workload: "register", type: "lww-register" }],
	["g-set", { workload: "set", type: "g-set" }],
	["two-phase-set", { workload: "set", type: "two-phase-set" }],
	["or-set", { workload: "set", type: "or-set" }],
	["rw-set", { workload: "set", type: "rw-set" }],
	["g-counter", { workload: "counter", type: "g-counter" }],
	["pn-counter", { workload: "counter", type: "pn-counter" }],
	["lww-register", { workload: "register", type: "lww-register" }],
	["mv-register", { workload: "register", type: "mv-register" }],
]);

/** What `--type` may say of a history of Jepsen's. */
export const JEPSEN_TYPES: readonly string[] = [...NAMES.keys()];

/** @returns our type for a workload's name or its own; null for other types */
export function ourType(name: string): string | null {
	const named = NAMES.get(name);
	return named === undefined ? null : (named.type ?? "pn-counter");
}

/** @returns null for a type that no workload is of */
export function workloadOf(type: string | null): Workload | null {
	return NAMES.get(type ?? "")?.workload ?? null;
}

const OPERATIONS: Readonly<Record<Workload, readonly string[]>> = {
	set: ["add", "broadcast", "remove", "read"],
	counter: ["add", "read"],
	register: ["write", "cas", "read"],
};

/** What there is in a history, counted while it is read. */
export class Contents {
	/** By name, the line of the first. */
	readonly #operations = new Map<string, number>();
	/** What was read, and, were every value `[key value]`, what was read of the keys. */
	readonly #read = new Set<string>();
	readonly #readOfKeys = new Set<string>();
	#negative = false;
	#reads = 0;
	#readsOfKeys = 0;

	add({ type, f, value, line }: JepsenOperation): void {
		if (!this.#operations.has(f)) this.#operations.set(f, line);
		const pair = Array.isArray(value) && value.length === 2 ? value : null;
		if (f === "read" && type === "invoke") {
			this.#reads += 1;
			if (pair !== null && pair[1] === null) this.#readsOfKeys += 1;
		} else if (f === "read" && type === "ok") {
			this.#read.add(kindOf(value));
			if (pair !== null) this.#readOfKeys.add(kindOf(pair[1] as Json));
		} else if (f === "add") {
			const delta = this.keyed ? pair?.[1] : value;
			this.#negative ||= isNegative(delta ?? null) || isNegative(pair?.[1] ?? null);
		}
	}

	/** Whether it is of many registers (sets, counters), each with a key: `jepsen.independent`. */
	get keyed(): boolean {
		return this.#readsOfKeys > 0 && this.#readsOfKeys === this.#reads;
	}

	/**
	 * @param asked what the user says that it is; null: nothing
	 * @throws with what to say next, where it is of no workload or nobody can tell of which
	 */
	meaning(asked: string | null, file: string): Meaning {
		const named = asked === null ? this.#guess(file) : NAMES.get(asked);
		if (named === undefined) {
			throw new Error(
				`--type ${asked}: of a history of Jepsen's, expected one of ${JEPSEN_TYPES.join(", ")}`,
			);
		}
		const { workload } = named;
		for (const [f, line] of this.#operations) {
			if (!OPERATIONS[workload].includes(f)) this.#foreign(f, line, file, workload);
		}
		return { workload, type: named.type ?? (this.#negative ? "pn-counter" : "g-counter") };
	}

	#guess(file: string): { workload: Workload; type: string | null } {
		const all = new Set(Object.values(OPERATIONS).flat());
		for (const [f, line] of this.#operations) if (!all.has(f)) this.#foreign(f, line, file, null);
		const has = (f: string) => this.#operations.has(f);
		const kinds = this.keyed ? this.#readOfKeys : this.#read;
		if (has("write") || has("cas")) return { workload: "register", type: "lww-register" };
		if (has("broadcast")) return { workload: "set", type: "g-set" };
		if (has("remove")) return { workload: "set", type: "or-set" };
		if (has("add") && kinds.has("elements")) return { workload: "set", type: "g-set" };
		if (has("add") && kinds.has("number")) return { workload: "counter", type: null };
		const seen = [...this.#operations.keys()].map((f) => `:${f}`).join(", ");
		throw new Error(
			`${file}: nobody can tell of which workload this is: its operations are ${seen}, and no read shows a set or a number. ` +
				"Say it with --type set, --type counter or --type register",
		);
	}

	#foreign(f: string, line: number, file: string, workload: Workload | null): never {
		const known = Object.entries(OPERATIONS)
			.filter(([name]) => workload === null || name === workload)
			.map(([name, operations]) => `${name} (${operations.map((operation) => `:${operation}`).join(", ")})`);
		throw new Error(
			`${file}:${line}: :f: expected an operation of the workload ${known.join(", ")}; found :${shorten(f)}. ` +
				"Transactions (Elle's anomalies), queues and locks are not judged here. If it is another of the workloads named, say which with --type",
		);
	}
}

function kindOf(value: Json): string {
	if (Array.isArray(value)) return "elements";
	if (typeof value === "number") return "number";
	if (typeof value !== "object" || value === null) return "other";
	return "$set" in value ? "elements" : "$bigint" in value ? "number" : "other";
}

function isNegative(value: Json): boolean {
	if (typeof value === "number") return value < 0;
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const digits = value["$bigint"];
	return typeof digits === "string" && digits.startsWith("-");
}
