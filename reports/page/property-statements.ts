/** What each property says, in a sentence for a reader who has never heard of it. */
const STATEMENTS: Record<string, string> = {
	convergence: "Once faults have stopped and the replicas have settled, all show the same.",
	"strong-convergence": "Replicas that have delivered the same updates show the same, at every moment.",
	"eventual-delivery": "An update that one replica delivered is delivered by all in the end.",
	termination: "Every operation that was invoked completes.",
	specification: "What a replica shows is what the type demands of the updates it has delivered.",
	durability: "An acknowledged update survives crashes.",
	session: "A client reads what it wrote, and never less than it has read before.",
	causality: "No update takes effect before one that it was made in knowledge of.",
	"list-order": "All replicas agree on the order of the members that they show.",
	laws: "Merging is commutative, associative, idempotent, and never loses anything.",
};

/** @returns empty for a property that is not ours */
export function statementOf(name: string): string {
	if (name.startsWith("invariant:")) return "The scenario's own invariant holds for every view seen.";
	if (name.startsWith("threshold:")) return "The measured number is within the scenario's bounds.";
	return Object.hasOwn(STATEMENTS, name) ? (STATEMENTS[name] ?? "") : "";
}
