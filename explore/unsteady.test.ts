/** Replicas that do not behave the same when the same is played again: what is said of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { opBased } from "../nodes/sdk/op-based.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { formatProblem, parseScenario } from "../scenarios/index.ts";
import { Unconfirmed } from "./confirm.ts";
import { writeCounterexample } from "./counterexample.ts";
import { delegated } from "./harvest.ts";
import { play } from "./play.ts";
import type { Schedule } from "./schedule.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-unsteady-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const counter: ReplicaDefinition = opBased<{ sum: number }, number>({
	type: "pn-counter",
	operations: { add: { kind: "update", weight: 1, generate: (draw) => draw.integer(1, 9) } },
	initial: () => ({ sum: 0 }),
	prepare: (_, { value }) => ({ effect: Number(value) }),
	apply: ({ sum }, effect) => ({ sum: sum + effect }),
	view: ({ sum }) => sum,
});

/** What it shows is off by something that its replicas share. @param off of the replica created as number `n` */
function sharing(off: (n: number) => number): ReplicaDefinition {
	let created = 0;
	return {
		...counter,
		create(context, persisted) {
			const replica = counter.create(context, persisted);
			created += 1;
			const mine = off(created);
			return { ...delegated(replica), view: () => Number(replica.view()) + mine };
		},
	};
}

async function tell(definition: ReplicaDefinition): Promise<unknown> {
	const schedule: Schedule = { replicas: 2, steps: [{ kind: "invoke", replica: 0, f: "add", value: 1 }] };
	const parsed = parseScenario("{ name: unsteady, seed: 5, replicas: { count: 2, type: pn-counter } }", {
		file: join(folder, "unsteady.yaml"),
		types: new Map([["pn-counter", { operations: ["add"] }]]),
	});
	if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join("\n"));
	const outcome = play(definition, definition.type, schedule);
	if (outcome.kind !== "violated") throw new Error(`expected a violation, found ${outcome.kind}`);
	const found = { schedule, violation: outcome.violation };
	return writeCounterexample(folder, found, { base: parsed.scenario, definition, type: definition.type });
}

it("says what was found, that it doesn't show again, and what to look for", async () => {
	const told = tell(sharing((n) => (n === 2 ? 1 : 0)));
	await expect(told).rejects.toThrow(Unconfirmed);
	await expect(told).rejects.toThrow(
		/^the search found \S+ violated, but it isn't when the same schedule is played again: the replica does not behave the same each time\n/,
	);
	await expect(told).rejects.toThrow(/Date\.now[^]*Math\.random[^]*state that replicas share/);
});

it("says how two runs of one scenario differ", async () => {
	const told = tell(sharing((n) => n));
	await expect(told).rejects.toThrow(Unconfirmed);
	await expect(told).rejects.toThrow(
		/counterexample\.yaml, run once more, comes to another history: the replica does not behave the same each time\n {2}first: \{.*"event":"state".*\n {2}then: {2}\{.*"event":"state"/,
	);
	await expect(told).rejects.toThrow(/state that replicas share/);
});
