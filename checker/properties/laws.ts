/**
 * The laws that make a type converge. Only declared here, so that it is documented beside the others: a history doesn't
 * hold a type's functions, so it is the search that checks them (`explore/laws.ts`).
 */
import type { Declaration } from "../property.ts";

export const laws: Declaration = {
	name: "laws",
	statement:
		"On the states that runs reach, a state-based type's merge is commutative, associative, idempotent and inflationary, and its operations are inflationary; concurrent effects of an op-based type commute.",
	source:
		"Shapiro, Preguiça, Baquero, Zawirski 2011, “A comprehensive study of Convergent and Commutative Replicated Data Types”, INRIA RR-7506, propositions 2.1 and 2.2",
	needs: ["the type's functions"],
	cost: "Per harvested run of k states at most O(k²) and O(k³) merges, cut to a bounded, seeded sample",
	limits:
		"Judged while exploring only, on types made with `stateBased`, `opBased` or `library`. States are equal when they show the same, now and after merging more of the same run, and, where the type gives it, when their canonical forms are. Unknown when no two states, or no two concurrent updates, were reached.",
};
