/**
 * Prints `docs/choose.md` from the table. A test compares the two; to bring the file up to date:
 * `npx vitest run cli/choices.test.ts --update`.
 */
import { ALTERNATIVES, type Alternative, CHOICES, type Choice } from "./choices.ts";

export function choicesDocument(): string {
	return [
		"# What to choose",
		"",
		"For data that several replicas change at once and that must come out the same everywhere. `pakka choose shopping cart` searches this page, which",
		"is printed from `cli/choices.ts`. Each scenario looks like one of its row's uses, and passes:",
		"",
		"```sh",
		"pakka run scenarios/choose",
		"```",
		"",
		"| used for | choose | why | mind | scenario |",
		"|---|---|---|---|---|",
		...CHOICES.map(choiceRow),
		"",
		"## Where none fits",
		"",
		"| used for | why none fits | choose instead | shown by |",
		"|---|---|---|---|",
		...ALTERNATIVES.map(alternativeRow),
		"",
	].join("\n");
}

function choiceRow({ name, uses, why, mind, tries }: Choice): string {
	const scenarios = tries.map(({ type, scenario }) => `[\`${type}\`](../${scenario})`).join(", ");
	return `| ${uses.join(", ")} | ${name} | ${why} | ${mind} | ${scenarios} |`;
}

function alternativeRow({ uses, why, instead, shown }: Alternative): string {
	const link = shown === null ? "" : `[${shown.what}](../${shown.scenario})`;
	return `| ${uses.join(", ")} | ${why} | ${instead} | ${link} |`;
}
