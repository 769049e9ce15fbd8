/** The example of docs/vitest.md, run as a newcomer runs it: it passes, and fails as the page says once it is broken. */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { runPakka, temporaryFolder } from "./run-pakka.ts";

const TIMEOUT_MS = 60_000;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let page: string;

beforeAll(async () => {
	folder = await temporaryFolder();
	page = await readFile(join(packageRoot(), "docs/vitest.md"), "utf8");
	await cp(join(packageRoot(), "examples/vitest"), folder.path, { recursive: true });
	// As after `npm install pakka vitest` in a user's project.
	await mkdir(join(folder.path, "node_modules/.bin"), { recursive: true });
	for (const [name, to] of [
		["pakka", "."],
		["vitest", "node_modules/vitest"],
		[".bin/vitest", "node_modules/.bin/vitest"],
	] as const) {
		await symlink(join(packageRoot(), to), join(folder.path, "node_modules", name));
	}
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Finished {
	code: number;
	output: string;
}

function runVitest(): Promise<Finished> {
	// Nothing of the vitest that runs this test is to reach the other one.
	const inherited = Object.entries(process.env).filter(
		([name]) => !/^(VITEST|VITE_|TEST$|NODE_ENV$|NODE_OPTIONS$)/.test(name),
	);
	const env = { ...Object.fromEntries(inherited), NO_COLOR: "1", npm_config_update_notifier: "false" };
	return new Promise((resolve) => {
		const options = { cwd: folder.path, env, timeout: TIMEOUT_MS, maxBuffer: 10_000_000 };
		execFile("npx", ["vitest", "run"], options, (error, stdout, stderr) => {
			resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
		});
	});
}

function block(start: string): string {
	const found = page.split(start)[1]?.split("\n```")[0];
	if (found === undefined) throw new Error(`docs/vitest.md has no block ${JSON.stringify(start)}`);
	return found;
}

describe("the example of docs/vitest.md", () => {
	it("is the one in examples/vitest", async () => {
		expect(`${block("```ts\n")}\n`).toBe(await readFile(join(folder.path, "cart.test.ts"), "utf8"));
	});

	it(
		"passes",
		async () => {
			const { code, output } = await runVitest();
			expect({ code, output }).toMatchObject({ code: 0 });
			expect(output).toMatch(/✓ cart\.test\.ts .*2 tests/);
		},
		TIMEOUT_MS,
	);

	it(
		"fails once it is broken, with the seed, the shrunk schedule and a replay that works",
		async () => {
			const file = join(folder.path, "cart.ts");
			const right = await readFile(file, "utf8");
			const broken = right.replace(/^\tmerge: .*$/m, block("```ts broken\n"));
			expect(broken).not.toBe(right);
			await writeFile(file, broken);
			const { code, output } = await runVitest();
			expect({ code, output }).toMatchObject({ code: 1 });
			expect(output).toContain("cart converges (seed 42)");
			// Line by line what the page shows, apart from the steps, which better shrinking may change.
			const shown = block("fails with\n\n```\n")
				.split("\n")
				.filter((line) => /^[a-z]/i.test(line));
			expect(shown.length).toBeGreaterThan(5);
			for (const line of shown)
				expect(withoutDates(output)).toContain(withoutDates(line).split(", with a = ")[0]);
			const replay = /npx pakka (replay \S+counterexample\.yaml)/.exec(output)?.[1] ?? "no replay command";
			const replayed = await runPakka(replay.split(" "), { cwd: folder.path });
			// The counterexample's file expects the property to fail: it did.
			expect(replayed).toMatchObject({ code: 0 });
			expect(replayed.stdout).toMatch(/strong-convergence/);
		},
		TIMEOUT_MS,
	);
});

function withoutDates(text: string): string {
	return text.replaceAll(/runs\/\d{8}-\d{6}/g, "runs/…");
}
