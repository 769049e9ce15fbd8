/** The first line of a run's history. */
import type { HistoryHeader } from "../history/events.ts";
import type { RuntimeName, Scenario } from "../scenarios/scenario.ts";
import type { KnownReplica } from "./definition.ts";

export function headerOf(
	scenario: Scenario,
	runtime: RuntimeName,
	known: Pick<KnownReplica, "type" | "delivers">,
	startedAt: Date,
): HistoryHeader {
	return {
		pakka: 1,
		scenario: scenario.name,
		seed: scenario.seed,
		type: known.type,
		replicas: scenario.replicas.names,
		runtime,
		startedAt: startedAt.toISOString(),
		...(known.delivers !== null && { delivers: known.delivers }),
		options: scenario.replicas.options,
	};
}
