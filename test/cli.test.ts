/** The command line as its users meet it: mistakes, help, formats. Nothing here starts a replica. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { requirement } from "./requirements.ts";
import { runPakka, temporaryFolder } from "./run-pakka.ts";

const docker = requirement("docker");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const pakka = (...args: string[]) => runPakka(args, { cwd: folder.path });

beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe("a mistake on the command line", () => {
	it.each([
		[["rnu"], "Did you mean run?"],
		[["run", "--sede", "7"], "Did you mean --seed?"],
		[["run", "--repeat", "0"], "1 or more"],
		[["run", "--repeat", "many"], "whole number"],
		[["run", "--runtime", "vm"], "process, sim, docker"],
		[["run", "--reporter", "xml"], "list, json, junit, github"],
		[["run", "no-such-file.yaml"], "no-such-file.yaml"],
		[["run", "--grep", "("], "regular expression"],
		[["run", "--grep", "no scenario has this name"], "no scenario matches"],
		[["run", "--shard", "3/2"], "1 ≤ I ≤ N"],
		[["check", "no-such-history.jsonl"], "not a file"],
		[["replay", "no-such-run"], "does not exist"],
		[["report", "no-such-run"], "history.jsonl"],
		[["replay"], "missing required argument"],
		[["choose", "perpetuum", "mobile"], "pakka choose"],
	])("%j exits 64 and says what to do", async (args, words) => {
		const { code, stdout, stderr } = await pakka(...args);
		expect(stderr).toContain(words);
		expect(stderr).not.toMatch(/\n\s+at /);
		expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
	});

	it("refuses what a runtime can't do by name", async () => {
		const file = join(folder.path, "image.scenario.yaml");
		await writeFile(file, "name: x\nreplicas: { count: 2, image: 'a/b:1', type: or-set }\n");
		const { code, stderr } = await pakka("run", file);
		expect(stderr).toMatch(/replicas\.image: .*docker/);
		expect(code).toBe(64);
	});
});

describe("--help", () => {
	it.each([
		"run",
		"replay",
		"check",
		"report",
		"validate",
		"schema",
		"explore",
		"choose",
		"doctor",
		"clean",
		"toxiproxy",
	])("of %s has an example and exits 0", async (command) => {
		const { code, stdout } = await pakka(command, "--help");
		expect(stdout).toContain(`pakka ${command}`);
		expect(stdout).toContain("Examples:");
		expect(code).toBe(0);
	});
});

describe("pakka validate", () => {
	it("prints every mistake with its place and exits 64", async () => {
		const file = join(folder.path, "bad.scenario.yaml");
		await writeFile(
			file,
			"name: bad\nreplicas: { count: 5, tpye: or-set }\nfaults:\n  - { at: 1s, crash: r9 }\n",
		);
		const { code, stderr } = await pakka("validate", file);
		expect(stderr).toMatch(/bad\.scenario\.yaml:2:\d+ .*tpye.*type/);
		expect(stderr).toMatch(
			/bad\.scenario\.yaml:4:\d+ faults\[0\]\.crash: no replica 'r9' \(replicas are r1 … r5\)/,
		);
		expect(code).toBe(64);
	});

	it("accepts every shipped scenario, and so does the JSON Schema that is printed", async () => {
		const folders = ["scenarios/library", "scenarios/specimens", "scenarios/systems", "scenarios/choose"].map(
			(name) => join(packageRoot(), name),
		);
		const { code, stdout } = await pakka("validate", ...folders);
		expect(stdout).toMatch(/\d+ scenarios are valid/);
		expect(code).toBe(0);
	});
});

describe("pakka schema", () => {
	it("prints a JSON Schema that a validator can compile", async () => {
		const { code, stdout } = await pakka("schema");
		expect(code).toBe(0);
		const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
		expect(validate({ name: "x", replicas: { count: 2, type: "or-set" } })).toBe(true);
		expect(validate({ name: "x", replicas: { count: "two" } })).toBe(false);
	});
});

describe("pakka doctor", () => {
	it("names what this machine has, and exits 0 where the main job can be done", async () => {
		const { code, stdout } = await pakka("doctor");
		for (const subject of ["Node.js", "Loopback TCP", "Toxiproxy", "Docker engine"])
			expect(stdout).toContain(subject);
		expect(code).toBe(0);
	});

	it("says which Docker socket it tried and what the lack costs", async () => {
		const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
		const { stdout } = await runPakka(["doctor"], { cwd: folder.path, env });
		expect(stdout).toContain("/nonexistent/docker.sock");
		expect(stdout).toContain("--runtime process needs no engine");
	});

	it.skipIf(!docker.met)(`finds a Docker engine that answers${docker.note}`, async () => {
		const { stdout } = await pakka("doctor");
		expect(stdout).toMatch(/✓ Docker engine +\S+ at \S+\n/);
	});

	it("exits 70 when TOXIPROXY_URL leads nowhere", async () => {
		const env = { TOXIPROXY_URL: "http://127.0.0.1:9" };
		const { code, stdout } = await runPakka(["doctor"], { cwd: folder.path, env });
		expect(stdout).toContain("unset TOXIPROXY_URL");
		expect(code).toBe(70);
	});
});

describe("a scenario that requires a program", () => {
	it("is skipped, in words, where the program is missing, and a run of nothing else is no success", async () => {
		const env = { PATH: folder.path };
		const args = ["run", "--grep", "python-g-set", "--reporter", "list,json"];
		const { code, stdout, stderr } = await runPakka(args, { cwd: folder.path, env });
		expect(stderr).toContain("python-g-set  skipped: it requires python3, which is not on PATH");
		expect({ code, stdout }).toEqual({ code: 2, stdout: "[]\n" });
	});
});

describe("pakka run --runtime sim", () => {
	it("skips, in words, what only another runtime can bring, and runs the rest", async () => {
		const { code, stdout } = await pakka("run", "--runtime", "sim", "--grep", "python-g-set|g-set-ring");
		expect(stdout).toMatch(/– python-g-set +skipped: .*sim/);
		expect(stdout).toContain("1 of 1 met (1 skipped)");
		expect(code).toBe(0);
	});

	it("refuses it when it is all that was asked for", async () => {
		const { code, stderr } = await pakka("run", "--runtime", "sim", "--grep", "python-g-set");
		expect(stderr).toContain("replicas.command");
		expect(code).toBe(64);
	});
});

describe("pakka run --list", () => {
	it("shards without loss or overlap", async () => {
		const whole = (await pakka("run", "--list")).stdout.trim().split("\n");
		const parts = await Promise.all(
			[1, 2, 3].map(async (part) =>
				(await pakka("run", "--list", "--shard", `${part}/3`)).stdout.trim().split("\n"),
			),
		);
		expect(parts.flat().sort()).toEqual([...whole].sort());
		expect(whole.length).toBeGreaterThanOrEqual(12);
	});

	it("counts seeds up with --repeat", async () => {
		const { stdout } = await pakka("run", "--list", "--grep", "five-yjs", "--seed", "40", "--repeat", "3");
		expect([...stdout.matchAll(/seed (\d+)/g)].map((match) => match[1])).toEqual(["40", "41", "42"]);
	});
});
