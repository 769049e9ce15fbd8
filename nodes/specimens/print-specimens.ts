/**
 * Prints `docs/specimens.md` from the declarations. A test compares the two; to bring the file up to date:
 * `npx vitest run nodes/specimens/print-specimens.test.ts --update`.
 */
import { SPECIMENS, type SpecimenDeclaration } from "./declarations.ts";

export function specimensDocument(): string {
	const head = [
		"# Specimens",
		"",
		`${SPECIMENS.length} kinds of wrong replica, each a small change of a right one, in \`nodes/specimens/\`. They run like any other type:`,
		"",
		"```sh",
		"pakka run scenarios/specimens --runtime sim",
		"pakka explore scenarios/specimens/specimen-or-map-live-view.scenario.yaml",
		"```",
		"",
		"The scenario of each expects the first of its properties to fail, and is not met if only another one does. `laws` is judged by `pakka explore`.",
		"How reliably they are found stands in [performance.md](performance.md). Printed from `nodes/specimens/declarations.ts`.",
		"",
		"| # | specimen | claims to be | what is wrong | exposed by | property |",
		"|---|---|---|---|---|---|",
		...SPECIMENS.map(row),
		"",
		"## How it shows, and who made this mistake",
		"",
		...SPECIMENS.flatMap(entry),
	];
	return head.join("\n");
}

function row({ number, name, type, defect, fault, properties }: SpecimenDeclaration): string {
	const judges = properties.map((property) => `\`${property}\``).join(", ");
	return `| ${number} | \`${name}\` | \`${type}\` | ${defect} | ${fault} | ${judges} |`;
}

function entry({ number, name, shows, inTheWild }: SpecimenDeclaration): string[] {
	const { who, where } = inTheWild;
	return [`${number}. \`${name}\`: ${shows}.`, `   In the wild: ${who} ([${label(where)}](${where})).`, ""];
}

/** `https://github.com/basho/riak/issues/354`: `basho/riak#354`. */
function label(address: string): string {
	const [, repository, number] = /github\.com\/([^/]+\/[^/]+)\/(?:issues|pull)\/(\d+)$/.exec(address) ?? [];
	return repository === undefined ? address : `${repository}#${number}`;
}
