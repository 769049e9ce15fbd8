/** `pakka check` and `pakka export` as a shell sees them, on histories that others recorded. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runPakka } from "./run-pakka.ts";

let cwd: string;
beforeAll(async () => {
	cwd = await mkdtemp(join(tmpdir(), "pakka-foreign-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const ADD = "{:process 0, :type :invoke, :f :add, :value 1}\n{:process 0, :type :ok, :f :add, :value 1}\n";
const READ =
	"{:process 1, :type :invoke, :f :read, :value nil}\n{:process 1, :type :ok, :f :read, :value #{1}}\n";

async function check(text: string, ...flags: string[]) {
	await writeFile(join(cwd, "history.edn"), text);
	return runPakka(["check", "history.edn", ...flags], { cwd });
}

describe("pakka check", () => {
	it("judges Jepsen's histories with a run's exit codes", async () => {
		expect(await check(ADD + READ)).toMatchObject({
			code: 0,
			stdout: expect.stringContaining("PASS history.edn"),
		});
		const lost = await check(ADD + READ.replace("#{1}", "#{}"), "--reporter", "json");
		expect(lost.code).toBe(1);
		expect(JSON.parse(lost.stdout)).toMatchObject({
			scenario: "history.edn",
			runtime: "jepsen",
			verdict: "fail",
		});
		expect((await check(ADD, "--type", "set")).code).toBe(2);
	});

	it("says what to do where it can't read one", async () => {
		const unclear = await check(ADD);
		expect(unclear).toMatchObject({ code: 64, stderr: expect.stringContaining("Say it with --type set") });
		const torn = await check(`${ADD}{:type :ok]`);
		expect(torn).toMatchObject({ code: 64, stderr: expect.stringContaining('history.edn:3: expected "}"') });
		expect((await check(ADD, "--type", "tree")).stderr).toContain("expected one of set, set-full");
	});

	it("judges keys one by one, and names the one that fails", async () => {
		const text = ["a", "b"].flatMap((key) => [
			`{:process 0, :type :invoke, :f :write, :value [:${key} 1]}`,
			`{:process 0, :type :ok, :f :write, :value [:${key} 1]}`,
			`{:process 1, :type :invoke, :f :read, :value [:${key} nil]}`,
			`{:process 1, :type :ok, :f :read, :value [:${key} ${key === "a" ? 1 : 2}]}`,
		]);
		const { code, stdout } = await check(text.join("\n"));
		expect(code).toBe(1);
		expect(stdout).toContain('FAIL     specification: key ":b": phantom: at 0.003 s process 1 read 2');
		expect(stdout).toContain("(so 1 of 2 parts)");
	});
});

describe("pakka export", () => {
	it("writes a file that pakka check judges as the original, and never overwrites one", async () => {
		const header = `{"pakka":1,"scenario":"x","seed":1,"type":"g-set","replicas":["r1","r2"],"runtime":"mine","startedAt":"2026-01-01T00:00:00Z"}`;
		const events = [
			'"event":"invoke","process":0,"replica":"r1","id":"a","f":"add","value":"milk"',
			'"event":"ok","process":0,"replica":"r1","id":"a","f":"add","value":"milk"',
			'"event":"state","replica":"r1","view":["milk"],"final":true',
			'"event":"state","replica":"r2","view":[],"final":true',
			'"event":"end","reason":"settled"',
		];
		const lines = events.map((event, index) => `{"index":${index},"time":${index},${event}}`);
		await writeFile(join(cwd, "history.jsonl"), `${[header, ...lines].join("\n")}\n`);
		const verdicts = async (file: string) => {
			const { properties } = JSON.parse(
				(await runPakka(["check", file, "--reporter", "json"], { cwd })).stdout,
			);
			return properties.map(({ name, verdict }: { name: string; verdict: string }) => `${name} ${verdict}`);
		};
		const command = ["export", "history.jsonl", "--format", "jepsen-json", "--out", "out.json"];
		expect((await runPakka(command, { cwd })).code).toBe(0);
		expect(await readFile(join(cwd, "out.json"), "utf8")).toContain(
			'"f":"read","value":["milk"],"node":"r1","final?":true',
		);
		expect(await verdicts("out.json")).toEqual(await verdicts("history.jsonl"));
		expect(await runPakka(command, { cwd })).toMatchObject({
			code: 64,
			stderr: expect.stringContaining("exists already"),
		});
	});
});
