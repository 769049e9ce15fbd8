/** The flaws that systems as written name, and the scenarios that show them, which `bench/seed-systems.ts` explores. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadScenarios } from "../cli/load-scenarios.ts";
import { builtInNames } from "../nodes/registry.ts";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { FLAWS_BY_SYSTEM } from "../nodes/systems/flaws.ts";

const AS_WRITTEN = "-as-written";

it("every system as written names its flaws", () => {
	const asWritten = builtInNames()
		.filter((name) => name.startsWith("systems/") && name.endsWith(AS_WRITTEN))
		.map((name) => name.slice("systems/".length, -AS_WRITTEN.length));
	expect(Object.keys(FLAWS_BY_SYSTEM).sort()).toEqual(asWritten.sort());
});

describe.each(Object.entries(FLAWS_BY_SYSTEM))("%s", (system, flaws) => {
	it.each(flaws.map(({ name, ...flaw }) => [name, flaw] as const))(
		"has a scenario of its own for: %s",
		async (_, { scenario: name, property }) => {
			const file = join(packageRoot(), `scenarios/systems/${name}.scenario.yaml`);
			const [scenario] = await loadScenarios([file]);
			expect(scenario).toMatchObject({
				name,
				replicas: { source: { kind: "built-in", type: `systems/${system}${AS_WRITTEN}` } },
				expect: { fail: property },
			});
			expect(flaws.filter((flaw) => flaw.scenario === name)).toHaveLength(1);
		},
	);
});
