/** What a property is to the checker: declared once, in its own file; the documentation is printed from it. */

import type { Run } from "./run.ts";
import type { Evidence, PropertyVerdict, Verdict } from "./verdict.ts";

export type Need =
	| "an end"
	| "final states"
	| "delivered sets"
	| "update numbers"
	| "a known type"
	| "the type's functions";

/** What the documentation says of a property. */
export interface Declaration {
	name: string;
	/** What must hold, in one sentence. */
	statement: string;
	/** Where the definition is from. */
	source: string;
	needs: Need[];
	cost: string;
	/** Why it may say `unknown`, and what it leaves out. */
	limits: string;
}

/** One that a history is judged by. */
export interface Property extends Declaration {
	check(run: Run): Judgement;
}

export interface Judgement {
	verdict: Verdict;
	reason: string;
	evidence: Evidence;
}

export function pass(reason: string, evidence: Evidence = {}): Judgement {
	return { verdict: "pass", reason, evidence };
}

export function fail(reason: string, evidence: Evidence): Judgement {
	return { verdict: "fail", reason, evidence };
}

export function unknown(reason: string, evidence: Evidence = {}): Judgement {
	return { verdict: "unknown", reason, evidence };
}

/** A check that throws has not judged: `unknown`, with the error. */
export function judged(name: string, check: () => Judgement): PropertyVerdict {
	try {
		return { name, ...check() };
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return {
			name,
			...unknown(`the check itself failed: ${message}. This is a mistake of the check, not of the replicas.`),
		};
	}
}
