/**
 * `pakka/vitest`: convergence in an ordinary test file.
 *
 *     convergenceTest("cart converges", { replica: cart });
 *
 *     it("converges", async () => {
 *         await expect(cart).toConverge({ runs: 5_000 });
 *     });
 *
 * The only file that imports vitest, which is an optional peer: whoever doesn't import this doesn't need it.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import {
	type Convergence,
	type ConvergenceOptions,
	checkConvergence,
	DEFAULT_SEED,
	type Subject,
} from "./convergence.ts";

export type { ConvergenceOptions };

export interface ConvergenceTestOptions extends ConvergenceOptions {
	replica: ReplicaDefinition;
	/** Of the test; default {@link DEFAULT_TIMEOUT_MS}. */
	timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Registers a test; its title ends in the seed. Fails with the shrunk counterexample, and how to replay it. */
export function convergenceTest(title: string, options: ConvergenceTestOptions): void {
	const { replica, timeoutMs = DEFAULT_TIMEOUT_MS, ...rest } = options;
	const seed = rest.seed ?? DEFAULT_SEED;
	test(`${title} (seed ${seed})`, { timeout: timeoutMs }, async () => {
		const { converges, message } = await checkConvergence(subjectOf(title, replica), rest);
		// Thrown as it is: a diff of two verdicts would say nothing.
		if (!converges) throw withoutStack(message);
	});
}

export interface ConvergenceMatchers<R = unknown> {
	/** Explores schedules of these replicas; resolves when all converge. To be awaited. */
	toConverge(options?: ConvergenceOptions): Promise<R>;
}

declare module "vitest" {
	// oxlint-disable-next-line typescript/no-explicit-any -- as vitest declares it
	interface Matchers<T = any> extends ConvergenceMatchers<T> {}
}

expect.extend({
	async toConverge(received: ReplicaDefinition, options: ConvergenceOptions = {}) {
		const title = expect.getState().currentTestName ?? "the replica";
		const found: Convergence = await checkConvergence(subjectOf(title, received), options);
		return { pass: found.converges, message: () => found.message };
	},
});

function subjectOf(title: string, replica: ReplicaDefinition): Subject {
	const { testPath } = expect.getState();
	if (testPath === undefined) throw new Error(`${title}: to be called within a test`);
	const again = `npx vitest run ${relative("", testPath)} -t ${JSON.stringify(title.replace(/.* > /, ""))}`;
	return {
		title: title.replaceAll(" > ", " "),
		replica,
		again,
		file: testPath,
		module: moduleNamedIn(testPath),
	};
}

const DEFAULT_IMPORT = /^import\s+([\w$]+)(?:\s*,\s*\{[^}]*\})?\s+from\s+["'](\.[^"']+)["']/gm;

/**
 * The test imports its replica from somewhere: the file whose default import it names where it says `replica:` or
 * `expect(…)`. A guess, which is tried before anybody is told to rely on it.
 */
function moduleNamedIn(testPath: string): string | null {
	const text = readFileSync(testPath, "utf8");
	for (const [, name = "", from = ""] of text.matchAll(DEFAULT_IMPORT)) {
		const isUsed = new RegExp(`(replica:\\s*|expect\\(\\s*)${name.replaceAll("$", "\\$")}\\b`).test(text);
		const isShort = name === "replica" && /[{,]\s*replica\s*[,}]/.test(text);
		if (!isUsed && !isShort) continue;
		const path = resolve(dirname(testPath), from);
		const found = [path, `${path}.ts`, path.replace(/\.js$/, ".ts")].find((candidate) =>
			existsSync(candidate),
		);
		if (found !== undefined) return found;
	}
	return null;
}

/** The place where the search was started says nothing about the failure. */
function withoutStack(message: string): Error {
	const error = new Error(message);
	error.name = "NotConvergent";
	error.stack = `${error.name}: ${message}`;
	return error;
}
