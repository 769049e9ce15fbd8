/** What is said of the property that fails in a history by hand. For tests only. */
import { expect } from "vitest";
import { type CheckOptions, check, type Explanation } from "../index.ts";
import type { HistoryBuilder } from "./history-builder.ts";

/** @param name the only property that is judged; of an invariant it is enough to hand it over */
export async function explain(
	name: string,
	history: HistoryBuilder,
	options: CheckOptions = {},
): Promise<Explanation> {
	const checks = name.startsWith("invariant:") ? [] : [name];
	const { properties } = await check(history, { checks, ...options });
	const [property] = properties;
	expect(property?.evidence["explanationError"]).toBeUndefined();
	expect(property?.evidence.explanation, `${property?.verdict}: ${property?.reason}`).toBeDefined();
	return property?.evidence.explanation as Explanation;
}

/** One by one, at one moment after the other. */
export function deliver(history: HistoryBuilder, replica: string, ...updates: string[]): HistoryBuilder {
	for (const update of updates) history.push({ event: "deliver", replica, update });
	return history;
}
