/** What a replica was to do, for a person: continues "r2 threw when it was to …". */
import type { SimMessage } from "../controller/runtimes/sim/cluster.ts";
import type { Step } from "./schedule.ts";

export function wordsOfStep(doing: "invoke" | "deliver" | "tick", about: unknown): string {
	if (doing === "tick") return "tick";
	if (doing === "deliver") {
		const { from, label } = about as SimMessage;
		return `receive "${label}" from r${from + 1}`;
	}
	const { f, value } = about as Extract<Step, { kind: "invoke" }>;
	return `${f} ${JSON.stringify(value)}`;
}
