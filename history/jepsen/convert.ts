/** Jepsen's operations, one by one, as events of ours. */
import type { Json, UnrecordedEvent } from "../events.ts";
import { shorten } from "../parse-line.ts";
import { isNemesis, type JepsenOperation, type Nemesis } from "./operation.ts";
import { clientOf, type Survey } from "./survey.ts";
import type { Workload } from "./workload.ts";

const UNTIMED_STEP_NS = 1_000_000;
/** Names of nemesis operations that end what another began. */
const ENDING = /^(stop|heal|end|resume|restart|recover|reset|fix|uncork)/;
const NO_COMPLETION = { code: "no-completion", message: "the history ends before its completion" };

interface Opened {
	replica: string;
	process: number;
	id: string;
	f: string;
	value: Json;
	line: number;
}

export class Converter {
	readonly #survey: Survey;
	readonly #workload: Workload;
	readonly #file: string;
	readonly #open = new Map<number, Opened>();
	/** Jepsen writes both the begin and the end of what a nemesis does, as :info. */
	readonly #nemesis = new Set<string>();
	#ordinal = 0;
	#time = 0;

	constructor(survey: Survey, workload: Workload, file: string) {
		this.#survey = survey;
		this.#workload = workload;
		this.#file = file;
	}

	/** @throws with file and line where an operation contradicts those before it, or a read shows what its workload can't */
	convert(operation: JepsenOperation | Nemesis): UnrecordedEvent[] {
		if (isNemesis(operation)) return this.#fault(operation);
		const ordinal = this.#ordinal++;
		this.#time = this.#survey.timed ? (operation.timeNs as number) : ordinal * UNTIMED_STEP_NS;
		if (operation.type === "invoke") return [this.#invoke(operation, ordinal)];
		const { process } = operation;
		const opened = process === null ? undefined : this.#open.get(process);
		if (process !== null) this.#open.delete(process);
		if (opened === undefined) {
			const invoked = this.#invoke(operation, ordinal);
			const now = this.#open.get(invoked.process) as Opened;
			this.#open.delete(invoked.process);
			return [invoked, ...this.#complete(operation, now, ordinal)];
		}
		if (opened.f !== ourName(operation.f)) {
			const found = `:${operation.f} of process ${process}, which had invoked :${opened.f} on line ${opened.line}`;
			throw new Error(
				`${this.#file}:${operation.line}: expected a completion of :${opened.f}, found ${found}`,
			);
		}
		return this.#complete(operation, opened, ordinal);
	}

	/** @param torn a recording that was cut off has no end, and is never a pass */
	end(torn: boolean): UnrecordedEvent[] {
		if (torn) return [];
		const infos = [...this.#open.values()].map(
			({ process, replica, id, f, value }): UnrecordedEvent => ({
				time: this.#time,
				event: "info",
				process,
				replica,
				id,
				f,
				value,
				error: NO_COMPLETION,
			}),
		);
		return [...infos, { time: this.#time, event: "end", reason: "settled" }];
	}

	#invoke(operation: JepsenOperation, ordinal: number): UnrecordedEvent & { event: "invoke" } {
		const { line, node } = operation;
		const process = operation.process ?? -1 - ordinal;
		const running = this.#open.get(process);
		if (running !== undefined) {
			throw new Error(
				`${this.#file}:${line}: expected the completion of process ${process}'s :${running.f} of line ${running.line}, found its next invocation`,
			);
		}
		const f = ourName(operation.f);
		const replica = this.#survey.byNode && node !== null ? node : clientOf(operation.process, ordinal);
		const value = f === "read" ? null : this.#written(operation, operation.value);
		const opened = { process, replica, id: `p${process}-${ordinal}`, f, value };
		this.#open.set(process, { ...opened, line });
		return { time: this.#time, event: "invoke", ...opened };
	}

	#complete(operation: JepsenOperation, opened: Opened, ordinal: number): UnrecordedEvent[] {
		const { line: _, ...common } = opened;
		const { type, error } = operation;
		const time = this.#time;
		if (type !== "ok") return [{ time, event: type as "fail" | "info", ...common, error }];
		if (common.f !== "read") {
			const value = operation.value === null ? common.value : this.#written(operation, operation.value);
			return [{ time, event: "ok", ...common, value }];
		}
		const view = this.#read(operation);
		const read: UnrecordedEvent = { time, event: "ok", ...common, value: view };
		if (!this.#survey.finalReads.has(ordinal)) return [read];
		return [read, { time, event: "state", replica: common.replica, view, final: true }];
	}

	#written({ f, line }: JepsenOperation, value: Json): Json {
		if (f === "cas") {
			if (Array.isArray(value) && value.length === 2) return value[1] as Json;
			return this.#bad(line, "a :cas of [old new]", value);
		}
		if (this.#workload === "counter" && !isInteger(value)) return this.#bad(line, "an integer to add", value);
		return value;
	}

	#read({ value, line }: JepsenOperation): Json {
		if (this.#workload === "set") {
			if (value === null) return [];
			if (Array.isArray(value)) return value;
			// Within [key value] a set was not yet known to be the whole of what was read.
			if (typeof value === "object" && Array.isArray(value["$set"])) return value["$set"];
			return this.#bad(line, "a read of a set: #{…} or […]", value);
		}
		if (this.#workload === "counter" && typeof value !== "number" && !isInteger(value)) {
			return this.#bad(line, "a read of a counter: an integer", value);
		}
		return value;
	}

	#fault({ f, value, timeNs }: Nemesis): UnrecordedEvent[] {
		if (this.#nemesis.delete(f)) return [];
		this.#nemesis.add(f);
		const time = this.#survey.timed && timeNs !== null ? timeNs : this.#time;
		return [{ time, event: "fault", fault: ourFault(f, value), phase: ENDING.test(f) ? "end" : "start" }];
	}

	#bad(line: number, expected: string, value: Json): never {
		throw new Error(
			`${this.#file}:${line}: :value: expected ${expected}, found ${shorten(JSON.stringify(value))}`,
		);
	}
}

/** One that we exported comes back as it was. */
function ourFault(f: string, value: Json): Record<string, Json> {
	const kind = /^(?:start|stop)-(.+)$/.exec(f)?.[1];
	const isOurs =
		kind !== undefined &&
		typeof value === "object" &&
		value !== null &&
		!Array.isArray(value) &&
		kind in value;
	return isOurs ? value : { nemesis: f, value };
}

function ourName(f: string): string {
	if (f === "broadcast") return "add";
	return f === "cas" ? "write" : f;
}

function isInteger(value: Json): boolean {
	if (typeof value === "number") return Number.isSafeInteger(value);
	return typeof value === "object" && value !== null && !Array.isArray(value) && "$bigint" in value;
}
