/** `pakka choose`: which type fits a use, why, and what to run to see it; or that none fits. */
import { join, relative } from "node:path";
import pc from "picocolors";
import { packageRoot } from "../../nodes/sdk/built-entry.ts";
import { ALTERNATIVES, type Alternative, CHOICES, type Choice } from "../choices.ts";
import { choose as matching } from "../choose.ts";
import { EXIT, UsageError } from "../exit-codes.ts";

type Found =
	| { uses: readonly string[]; choice: Choice }
	| { uses: readonly string[]; alternative: Alternative };

/**
 * @param words of a use; none: the whole table
 * @throws UsageError when no row has any of them
 */
export function choose(words: readonly string[], { json }: { json: boolean }): number {
	const found = words.length === 0 ? ROWS : matching(ROWS, words);
	if (found.length === 0) {
		throw new UsageError(
			`nothing in the table speaks of "${words.join(" ")}"; "pakka choose" alone prints all of it`,
		);
	}
	if (json) process.stdout.write(`${JSON.stringify(found.map(asJson), null, 2)}\n`);
	else process.stdout.write(found.map(block).join("\n"));
	return EXIT.met;
}

/** Found by their names, too. */
const ROWS: readonly Found[] = [
	...CHOICES.map((choice) => ({
		uses: [...choice.uses, choice.name, ...choice.tries.map(({ type }) => type)],
		choice,
	})),
	...ALTERNATIVES.map((alternative) => ({ uses: alternative.uses, alternative })),
];

function asJson(found: Found): object {
	if ("alternative" in found) return { type: null, ...found.alternative };
	const { tries, ...choice } = found.choice;
	return { ...choice, tries: tries.map((one) => ({ ...one, command: command(one.scenario) })) };
}

function block(found: Found): string {
	const lines =
		"choice" in found
			? [
					pc.bold(found.choice.name),
					`  for   ${found.choice.uses.join(", ")}`,
					`  why   ${found.choice.why}`,
					`  mind  ${found.choice.mind}`,
					...found.choice.tries.map(({ scenario }) => `  try   ${command(scenario)}`),
				]
			: [
					pc.bold("No CRDT fits"),
					`  for   ${found.alternative.uses.join(", ")}`,
					`  why   ${found.alternative.why}`,
					`  take  ${found.alternative.instead}`,
					...shownBy(found.alternative),
				];
	return `${lines.join("\n")}\n`;
}

function shownBy({ shown }: Alternative): string[] {
	return shown === null ? [] : [`  try   ${command(shown.scenario)}  (${shown.what})`];
}

/** As it is typed here: the scenarios come with the package. */
function command(scenario: string): string {
	const path = join(packageRoot(), scenario);
	const fromHere = relative("", path);
	return `pakka run ${fromHere.startsWith("..") ? path : fromHere}`;
}
