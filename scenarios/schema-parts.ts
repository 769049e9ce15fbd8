/**
 * The leaves of the scenario file's schema: zod types that say in words what was expected and what was found.
 * They check and convert nothing else; `normalise.ts` converts.
 */
import { z } from "zod";
import {
	BANDWIDTH_PATTERN,
	DURATION_PATTERN,
	LINK_PATTERN,
	NAME_PATTERN,
	OFFSET_PATTERN,
	parseBandwidth,
	parseDuration,
	parseOffset,
	parseRate,
	parseSize,
	RATE_PATTERN,
	SIZE_PATTERN,
} from "./quantities.ts";
import { didYouMean, show } from "./suggest.ts";

const MAX_NAME_CHARACTERS = 60;

/** A message for whatever is wrong with a value. */
function expecting(what: string) {
	return { error: (issue: { input?: unknown }) => `expected ${what}, found ${show(issue.input)}` };
}

function quantity(pattern: RegExp, read: (text: string) => number | null, what: string) {
	return z
		.string(expecting(what))
		.regex(pattern, { ...expecting(what), abort: true })
		.refine((text) => read(text) !== null, expecting(what));
}

/** `500ms`, `10s`, `5m`, `1h`, and plain 0. */
export function duration() {
	const what = "a duration with its unit, such as 500ms, 10s or 5m (at most 24h)";
	return z.union([quantity(DURATION_PATTERN, parseDuration, what), z.literal(0)], expecting(what));
}

/** A duration that is more than nothing. */
export function positiveDuration() {
	const what = "a duration longer than 0 with its unit, such as 500ms, 10s or 5m (at most 24h)";
	return quantity(DURATION_PATTERN, (text) => parseDuration(text) || null, what);
}

export function offset() {
	return quantity(OFFSET_PATTERN, parseOffset, "an offset with its unit, such as -5m or 300ms (at most 24h)");
}

export function rate() {
	return quantity(RATE_PATTERN, parseRate, "a rate above 0 per second, such as 200/s");
}

export function bandwidth() {
	return quantity(BANDWIDTH_PATTERN, parseBandwidth, "a bandwidth such as 500B/s, 10KB/s or 1MB/s");
}

/** Of memory. */
export function size() {
	return quantity(SIZE_PATTERN, parseSize, "a size such as 64MB or 1GB (8MB to 1000GB)");
}

export function integer(min: number, max: number, what = `a whole number from ${min} to ${max}`) {
	return z.int(expecting(what)).min(min, expecting(what)).max(max, expecting(what));
}

export function number(what: string) {
	return z.number(expecting(what));
}

export function between(min: number, max: number, what: string) {
	return z.number(expecting(what)).min(min, expecting(what)).max(max, expecting(what));
}

/** A share of messages: above 0, at most 1. */
export function share() {
	const what = "a share of messages above 0 and at most 1, such as 0.1";
	return z.number(expecting(what)).gt(0, expecting(what)).max(1, expecting(what));
}

export function flag() {
	return z.boolean(expecting("true or false"));
}

export function text(what = "text") {
	return z.string(expecting(what)).min(1, expecting(what));
}

/** A name that can stand in folder names, links and Toxiproxy's proxies. */
export function name(of: string) {
	const what = `${of} of letters, digits, '_' and '-' (at most ${MAX_NAME_CHARACTERS})`;
	return z
		.string(expecting(what))
		.regex(NAME_PATTERN, { ...expecting(what), abort: true })
		.max(MAX_NAME_CHARACTERS, expecting(what));
}

/** The id of a replica; whether there is one is checked against the replicas of the file. */
export function replica() {
	return text("the name of a replica, such as r1");
}

/** The program and its arguments. */
export function argv() {
	const what = "the program and its arguments, such as [python3, replica.py]";
	return z.array(z.string(expecting("text")), expecting(what)).min(1, expecting(what));
}

export function link() {
	const what = "a link such as r1->r2";
	return z.string(expecting(what)).regex(LINK_PATTERN, expecting(what));
}

/** One of some words. */
export function choice<const T extends readonly [string, ...string[]]>(words: T) {
	return z.enum(words, { error: (issue) => notOneOf(issue.input, words) });
}

export function notOneOf(found: unknown, words: readonly string[]): string {
	const near = typeof found === "string" ? didYouMean(found, words) : "";
	return `expected one of ${words.join(", ")}, found ${show(found)}${near}`;
}

/** A list that has something in it. */
export function listOf<T extends z.ZodType>(item: T, what: string) {
	return anyListOf(item, what).min(1, expecting(what));
}

/** Of none as well. */
export function anyListOf<T extends z.ZodType>(item: T, what: string) {
	return z.array(item, expecting(what));
}

/** A map; what its keys and values are is said in `what`. */
export function mapOf<T extends z.ZodType>(value: T, what: string) {
	return z.record(z.string(), value, expecting(what));
}

export function fields<T extends z.core.$ZodLooseShape>(shape: T, what = "a map of settings") {
	return z.strictObject(shape, {
		error: (issue) =>
			issue.code === "unrecognized_keys" ? undefined : `expected ${what}, found ${show(issue.input)}`,
	});
}
