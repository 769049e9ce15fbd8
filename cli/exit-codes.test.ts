import { describe, expect, it } from "vitest";
import type { RunResult } from "../reports/result.ts";
import { composeExitCodes, exitCodeOf } from "./exit-codes.ts";

const result = (verdict: string, met: boolean) => ({ verdict, met }) as RunResult;

describe("exit codes", () => {
	it("are 0 when the expectation is met, whatever the verdict", () => {
		expect(exitCodeOf(result("pass", true))).toBe(0);
		expect(exitCodeOf(result("fail", true))).toBe(0);
	});

	it("are 1 for a failure and for a specimen that passed, 2 for what is unknown", () => {
		expect(exitCodeOf(result("fail", false))).toBe(1);
		expect(exitCodeOf(result("pass", false))).toBe(1);
		expect(exitCodeOf(result("unknown", false))).toBe(2);
	});

	it.each([
		[[0, 2, 70, 1], 1],
		[[0, 2, 70], 70],
		[[2, 0], 2],
		[[0, 0], 0],
		[[], 0],
	])("of several %j compose to %i", (codes, composed) => {
		expect(composeExitCodes(codes)).toBe(composed);
	});
});
