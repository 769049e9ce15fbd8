/** What a property is to the checker: declared once, in its own file; the documentation is printed from it. */

import type { Application } from "./application.ts";
import type { Run } from "./run.ts";
import type { Evidence, PropertyVerdict, Verdict } from "./verdict.ts";

export type Need =
	| "an end"
	| "final states"
	| "delivered sets"
	| "update numbers"
	| "a known type"
	| "a list or text"
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
	/** Without delivered sets it has something to say all the same. */
	judgesValues?: true;
	check(run: Run, application: Application): Judgement;
}

export interface Judgement {
	verdict: Verdict;
	reason: string;
	evidence: Evidence;
	/** There is nothing that it could say of this history: it is told only where the property was asked for by name. */
	isApplicable?: false;
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

export function notApplicable(reason: string, evidence: Evidence = {}): Judgement {
	return { ...unknown(reason, evidence), isApplicable: false };
}

/** A check that throws has not judged: `unknown`, with the error. */
export function judged(
	name: string,
	check: () => Judgement,
): { verdict: PropertyVerdict; isApplicable: boolean } {
	try {
		const { verdict, reason, evidence, isApplicable } = check();
		return { verdict: { name, verdict, reason, evidence }, isApplicable: isApplicable ?? true };
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		const why = `the check itself failed: ${message}. This is a mistake of the check, not of the replicas.`;
		return { verdict: { name, ...unknown(why) }, isApplicable: true };
	}
}
