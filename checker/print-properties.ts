/**
 * Prints `docs/properties.md` from the declarations. A test compares the two; to bring the file up to date:
 * `npx vitest run checker/print-properties.test.ts --update`.
 */
import { PROPERTIES, WARNINGS } from "./properties/index.ts";
import { laws } from "./properties/laws.ts";
import type { Declaration } from "./property.ts";
import { SPECIFIED_TYPES } from "./specifications/index.ts";

export function propertiesDocument(): string {
	const head = [
		"# Properties",
		"",
		"What `pakka check` judges of a history, and `laws`, which `pakka explore` judges. Printed from the declarations in `checker/properties/`.",
		"",
		"Every verdict is `pass`, `fail` or `unknown`. Together: any `fail` is a fail, otherwise any `unknown` is unknown. A check that",
		"throws, or that finds nothing to judge, is `unknown` with the reason.",
		"",
	];
	const tail = [
		"## `threshold:<metric>`",
		"",
		"A number of the run lies within the bounds that its scenario sets. Metrics are those of `stats` in `result.json`. Unknown when the",
		"metric doesn't exist or could not be measured.",
		"",
		"## `invariant:<name>`",
		"",
		"A predicate of the user's or of the application's own holds in every view that was seen or, with `when: settled`, in the final views of a",
		"run that came to rest. Unknown where it can't be told of a view, with that view. Cost: one call for each replica and distinct view.",
		"",
		"## `specification`, declared by an application",
		"",
		"A replica's definition may bring a function from the delivered updates (in a causal order, each with what it had seen) to the view that",
		"must show. Operations of unknown outcome are judged where their number tells which they are, and where it doesn't matter what they had",
		"seen. Cost: the function's own, on at most 4,000,000 updates altogether: final views first, the others spread over the run.",
		"",
		"## Types with a specification",
		"",
		`${SPECIFIED_TYPES.map((type) => `\`${type}\``).join(", ")}.`,
		"",
	];
	return [...head, ...[...PROPERTIES, ...WARNINGS, laws].flatMap(section), ...tail].join("\n");
}

function section({ name, statement, source, needs, cost, limits }: Declaration): string[] {
	return [
		`## \`${name}\``,
		"",
		statement,
		"",
		`- Needs: ${needs.join(", ")}.`,
		`- Cost: ${cost}.`,
		`- Limits: ${limits}`,
		`- Source: ${source}.`,
		"",
	];
}
