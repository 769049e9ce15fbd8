/** Reads the body of `POST /operation`. Pure; what it refuses never reaches the replica. */
import type { Json, Operation } from "./replica.ts";

/** Values may be nested so deep; the log and the peer protocol carry a little more. */
const MAX_VALUE_DEPTH = 64;

export type ParsedOperation = { ok: true; operation: Operation } | { ok: false; message: string };

export function parseOperation(body: string): ParsedOperation {
	let parsed: unknown;
	try {
		parsed = JSON.parse(body);
	} catch (error) {
		return {
			ok: false,
			message: `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`,
		};
	}
	if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
		return { ok: false, message: 'expected an object like {"id":"c1-17","f":"add","value":"milk"}' };
	}
	const { id, f, value = null } = parsed as Record<string, unknown>;
	if (typeof id !== "string" || id === "")
		return { ok: false, message: "id: expected a string that is not empty" };
	if (typeof f !== "string" || f === "")
		return { ok: false, message: "f: expected the name of an operation" };
	const problem = whyUnfit(value as Json, 0);
	if (problem !== null) return { ok: false, message: `value: ${problem}` };
	return { ok: true, operation: { id, f, value: value as Json } };
}

/** What would not come out of the log or the peer protocol as it went in. */
function whyUnfit(value: Json, depth: number): string | null {
	if (typeof value === "string") {
		return /\p{Surrogate}/u.test(value) ? "half of a surrogate pair can't be stored" : null;
	}
	if (typeof value !== "object" || value === null) return null;
	if (depth >= MAX_VALUE_DEPTH) return `nested deeper than ${MAX_VALUE_DEPTH}`;
	for (const [key, child] of Object.entries(value)) {
		if (key === "__proto__") return "a key can't be __proto__";
		const problem = (Array.isArray(value) ? null : whyUnfit(key, depth)) ?? whyUnfit(child, depth + 1);
		if (problem !== null) return problem;
	}
	return null;
}
