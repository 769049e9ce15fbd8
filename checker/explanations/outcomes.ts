/** What became of operations, where nobody says what they had seen or who applied them. */
import type { Completion, Operation } from "../run.ts";
import { list, moment, show } from "../words.ts";
import { inWords } from "./phrases.ts";
import type { Known, Scene } from "./scene.ts";

const MAX_NAMED = 3;

/** `c-1 (add "milk") was acknowledged by r1 at 0.001 s`. */
export function fate({ operation, replica }: Known): string {
	const { completion, id } = operation;
	const what = `${id} (${inWords(operation)})`;
	switch (completion?.kind) {
		case "ok":
			return `${what} was acknowledged by ${replica} at ${moment(completion.time)}`;
		case "fail":
			return `${what} failed at ${replica} at ${moment(completion.time)}${codeOf(completion)}`;
		default:
			return `what became of ${what} at ${replica} nobody knows`;
	}
}

/** ` (timeout)`; empty where the recorder gave none. */
export function codeOf({ code }: Completion): string {
	return code === undefined || code === "unknown" ? "" : ` (${code})`;
}

/** Additions that were acknowledged, and those that may have happened. */
export function sumOf(scene: Scene): { words: string; updates: Known[] } {
	const additions = scene.run.operations.filter(
		({ f, completion }) => f !== "read" && completion?.kind !== "fail",
	);
	const sure = additions.filter(({ completion }) => completion?.kind === "ok");
	const unsure = additions.filter(({ completion }) => completion?.kind !== "ok");
	const values = unsure.map(({ value }) => show(value));
	const may =
		unsure.length === 0 ? "" : `, and ${unsure.length} of unknown outcome (${list(values)}) may count or not`;
	return {
		words: `${sure.length === 1 ? "the acknowledged addition makes" : `the ${sure.length} acknowledged additions make`} ${total(sure)}${may}`,
		updates: additions.slice(-MAX_NAMED).map((operation) => scene.ofOperation(operation)),
	};
}

function total(additions: readonly Operation[]): number {
	return additions.reduce((sum, { value }) => sum + (typeof value === "number" ? value : 0), 0);
}
