/** The structure that ARCHITECTURE.md promises, kept by reading the code as text. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { isTest, ROOMS, type Room, type SourceFile, sourceFiles } from "./source-files.ts";

const MAY_IMPORT: Record<Room, readonly Room[]> = {
	history: [],
	scenarios: [],
	nodes: [],
	toxiproxy: [],
	controller: ["scenarios", "nodes", "history", "toxiproxy"],
	checker: ["history"],
	explore: ["scenarios", "controller", "checker"],
	reports: ["history", "checker"],
	cli: ["scenarios", "nodes", "history", "toxiproxy", "controller", "checker", "explore", "reports"],
};

/** Code that must be a function of its arguments: replicas, the checker, planning. */
const PURE = [
	// Programs round a real etcd or Redis are no state machines; the bridge as written sorts by locale, which is its flaw.
	/^nodes\/(types|specimens|systems(?!\/(etcd\/|redis\/(main|program|redis-server)\.ts|bridge\/merging\.ts|portfolio\/solidity\/))|adapters)\//,
	/^nodes\/maelstrom\/(messages|lines|topology|workloads|answers|routing)\.ts$/,
	/^nodes\/sdk\/(?!(serve|program|host|node|environment|steps|control-server|listen|durable-log|journal|skewed-clock|load-module|built-entry)\.ts|transport\/)/,
	/^checker\//,
	/^history\/events\.ts$/,
	/^scenarios\/(?!library|load|find)/,
	/^controller\/plan\//,
	/^controller\/links\/shapes\.ts$/,
	/^controller\/runtimes\/sim\/(?!run-simulated\.ts)/,
	/^explore\/(?!(campaign|search|search-scope|exhaustive-worker|ambient)\.ts)/,
];
const FORBIDDEN_IN_PURE =
	/\b(Math\.random|Date\.now|performance\.now|process\.hrtime|setTimeout|setInterval|setImmediate|new Date\(\)|localeCompare|toLocale\w+|crypto\.random\w+)\b/;

/** Each with its reason. */
const MAY_BE_LONG: readonly string[] = [
	// The whole life of one container: every step guards against the same races, and they are read together.
	"controller/runtimes/docker/node-container.ts",
];
const LONG_FILE_LINES = 400;

const files = sourceFiles();

describe("rooms", () => {
	it("exist for every name of the architecture that is built so far", () => {
		for (const room of ROOMS) {
			expect(existsSync(join(packageRoot(), room, "README.md")), `${room}/README.md`).toBe(true);
		}
	});

	it("import only what the architecture allows", () => {
		const wrong = files.flatMap((file) =>
			file.imports.filter((to) => !allowed(file, to)).map((to) => `${file.path} imports ${to}`),
		);
		expect(wrong).toEqual([]);
	});

	it("have no import cycles, not even of types", () => {
		expect(findCycles(files.filter((file) => !isTest(file.path)))).toEqual([]);
	});
});

describe("pure code", () => {
	it("uses no clock, timer, global randomness or locale", () => {
		const wrong = files
			.filter((file) => !isTest(file.path) && PURE.some((pattern) => pattern.test(file.path)))
			.flatMap((file) =>
				file.text
					.split("\n")
					.map((line, index) => ({ line: withoutComment(line), index }))
					.filter(({ line }) => FORBIDDEN_IN_PURE.test(line))
					.map(({ line, index }) => `${file.path}:${index + 1} ${line.trim()}`),
			);
		expect(wrong).toEqual([]);
	});
});

describe("files", () => {
	it("stay short enough to read", () => {
		const long = files
			.filter((file) => !isTest(file.path) && !MAY_BE_LONG.includes(file.path))
			.filter((file) => file.text.split("\n").length > LONG_FILE_LINES)
			.map((file) => `${file.path}: ${file.text.split("\n").length} lines`);
		expect(long).toEqual([]);
	});

	it("begin by saying what they are", () => {
		const silent = files
			.filter((file) => !isTest(file.path) && !/^(#!.*\n)?\s*\/(\*\*|\/)/.test(file.text))
			.map((file) => file.path);
		expect(silent).toEqual([]);
	});
});

function roomOf(path: string): Room | null {
	return ROOMS.find((room) => path.startsWith(`${room}/`)) ?? null;
}

function allowed(file: SourceFile, to: string): boolean {
	const from = roomOf(file.path);
	const target = roomOf(to);
	if (from === null || target === null || from === target) return isTest(file.path) || target !== null;
	// A test may set two rooms against each other (a specification against the replica that it judges).
	return isTest(file.path) || MAY_IMPORT[from].includes(target);
}

function withoutComment(line: string): string {
	return /^\s*(\*|\/\*|\/\/)/.test(line) ? "" : line.replace(/\/\/.*$/, "");
}

/** @returns each cycle once, as a path that ends where it began */
function findCycles(all: SourceFile[]): string[] {
	const byPath = new Map(all.map((file) => [file.path, file]));
	const done = new Set<string>();
	const cycles: string[] = [];
	const visit = (path: string, trail: string[]): void => {
		const at = trail.indexOf(path);
		if (at >= 0) {
			cycles.push([...trail.slice(at), path].join(" -> "));
			return;
		}
		if (done.has(path)) return;
		for (const to of byPath.get(path)?.imports ?? []) visit(to, [...trail, path]);
		done.add(path);
	};
	for (const path of byPath.keys()) visit(path, []);
	return cycles;
}
