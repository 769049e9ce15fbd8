/** Everything that README.md tells a newcomer to type is typed here. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { runPakka, temporaryFolder } from "./run-pakka.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let readme: string;

beforeAll(async () => {
	folder = await temporaryFolder();
	readme = await readFile(join(packageRoot(), "README.md"), "utf8");
	await writeFile(join(folder.path, "cart.scenario.yaml"), block("yaml"));
	await writeFile(join(folder.path, "guest-list.ts"), block("ts"));
	// As after `npm install pakka` in a user's project.
	await mkdir(join(folder.path, "node_modules"));
	await symlink(packageRoot(), join(folder.path, "node_modules", "pakka"));
});
afterAll(() => folder[Symbol.asyncDispose]());

/** The first fenced block of a language. */
function block(language: string): string {
	const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(readme)?.[1];
	if (found === undefined) throw new Error(`README.md has no ${language} block`);
	return found;
}

function shellLines(): string[] {
	return [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((match) =>
		(match[1] ?? "").trim().split("\n"),
	);
}

describe("README.md", () => {
	it("names no command that is not run by this test or by CI", () => {
		expect(shellLines()).toEqual([
			"npm ci",
			"npm start",
			"npx pakka validate cart.scenario.yaml",
			"npx pakka run cart.scenario.yaml",
			"npx pakka replay runs/latest",
			"npx pakka explore cart.scenario.yaml",
			"npm test",
		]);
	});

	it("has the commands that CI runs", async () => {
		const ci = await readFile(join(packageRoot(), ".ci/run"), "utf8");
		for (const command of ["npm ci", "npm start", "npm test"]) expect(ci).toContain(command);
	});

	it("shows a first scenario that validates, runs and replays", async () => {
		for (const line of shellLines().filter((command) => command.startsWith("npx pakka "))) {
			const { code, stdout, stderr } = await runPakka(line.split(" ").slice(2), { cwd: folder.path });
			expect({ line, code, stdout, stderr }).toMatchObject({ line, code: 0 });
		}
	}, 60_000);

	it("shows a replica of one's own that passes, and is caught when it is broken as described", async () => {
		const scenario = block("yaml")
			.replace(/replicas:\n.*\n.*\n/, "replicas: { count: 3, module: ./guest-list.ts }\n")
			.replace(/ +mix: .*\n/, "");
		await writeFile(join(folder.path, "guests.scenario.yaml"), scenario);
		const right = await runPakka(["run", "guests.scenario.yaml"], { cwd: folder.path });
		expect(right).toMatchObject({ code: 0 });
		await writeFile(
			join(folder.path, "guest-list.ts"),
			block("ts").replace(/merge: .*,/, `${/merge: .*: right\)/.exec(readme)?.[0]},`),
		);
		const found = await runPakka(["explore", "guests.scenario.yaml"], { cwd: folder.path });
		expect(found.stdout).toMatch(/counterexample\.yaml/);
		expect(found).toMatchObject({ code: 1 });
	}, 60_000);

	it("links only to files that exist", async () => {
		for (const match of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
			const target = join(packageRoot(), match[1] ?? "");
			await expect(readFile(target).catch((error: NodeJS.ErrnoException) => error.code)).resolves.not.toBe(
				"ENOENT",
			);
			expect(dirname(target)).toContain(packageRoot());
		}
	});
});
