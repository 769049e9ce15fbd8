/** Every operation that was invoked completes; in the simulator, where nothing else can end a replica, none throws. */
import { fail, type Judgement, type Property, pass, unknown } from "../property.ts";
import type { Exit, Run } from "../run.ts";
import { count, few, list, moment } from "../words.ts";

export const termination: Property = {
	name: "termination",
	statement:
		"Every operation that was invoked completes (`ok`, `fail`, or `info` after its time-out). In the simulator, where nothing else can end a replica, none throws.",
	source:
		"Shapiro, Preguiça, Baquero, Zawirski 2011, “Conflict-free replicated data types”, definition 2.2 (termination)",
	needs: ["an end"],
	cost: "O(operations)",
	limits:
		"Unknown when the run was cut off or interrupted. A replica that hangs shows as `info` completions; their number stands in the evidence.",
	check,
};

function check(run: Run): Judgement {
	if (run.end === null) return unknown("the history has no end: the run was cut off, and operations with it");
	if (run.end.reason === "interrupted" || run.end.reason === "harness-error") {
		return unknown(`the run ended early (${run.end.reason}), and operations with it`);
	}
	if (run.header.runtime === "sim" && run.exits.length > 0) return hasThrown(run.exits);
	const { operations } = run;
	const infos = operations.filter((operation) => operation.completion?.kind === "info");
	const timeouts = infos.filter((operation) => operation.completion?.code === "timeout");
	const examined = { operations: operations.length, info: infos.length, timeouts: timeouts.length };
	if (operations.length === 0)
		return unknown("no operation was invoked, so there is nothing to judge", { examined });
	const open = operations.filter((operation) => operation.completion === null);
	if (open.length > 0) {
		const [first] = open as [(typeof open)[number]];
		const replicas = [...new Set(open.map((operation) => operation.replica))];
		const which = list(open.map((operation) => operation.id));
		return fail(
			`${count(open.length, "operation")} at ${list(replicas)} never completed (${which}); the first was invoked at ${moment(first.invoke.time)}`,
			{
				replicas,
				operations: few(open.map((operation) => operation.id)),
				events: few(open.map((operation) => operation.invoke.index)),
				time: first.invoke.time,
				examined,
			},
		);
	}
	const unsure = infos.length === 0 ? "" : `, ${infos.length} of them with an unknown outcome`;
	return pass(`all ${count(operations.length, "operation")} completed${unsure}`, { examined });
}

/** Among real processes it may also have been killed, or found no memory: there it is no replica's fault. */
function hasThrown(exits: readonly Exit[]): Judgement {
	const [{ index, time, replica, detail }] = exits as [Exit];
	const evidence = { replicas: [replica], events: [index], time, examined: { exits: exits.length } };
	return fail(`${replica} ended by itself at ${moment(time)}: ${detail}`, evidence);
}
