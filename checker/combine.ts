/** Verdicts of several histories that belong together, as one: of each property the worst, and whose it is. */
import { type CheckResult, compose, type PropertyVerdict, type Statistics } from "./verdict.ts";
import { count } from "./words.ts";

interface Part {
	/** What the reader knows it by. */
	key: string;
	result: CheckResult;
}

/** @param parts at least one */
export function combine(parts: readonly Part[]): CheckResult {
	const byName = new Map<string, { key: string; property: PropertyVerdict }[]>();
	for (const { key, result } of parts) {
		for (const property of result.properties) {
			byName.set(property.name, [...(byName.get(property.name) ?? []), { key, property }]);
		}
	}
	const properties = [...byName.values()].map(worst);
	return {
		verdict: compose(properties.map(({ verdict }) => verdict)),
		properties,
		stats: added(parts.map(({ result }) => result.stats)),
		warnings: [...new Set(parts.flatMap(({ result }) => result.warnings))],
	};
}

function worst(verdicts: { key: string; property: PropertyVerdict }[]): PropertyVerdict {
	const verdict = compose(verdicts.map(({ property }) => property.verdict));
	const those = verdicts.filter(({ property }) => property.verdict === verdict);
	const { key, property } = those[0] as (typeof those)[number];
	const others = `${those.length} of ${count(verdicts.length, "part")}`;
	if (verdict === "pass") return { ...property, reason: `${others}; ${key}: ${property.reason}` };
	return {
		...property,
		reason: `${key}: ${property.reason} (so ${others})`,
		evidence: { ...property.evidence, key },
	};
}

function added(all: readonly Statistics[]): Statistics {
	const [first] = all as [Statistics];
	const sum = (pick: (stats: Statistics) => number) => all.reduce((total, stats) => total + pick(stats), 0);
	const operations = sum((stats) => stats.operations);
	const ok = sum((stats) => stats.ok);
	return {
		replicas: Math.max(...all.map((stats) => stats.replicas)),
		operations,
		ok,
		fail: sum((stats) => stats.fail),
		info: sum((stats) => stats.info),
		faults: first.faults,
		convergedAfterMs: null,
		availability: operations === 0 ? null : ok / operations,
	};
}
