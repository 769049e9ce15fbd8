/** One operation of Jepsen's, checked: what was invoked or completed, by which client, where. */
import type { Json, OperationError } from "../events.ts";
import { type JsonObject, shorten } from "../parse-line.ts";

export interface JepsenOperation {
	line: number;
	type: "invoke" | "ok" | "fail" | "info";
	/** Null: the history doesn't say; then it is nobody else's. */
	process: number | null;
	f: string;
	value: Json;
	/** Nanoseconds. */
	timeNs: number | null;
	node: string | null;
	/** Marked as a read of the end, as Maelstrom does. */
	final: boolean;
	error: OperationError;
}

/** What Jepsen did to the system. */
export interface Nemesis {
	line: number;
	process: "nemesis";
	f: string;
	value: Json;
	timeNs: number | null;
}

const TYPES = ["invoke", "ok", "fail", "info"];

/** @throws with file and line, the field, what was expected and what was found */
export function readOperation(fields: JsonObject, line: number, file: string): JepsenOperation | Nemesis {
	const bad = (field: string, expected: string): never => {
		const found = field in fields ? shorten(JSON.stringify(fields[field])) : "nothing";
		throw new Error(`${file}:${line}: :${field}: expected ${expected}, found ${found}`);
	};
	const type = word(fields["type"]);
	const f = word(fields["f"]) ?? bad("f", "a name, such as :add or :read");
	const { process, time, index, value = null } = fields;
	if (time !== undefined && time !== null && typeof time !== "number")
		bad("time", "nanoseconds since the start");
	if (index !== undefined && index !== null && typeof index !== "number") bad("index", "a number");
	const timeNs = typeof time === "number" ? time : null;
	// :nemesis, and whatever else isn't a client.
	if (typeof process === "string") return { line, process: "nemesis", f, value, timeNs };
	if (type === null || !TYPES.includes(type)) bad("type", ":invoke, :ok, :fail or :info");
	if (process !== undefined && process !== null && !isCount(process)) {
		bad("process", "a client's number, or :nemesis");
	}
	if (process === undefined && type === "invoke") bad("process", "a client's number, or :nemesis");
	return {
		line,
		type: type as JepsenOperation["type"],
		process: (process as number | undefined) ?? null,
		f,
		value,
		timeNs,
		node: word(fields["node"]),
		final: fields["final?"] === true || fields["final"] === true,
		error: errorOf(fields["error"] ?? fields["exception"]),
	};
}

export function isNemesis(operation: JepsenOperation | Nemesis): operation is Nemesis {
	return operation.process === "nemesis";
}

/** A keyword or a text. */
function word(value: Json | undefined): string | null {
	return typeof value === "string" ? value.replace(/^:/, "") : null;
}

function errorOf(error: Json | undefined): OperationError {
	if (error === undefined || error === null) return { code: "unknown", message: "" };
	const [first, second] = Array.isArray(error) ? error : [error];
	const name = word(first);
	if (name !== null && typeof second === "string") return { code: name, message: second };
	return {
		code: name ?? "unknown",
		message: shorten(typeof error === "string" ? error : JSON.stringify(error)),
	};
}

function isCount(value: Json): boolean {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
