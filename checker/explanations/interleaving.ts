/** Two runs of elements that were typed concurrently and are mixed: who typed what, and what stands there now. */
import type { Json } from "../../history/events.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { list, moment, show } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { type Known, type Scene } from "./scene.ts";

interface Typed {
	replica: string;
	text: Json;
	operations: string[];
}

export function mixedRuns(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const typed = typedOf(evidence["typed"]);
	const [first, second] = typed;
	const [observation] = scene.observations(evidence.events);
	if (first === undefined || second === undefined || observation === undefined) return null;
	const { replica, time, index } = observation;
	const updates = typed.flatMap(({ operations }) => scene.ofOperations(operations));
	const sentence = `${inWords(scene, first)} while ${inWords(scene, second)}, neither of which had seen the other; at ${moment(time)} ${replica} showed them mixed: ${show(evidence["mixed"])}`;
	return explanationOf(
		scene,
		{ sentence, updates },
		{ time, replicas: [replica], events: [index], path: "" },
	);
}

function inWords(scene: Scene, { replica, text, operations }: Typed): string {
	const ids = scene.ofOperations(operations).map(({ id }: Known) => id);
	return `${replica} typed ${show(text)} (${list(ids)})`;
}

function typedOf(json: Json | undefined): Typed[] {
	if (!Array.isArray(json)) return [];
	return json.flatMap((run): Typed[] => {
		if (typeof run !== "object" || run === null || Array.isArray(run)) return [];
		const { replica, text = null, operations } = run;
		if (typeof replica !== "string" || !Array.isArray(operations)) return [];
		return [{ replica, text, operations: operations.filter((id) => typeof id === "string") }];
	});
}
