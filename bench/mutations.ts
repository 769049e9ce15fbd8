/**
 * Does the checker's own test suite notice when the checker is wrong? Each line of `mutation-table.ts` breaks it in one place, in a
 * copy of the tree, where `vitest run checker` must then fail. Ends with 1 when fewer than 95% of the breaks are noticed, or when a
 * line of the table doesn't fit the source any more.
 *
 * `npx jiti bench/mutations.ts`, or with parts of files' names: only the breaks of those files.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { MUTATIONS, type Mutation } from "./mutation-table.ts";

const GOAL_SHARE = 0.95;
const COPIES = 2;
const TESTS_TIMEOUT_MS = 600_000;
const MAX_OUTPUT_CHARACTERS = 100_000;
const LEFT_OUT = new Set(["node_modules", "dist", "runs", ".git"]);

type Tested =
	| { kind: "passed" }
	| { kind: "failed"; test: string }
	/** No test failed, and they didn't all pass either: that says nothing of the tests. */
	| { kind: "undecided"; why: string };
type Outcome = Tested | { kind: "unfit"; times: number };

const root = resolve(import.meta.dirname, "..");
const wanted = process.argv.slice(2);
const chosen = MUTATIONS.filter(
	({ file }) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
);
const outcomes = new Map<Mutation, Outcome>();
const waiting = [...chosen];
const startedAt = Date.now();

await Promise.all(Array.from({ length: COPIES }, work));

console.log("| checker/ | break | tests |\n|---|---|---|");
for (const mutation of chosen) {
	const cells = [mutation.file, breakIn(mutation), wordsOf(outcomes.get(mutation) as Outcome)];
	console.log(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
}
const killed = [...outcomes.values()].filter(({ kind }) => kind === "failed").length;
const unfit = [...outcomes.values()].filter(({ kind }) => kind === "unfit").length;
const share = killed / Math.max(1, chosen.length - unfit);
const seconds = Math.round((Date.now() - startedAt) / 1_000);
console.log(
	`\n${killed} of ${chosen.length} breaks noticed (${(100 * share).toFixed(1)}%, goal ${100 * GOAL_SHARE}%), ${unfit} don't fit the source, ${seconds} s`,
);
if (share < GOAL_SHARE || unfit > 0) process.exitCode = 1;

/** One copy of the tree, and break after break in it. */
async function work(): Promise<void> {
	const copy = await mkdtemp(join(tmpdir(), "pakka-mutations-"));
	try {
		await cp(root, copy, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
		await symlink(join(root, "node_modules"), join(copy, "node_modules"));
		const whole = await test(copy);
		if (whole.kind !== "passed") throw new Error(`the tests don't pass without any break: ${wordsOf(whole)}`);
		for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
			const outcome = await tryOut(copy, mutation);
			outcomes.set(mutation, outcome);
			console.error(`${wordsOf(outcome)}: ${mutation.file} ${breakIn(mutation)}`);
		}
	} finally {
		await rm(copy, { recursive: true, force: true });
	}
}

async function tryOut(copy: string, { file, original, broken }: Mutation): Promise<Outcome> {
	const path = join(copy, "checker", file);
	const source = await readFile(path, "utf8");
	const times = source.split(original).length - 1;
	if (times !== 1) return { kind: "unfit", times };
	// Not `replace`, to which `$` means something.
	await writeFile(path, source.split(original).join(broken));
	const tested = await test(copy);
	await writeFile(path, source);
	return tested;
}

function test(folder: string): Promise<Tested> {
	return new Promise((done, reject) => {
		const vitest = join(root, "node_modules/vitest/vitest.mjs");
		const child: ChildProcess = spawn(
			process.execPath,
			[vitest, "run", "checker", "--bail", "1", "--maxWorkers", "1"],
			{ cwd: folder, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] },
		);
		let output = "";
		const timer = setTimeout(() => child.kill("SIGKILL"), TESTS_TIMEOUT_MS);
		for (const stream of [child.stdout, child.stderr]) {
			stream?.on("data", (data: Buffer) => {
				if (output.length < MAX_OUTPUT_CHARACTERS) output += data.toString();
			});
		}
		child.on("error", reject);
		child.on("close", (code, signal) => {
			clearTimeout(timer);
			const failed = / FAIL {2}(.*)/.exec(output)?.[1];
			if (code === 0) done({ kind: "passed" });
			else if (failed !== undefined) done({ kind: "failed", test: failed });
			else if (signal === null) done({ kind: "undecided", why: "the tests could not be run" });
			else done({ kind: "undecided", why: `no end after ${TESTS_TIMEOUT_MS / 1_000} s` });
		});
	});
}

function wordsOf(outcome: Outcome): string {
	switch (outcome.kind) {
		case "failed":
			return `noticed: ${outcome.test}`;
		case "passed":
			return "**not noticed**";
		case "undecided":
			return `**undecided**: ${outcome.why}`;
		case "unfit":
			return `doesn't fit: found ${outcome.times} times`;
	}
}

function breakIn({ original, broken }: Mutation): string {
	const short = (code: string) => code.replaceAll(/\s+/g, " ").trim().slice(0, 90);
	return broken.trim() === ""
		? `without \`${short(original)}\``
		: `\`${short(original)}\` → \`${short(broken)}\``;
}
