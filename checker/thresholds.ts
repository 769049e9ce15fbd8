/** `threshold:<metric>`: a number of the run within the bounds that its scenario sets. */
import { fail, type Judgement, pass, unknown } from "./property.ts";
import type { Statistics } from "./verdict.ts";

export interface Bounds {
	min?: number;
	max?: number;
}

export function checkThreshold(metric: string, { min, max }: Bounds, stats: Statistics): Judgement {
	const value = stats[metric];
	if (value === undefined) {
		return unknown(`there is no metric "${metric}"; there are ${Object.keys(stats).join(", ")}`);
	}
	if (value === null) return unknown(`${metric} could not be measured in this run`);
	const evidence = {
		found: value,
		expected: { ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
	};
	if (min !== undefined && value < min)
		return fail(`${metric} is ${round(value)}, less than ${min}`, evidence);
	if (max !== undefined && value > max)
		return fail(`${metric} is ${round(value)}, more than ${max}`, evidence);
	return pass(`${metric} is ${round(value)}`, evidence);
}

function round(value: number): number {
	return Math.round(value * 1e4) / 1e4;
}
