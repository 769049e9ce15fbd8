/**
 * The shapes of the control API's replies, checked by hand: every reader throws an Error that says what was expected and
 * what came, which the client turns into `garbage`.
 */
import type { Delivered, Json } from "../history/events.ts";

export interface OperationReply {
	value?: Json;
	update?: number;
	delivered?: Delivered;
}

export interface StateReply {
	view: Json;
	delivered?: Delivered;
	pending?: number;
}

/** Times are fractional Unix milliseconds of the node's unskewed clock. */
export type JournalEntry =
	| { n: number; at: number; deliver: string }
	| {
			n: number;
			at: number;
			message: {
				from: string;
				sequence: number;
				lane: number;
				sentAt: number;
				overtaken: boolean;
				duplicate: boolean;
				label: string;
			};
	  };

export interface JournalPage {
	now: number;
	/** Ask for entries after this one next. */
	next: number;
	/** How many entries fell out of the node's bounded buffer before they were read. */
	dropped: number;
	entries: JournalEntry[];
}

type JsonObject = { [key: string]: Json };

/** @throws Error when it is none */
export function readOperationReply(json: Json): OperationReply {
	const reply = objectOf(json, "the reply");
	return {
		...("value" in reply && { value: reply["value"] }),
		...(has(reply, "update") && { update: positiveInteger(reply["update"], "update") }),
		...(has(reply, "delivered") && { delivered: deliveredOf(reply["delivered"]) }),
	};
}

/** @throws Error when it is none */
export function readStateReply(json: Json): StateReply {
	const reply = objectOf(json, "the state");
	const view = reply["view"];
	if (view === undefined) throw new Error("expected the state to have a 'view'");
	return {
		view,
		...(has(reply, "delivered") && { delivered: deliveredOf(reply["delivered"]) }),
		...(has(reply, "pending") && { pending: wholeNumber(reply["pending"], "pending") }),
	};
}

/** @throws Error when it is none */
export function readJournalPage(json: Json): JournalPage {
	const page = objectOf(json, "the journal");
	const entries = page["entries"];
	if (!Array.isArray(entries))
		throw new Error(`expected the journal's 'entries' to be an array, found ${kind(entries)}`);
	return {
		now: finite(page["now"], "now"),
		next: wholeNumber(page["next"], "next"),
		dropped: wholeNumber(page["dropped"] ?? 0, "dropped"),
		entries: entries.map(journalEntry),
	};
}

/** The `{"error":{"code","message"}}` of a refusal. @throws Error when it is none */
export function readError(json: Json): { code: string; message: string } {
	const error = objectOf(objectOf(json, "the reply")["error"], "error");
	return { code: text(error["code"], "error.code"), message: text(error["message"], "error.message") };
}

function journalEntry(json: Json): JournalEntry {
	const entry = objectOf(json, "a journal entry");
	const common = { n: wholeNumber(entry["n"], "n"), at: finite(entry["at"], "at") };
	if (has(entry, "deliver")) return { ...common, deliver: text(entry["deliver"], "deliver") };
	const message = objectOf(entry["message"], "message");
	return {
		...common,
		message: {
			from: text(message["from"], "message.from"),
			sequence: wholeNumber(message["sequence"], "message.sequence"),
			lane: wholeNumber(message["lane"], "message.lane"),
			sentAt: finite(message["sentAt"], "message.sentAt"),
			overtaken: message["overtaken"] === true,
			duplicate: message["duplicate"] === true,
			label: text(message["label"] ?? "", "message.label"),
		},
	};
}

function deliveredOf(json: Json | undefined): Delivered {
	const delivered = objectOf(json, "delivered");
	for (const [replica, upTo] of Object.entries(delivered)) {
		const isRuns =
			Array.isArray(upTo) &&
			upTo.every((run) => Array.isArray(run) && run.length === 2 && run.every(isWhole));
		if (!isWhole(upTo) && !isRuns) {
			throw new Error(
				`expected delivered.${replica} to be a number or [[first, last], …], found ${kind(upTo)}`,
			);
		}
	}
	return delivered as Delivered;
}

function has(object: JsonObject, key: string): boolean {
	return object[key] !== undefined && object[key] !== null;
}

function objectOf(json: Json | undefined, name: string): JsonObject {
	if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
	throw new Error(`expected ${name} to be an object, found ${kind(json)}`);
}

function positiveInteger(json: Json | undefined, name: string): number {
	if (isWhole(json) && json > 0) return json;
	throw new Error(`expected ${name} to be an integer of at least 1, found ${kind(json)}`);
}

function wholeNumber(json: Json | undefined, name: string): number {
	if (isWhole(json)) return json;
	throw new Error(`expected ${name} to be an integer of at least 0, found ${kind(json)}`);
}

function finite(json: Json | undefined, name: string): number {
	if (typeof json === "number" && Number.isFinite(json)) return json;
	throw new Error(`expected ${name} to be a number, found ${kind(json)}`);
}

function text(json: Json | undefined, name: string): string {
	if (typeof json === "string") return json;
	throw new Error(`expected ${name} to be a string, found ${kind(json)}`);
}

function isWhole(json: Json | undefined): json is number {
	return typeof json === "number" && Number.isSafeInteger(json) && json >= 0;
}

function kind(json: Json | undefined): string {
	if (json === undefined) return "nothing";
	if (json === null) return "null";
	if (Array.isArray(json)) return "an array";
	return typeof json === "object" ? "an object" : JSON.stringify(json).slice(0, 40);
}
