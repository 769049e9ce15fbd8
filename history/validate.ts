/**
 * Lines of a history after the first, checked by hand (a schema library costs ten times as much, and a long history has
 * a million lines). Fields that nobody named are let through. Histories recorded elsewhere may leave out a
 * `value` (null is meant) and give `error` as a text, as Jepsen does. Whether completions fit invocations is the
 * checker's business.
 */
import type { Delivered, HistoryEvent, HistoryHeader, Json } from "./events.ts";
import { type JsonObject, shorten } from "./parse-line.ts";

const PHASES = ["workload", "heal", "settle", "final"];
const END_REASONS = ["settled", "stalled", "still-moving", "unreadable", "interrupted", "harness-error"];
const UPDATE_ID = /^.+:[1-9]\d{0,15}$/s;

/** Checks events in the order of the file: `index` must be dense. */
export class EventValidator {
	readonly #replicas: ReadonlySet<string>;
	#next = 0;

	constructor(header: HistoryHeader) {
		this.#replicas = new Set(header.replicas);
	}

	/** @throws with the field, what was expected and what was found; whoever reads the file knows the place */
	event(object: JsonObject): HistoryEvent {
		if (object["index"] !== this.#next) {
			bad(object, "index", `${this.#next} (indexes are dense and start at 0)`);
		}
		this.#next += 1;
		const time = object["time"];
		if (typeof time !== "number" || !Number.isFinite(time))
			bad(object, "time", "nanoseconds since the start");
		this.#checkKind(object);
		return object as unknown as HistoryEvent;
	}

	#checkKind(object: JsonObject): void {
		switch (object["event"]) {
			case "invoke":
				return this.#checkOperation(object);
			case "ok":
				this.#checkOperation(object);
				if (object["update"] !== undefined) checkUpdate(object);
				return checkDelivered(object);
			case "fail":
			case "info":
				this.#checkOperation(object);
				return normaliseError(object);
			case "deliver":
				this.#checkReplica(object);
				return checkUpdate(object);
			case "state":
				return this.#checkState(object);
			case "node":
				this.#checkReplica(object);
				return checkString(object, "what");
			case "fault":
				return checkFault(object);
			case "note":
				return checkString(object, "what");
			case "phase":
				return checkOneOf(object, "phase", PHASES);
			case "end":
				return checkOneOf(object, "reason", END_REASONS);
			default:
				bad(object, "event", "one of invoke, ok, fail, info, fault, deliver, state, node, note, phase, end");
		}
	}

	#checkOperation(object: JsonObject): void {
		if (typeof object["process"] !== "number") bad(object, "process", "a client's number");
		this.#checkReplica(object);
		checkString(object, "id");
		checkString(object, "f");
		object["value"] ??= null;
	}

	#checkState(object: JsonObject): void {
		this.#checkReplica(object);
		if (object["view"] === undefined) bad(object, "view", "the replica's view");
		object["final"] ??= false;
		if (typeof object["final"] !== "boolean") bad(object, "final", "true or false");
		const pending = object["pending"];
		if (pending !== undefined && typeof pending !== "number") bad(object, "pending", "a count of updates");
		checkDelivered(object);
	}

	#checkReplica(object: JsonObject): void {
		const replica = object["replica"];
		if (typeof replica !== "string" || !this.#replicas.has(replica)) {
			bad(object, "replica", `one of the header's replicas (${[...this.#replicas].join(", ")})`);
		}
	}
}

function checkString(object: JsonObject, field: string): void {
	if (typeof object[field] !== "string") bad(object, field, "a text");
}

function checkOneOf(object: JsonObject, field: string, words: string[]): void {
	if (!words.includes(object[field] as string)) bad(object, field, `one of ${words.join(", ")}`);
}

function checkUpdate(object: JsonObject): void {
	const update = object["update"];
	if (typeof update !== "string" || !UPDATE_ID.test(update)) {
		bad(object, "update", 'an update id like "r1:5"');
	}
}

function checkFault(object: JsonObject): void {
	const fault = object["fault"];
	if (typeof fault !== "object" || fault === null || Array.isArray(fault)) {
		bad(object, "fault", 'the fault, e.g. {"partition":"halves"}');
	}
	checkOneOf(object, "phase", ["start", "end"]);
}

function normaliseError(object: JsonObject): void {
	const error = object["error"];
	if (error === undefined || error === null) {
		object["error"] = { code: "unknown", message: "" };
	} else if (typeof error !== "object" || Array.isArray(error)) {
		object["error"] = { code: "unknown", message: typeof error === "string" ? error : JSON.stringify(error) };
	} else if (typeof error["code"] !== "string" || typeof error["message"] !== "string") {
		bad(object, "error", '{"code":…,"message":…} or a text');
	}
}

function checkDelivered(object: JsonObject): void {
	const delivered = object["delivered"];
	if (delivered === undefined || isDelivered(delivered)) return;
	if (delivered === null) delete object["delivered"];
	else bad(object, "delivered", 'numbers or runs of updates by replica, e.g. {"r1":5,"r2":[[1,3],[5,5]]}');
}

function isDelivered(value: Json): value is Delivered {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	for (const replica in value) {
		const runs = value[replica];
		if (typeof runs === "number" ? !isCount(runs) : !Array.isArray(runs) || !runs.every(isRun)) return false;
	}
	return true;
}

function isRun(value: Json): boolean {
	if (!Array.isArray(value) || value.length !== 2) return false;
	const [first, last] = value;
	return isCount(first) && isCount(last) && (first as number) >= 1 && (first as number) <= (last as number);
}

function isCount(value: Json | undefined): boolean {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function bad(object: JsonObject, field: string, expected: string): never {
	const kind = typeof object["event"] === "string" && field !== "event" ? `${object["event"]}: ` : "";
	const found = field in object ? shorten(JSON.stringify(object[field])) : "nothing";
	throw new Error(`${kind}${field}: expected ${expected}, found ${found}`);
}
