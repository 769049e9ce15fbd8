import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { requirement } from "../test/requirements.ts";
import { githubAnnotations, githubStepSummary } from "./github.ts";
import { junitXml } from "./junit.ts";
import { HOSTILE_TEXTS, resultWith } from "./testing/results.ts";

const python = requirement("python");
/** Reads a JSON array of documents, so that one process judges them all. */
const PARSE = `
import sys, json, xml.dom.minidom
def summary(text):
    document = xml.dom.minidom.parseString(text.encode("utf-8"))
    attributes = lambda tag, name: [e.getAttribute(name) for e in document.getElementsByTagName(tag)]
    return {
        "tests": document.documentElement.getAttribute("tests"),
        "cases": attributes("testcase", "name"),
        "failures": attributes("failure", "message"),
        "errors": attributes("error", "message"),
        "elements": len(document.getElementsByTagName("*")),
    }
print(json.dumps([summary(text) for text in json.load(sys.stdin)]))`;

describe(`JUnit${python.note}`, () => {
	const parsed = (...documents: string[]): Record<string, unknown>[] =>
		JSON.parse(
			execFileSync(python.path, ["-c", PARSE], {
				input: JSON.stringify(documents),
				timeout: 10_000,
				encoding: "utf8",
			}),
		);

	it.skipIf(!python.met)("stays XML that a real parser reads, whatever text is in it", () => {
		const documents = ["plain", ...HOSTILE_TEXTS].map((text) =>
			junitXml([resultWith({ verdict: "fail", reason: text, scenario: text })]),
		);
		const [plain, ...hostile] = parsed(...documents);
		expect(hostile).toHaveLength(HOSTILE_TEXTS.length);
		for (const found of hostile) expect(found["elements"]).toBe(plain?.["elements"]);
	});

	it.skipIf(!python.met)("has a case for each run: unexpected ones fail, undecided ones are errors", () => {
		const [found] = parsed(
			junitXml([
				resultWith({ verdict: "pass", scenario: "good" }),
				resultWith({ verdict: "fail", scenario: "bad", reason: 'r1 & r2 < "x"' }),
				resultWith({ verdict: "unknown", scenario: "cut", reason: "no end" }),
				resultWith({ verdict: "fail", scenario: "specimen", expect: { fail: "strong-convergence" } }),
			]),
		);
		expect(found).toMatchObject({
			tests: "4",
			cases: ["good (seed 42)", "bad (seed 42)", "cut (seed 42)", "specimen (seed 42)"],
			failures: ['strong-convergence: r1 & r2 < "x"'],
			errors: ["strong-convergence: no end"],
		});
	});
});

describe("GitHub", () => {
	it("annotates each unexpected run in one line that its text can't leave", () => {
		for (const hostile of HOSTILE_TEXTS) {
			const text = githubAnnotations(
				[resultWith({ verdict: "fail", reason: hostile, scenario: hostile })],
				"/repo",
			);
			const lines = text.trimEnd().split("\n");
			expect(lines).toHaveLength(1);
			expect(lines[0]).toMatch(/^::error file=scenarios\/cart\.yaml,line=1,title=[^:,]*::/);
		}
	});

	it("says nothing about what came as expected", () => {
		expect(githubAnnotations([resultWith({ verdict: "pass" })])).toBe("");
	});

	it("summarises in Markdown that no text breaks out of", () => {
		for (const hostile of HOSTILE_TEXTS) {
			const summary = githubStepSummary([
				resultWith({ verdict: "fail", reason: hostile, scenario: hostile }),
			]);
			// What is fenced is code, and shown as it is.
			const [before, fenced, after] = summary.split("````");
			expect(`${before}${after}`).not.toMatch(/<(?:img|script)/);
			expect(fenced?.trim()).not.toContain("\n");
			const rows = summary.split("\n").filter((line) => line.startsWith("|"));
			expect(rows).toHaveLength(3);
			expect((rows[2] ?? "").replaceAll("\\|", "").match(/\|/g)).toHaveLength(7);
		}
	});
});

it("says why a property failed, in JUnit's text, in annotations and in the summary", () => {
	const failed = [
		resultWith({ verdict: "fail", reason: "they differ", why: "r3 applied r1:2 before r1:1." }),
	];
	for (const text of [junitXml(failed), githubAnnotations(failed)]) {
		expect(text).toContain("they differ");
		expect(text).toContain("r3 applied r1:2 before r1:1.");
	}
	expect(githubStepSummary(failed)).toContain("r3 applied r1:2 before r1:1.");
	expect(junitXml([resultWith({ verdict: "fail", reason: "they differ" })])).not.toContain("why");
});
