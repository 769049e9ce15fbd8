/**
 * What a model answered to a query, read and checked; and stand-ins for models, which know nothing: what they say, how sure they
 * are, how long they take and when they fail follows from their name, the query and a seed. No language model is called: the
 * decision about answers is what is tested. The specification reads the values by itself.
 */
import type { Draw, Json, Operation } from "../../sdk/replica.ts";
import { badValue, type Rejection } from "../../sdk/replicated-type.ts";

export const MODELS = ["gpt4", "claude", "bard"] as const;

/** Confidences are whole numbers of these, so that their sums are exact. */
export const CONFIDENCE_UNITS = 1_000_000;

/** `text` null: the model failed, and is not sure of anything (0). */
export interface Response {
	query: string;
	model: string;
	text: string | null;
	/** Above 0, at most 1. */
	confidence: number;
}

/** @returns the response, or why it is none */
export function readResponse(operation: Operation): { response: Response } | Rejection {
	const { value } = operation;
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return badValue(operation, RESPONSE);
	}
	const { query, model, text, confidence } = value as Record<string, Json | undefined>;
	if (typeof query !== "string" || typeof model !== "string") return badValue(operation, RESPONSE);
	if (text === null) return { response: { query, model, text, confidence: 0 } };
	if (typeof text !== "string" || text.trim() === "") return badValue(operation, RESPONSE);
	if (typeof confidence !== "number" || confidence * CONFIDENCE_UNITS < 1 || confidence > 1) {
		return badValue(operation, RESPONSE);
	}
	return { response: { query, model, text, confidence } };
}

const RESPONSE = "{ query: text, model: text, text: an answer or null, confidence: above 0, at most 1 }";

/** Shares of texts' different words, as in Jaccard 1912: at least half of all words are in both. */
export function areSimilar(a: string, b: string): boolean {
	const words = new Set(wordsOf(a));
	const others = new Set(wordsOf(b));
	const shared = [...words].filter((word) => others.has(word)).length;
	return shared * 2 >= words.size + others.size - shared;
}

export function wordsOf(text: string): string[] {
	return text.split(/\s+/).filter((word) => word !== "");
}

/** What a model that stands in for a real one does when it is asked. */
export interface Standin extends Response {
	/** How long it takes to answer, or to fail. */
	latencyMs: number;
}

const SHORTEST_LATENCY_MS = 20;
const LATENCIES_MS = 400;
/** One call in so many fails. */
const CALLS_PER_FAILURE = 9;

/** The first two share most words, and repeat one. */
const ANSWERS = [
	"is learning from the data what the data say",
	"is learning from the data what data say",
	"is a branch of statistics",
	"needs many examples and a loss to minimise",
];

/** @param seed the same model asks itself again at another seed: another confidence, perhaps another answer */
export function standIn(model: string, query: string, seed: number): Standin {
	const drawn = (what: string, below: number): number => hash(`${what}/${model}/${query}/${seed}`) % below;
	const latencyMs = SHORTEST_LATENCY_MS + drawn("latency", LATENCIES_MS);
	if (drawn("failure", CALLS_PER_FAILURE) === 0)
		return { query, model, text: null, confidence: 0, latencyMs };
	// Of some queries all say about the same.
	const isEasy = hash(`easy/${query}`) % 3 !== 0;
	const answer = ANSWERS[drawn("answer", isEasy ? 2 : ANSWERS.length)] as string;
	// In tenths: 0.1 + 0.2 and their like are what rounds.
	const confidence = (isEasy ? 7 + drawn("confidence", 4) : 1 + drawn("confidence", 9)) / 10;
	return { query, model, text: `${query} ${answer}`, confidence, latencyMs };
}

const SEEDS = 5;

export function drawResponse(draw: Draw): Response {
	const query = draw.key();
	const model = MODELS[draw.integer(0, MODELS.length - 1)] as string;
	const { text, confidence } = standIn(model, query, draw.integer(1, SEEDS));
	return { query, model, text, confidence };
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits, its high bits folded in. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let index = 0; index < text.length; index++) {
		value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
	}
	return (value ^ (value >>> 15)) >>> 0;
}
