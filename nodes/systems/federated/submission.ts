/**
 * What a client tells an aggregator after it has trained in a round, read and checked; and stand-ins for clients, which train
 * nothing: their gradients follow from their name, the round and the attempt. The specification reads the values by itself.
 */
import type { Draw, Json, Operation } from "../../sdk/replica.ts";
import { badValue, type Rejection } from "../../sdk/replicated-type.ts";

/** Parameters of the model. */
export const PARAMETERS = 3;
export const MAX_ROUND = 3;
export const MAX_SAMPLES = 1_000_000;
export const MAX_GRADIENT = 1_000_000;
/** A power of two, so that to multiply by it rounds nothing. */
export const LEARNING_RATE = 0.5;

const MAX_SUBMISSIONS_PER_UPLOAD = 100;

export interface Submission {
	client: string;
	round: number;
	/** On how many samples the client trained: its weight. */
	samples: number;
	gradients: number[];
}

/** @returns the submissions of `submit` (one) or `upload` (several that a gateway forwards at once), or why there are none */
export function readSubmissions(operation: Operation): { submissions: Submission[] } | Rejection {
	const { f, value } = operation;
	if (f === "submit") {
		return isSubmission(value) ? { submissions: [value] } : badValue(operation, SUBMISSION);
	}
	return isUpload(value) ? { submissions: value } : badValue(operation, UPLOAD);
}

const SUBMISSION = `{ client: text, round: 1 to ${MAX_ROUND}, samples: 1 to ${MAX_SAMPLES}, gradients: ${PARAMETERS} numbers within ±${MAX_GRADIENT} }`;
const UPLOAD = `a list of 1 to ${MAX_SUBMISSIONS_PER_UPLOAD} of one round, each of another client: ${SUBMISSION}`;

function isUpload(value: unknown): value is Submission[] {
	if (!Array.isArray(value) || value.length < 1 || value.length > MAX_SUBMISSIONS_PER_UPLOAD) return false;
	if (!value.every(isSubmission)) return false;
	const clients = new Set(value.map(({ client }) => client));
	return clients.size === value.length && value.every(({ round }) => round === value[0]?.round);
}

function isSubmission(value: unknown): value is Submission {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const { client, round, samples, gradients } = value as Record<string, Json | undefined>;
	return (
		typeof client === "string" &&
		isWithin(round, MAX_ROUND) &&
		isWithin(samples, MAX_SAMPLES) &&
		Array.isArray(gradients) &&
		gradients.length === PARAMETERS &&
		gradients.every((gradient) => typeof gradient === "number" && Math.abs(gradient) <= MAX_GRADIENT)
	);
}

function isWithin(value: Json | undefined, maximum: number): boolean {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= maximum;
}

const USUAL_ATTEMPTS = 6;
const MOST_FORWARDED = 4;

/** A client that is drawn again says the same again (a retry), or, less often, what it found at a second attempt. */
export function drawSubmission(draw: Draw): Submission {
	return trained(draw.key(), draw.integer(1, MAX_ROUND), secondAttempt(draw));
}

/** What a gateway forwards: of one round, and of each client one. */
export function drawUpload(draw: Draw): Submission[] {
	const round = draw.integer(1, MAX_ROUND);
	const count = draw.integer(1, MOST_FORWARDED);
	const clients = new Set(Array.from({ length: count }, () => draw.key()));
	return Array.from(clients, (client) => trained(client, round, secondAttempt(draw)));
}

function secondAttempt(draw: Draw): number {
	return draw.integer(0, USUAL_ATTEMPTS) === 0 ? 2 : 1;
}

/** Tenths of very different magnitudes, whose sums as floats depend on the order. */
const MAGNITUDES = [0.001, 0.1, 1, 1000];
const MOST_DRAWN_SAMPLES = 1_000;

/** A stand-in for training. */
export function trained(client: string, round: number, attempt: number): Submission {
	const seed = `${client}/${round}/${attempt}`;
	const gradients = Array.from({ length: PARAMETERS }, (_, index) => {
		const magnitude = MAGNITUDES[hash(`${seed}/magnitude/${index}`) % MAGNITUDES.length] as number;
		return ((hash(`${seed}/${index}`) % 199) - 99) * 0.1 * magnitude;
	});
	return { client, round, samples: 1 + (hash(seed) % MOST_DRAWN_SAMPLES), gradients };
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits, its high bits folded in. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let index = 0; index < text.length; index++) {
		value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
	}
	return (value ^ (value >>> 15)) >>> 0;
}
