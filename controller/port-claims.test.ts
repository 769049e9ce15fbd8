import { afterEach, describe, expect, it } from "vitest";
import { registerRun } from "./leftovers.ts";
import { claimPorts, releasePorts } from "./port-claims.ts";

/** Where no other test looks first, as a rule. */
const FIRST_BLOCK = 200;
const DEAD_RUN = `test-dead-${process.pid}`;

afterEach(() => releasePorts(DEAD_RUN));

describe("ports of runs that go on at the same time", () => {
	it("are never the same, and twice as many as wanted", async () => {
		await using one = await registerRun(`test-one-${process.pid}`);
		await using two = await registerRun(`test-two-${process.pid}`);
		const ports = [...one.claimPorts(130), ...two.claimPorts(130)];
		expect(ports.length).toBeGreaterThanOrEqual(2 * 2 * 130);
		expect(new Set(ports).size).toBe(ports.length);
	});

	it("are all that there is, and more is refused in words", async () => {
		await using one = await registerRun(`test-one-${process.pid}`);
		expect(() => one.claimPorts(20_000)).toThrow("20000 ports are needed");
	});

	it("can be claimed again when the run that had them is gone without a trace", async () => {
		// It is not registered, so nothing but its claims tells of it.
		const abandoned = claimPorts(DEAD_RUN, 100, FIRST_BLOCK);
		const runId = `test-heir-${process.pid}`;
		await using _heir = await registerRun(runId);
		expect(claimPorts(runId, 100, FIRST_BLOCK)).toEqual(abandoned);
	});
});
