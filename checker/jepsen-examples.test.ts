import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnyHistory } from "../history/jepsen/open.ts";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { check } from "./index.ts";
import { ednOf, JEPSEN_EXAMPLES, type JepsenExample } from "./testing/jepsen-examples.ts";
import type { CheckResult } from "./verdict.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-jepsen-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function judge(text: string, type: string | null): Promise<CheckResult> {
	const path = join(folder, "history.edn");
	await writeFile(path, text);
	const opened = await openAnyHistory(path, type);
	if (opened.by !== "jepsen" || opened.parts.length !== 1) throw new Error("not one history of Jepsen's");
	const [part] = opened.parts;
	return check(part?.history as NonNullable<typeof part>["history"]);
}

describe("Jepsen's and Maelstrom's own examples, and those that they wrongly pass", () => {
	it.each(JEPSEN_EXAMPLES)("$name: $valid there, $ours here", async (example) => {
		const { verdict, properties } = await judge(ednOf(example), example.type ?? null);
		expect({ verdict, properties }).toMatchObject({ verdict: example.ours });
		if (example.property !== undefined) {
			expect(properties).toContainEqual(
				expect.objectContaining({ name: example.property, verdict: example.ours }),
			);
		}
	});

	it("stand in the documentation as they are", async () => {
		const document = await readFile(join(packageRoot(), "docs/foreign-histories.md"), "utf8");
		expect(JEPSEN_EXAMPLES.map(row).filter((line) => !document.includes(line))).toEqual([]);
	});
});

function row({ name, theirs, valid, ours, property }: JepsenExample): string {
	return `| ${name} | ${theirs}: \`${valid}\` | ${ours}${ours === "pass" || property === undefined ? "" : ` (${property})`} |`;
}

describe("what Jepsen counts", () => {
	it("stands in the evidence: lost, unexpected, recovered, as in its set-test", async () => {
		const [example] = JEPSEN_EXAMPLES as [JepsenExample];
		const { properties } = await judge(ednOf(example), "set");
		const { evidence, reason } = properties.find(({ name }) => name === "eventual-delivery") ?? {};
		expect(evidence).toMatchObject({
			lost: [1],
			examined: { attempts: 4, acknowledged: 2, lost: 1, unexpected: 2, recovered: 1 },
		});
		expect(reason).toBe("in the end no replica shows 1, which process 0 acknowledged (p0-2) at 0.003 s");
	});

	it("tells stale elements from lost ones, and for how long they were missing", async () => {
		const late = JEPSEN_EXAMPLES.find(({ name }) => name === "an element that shows late") as JepsenExample;
		const { properties } = await judge(ednOf(late), null);
		const delivery = properties.find(({ name }) => name === "eventual-delivery");
		expect(delivery).toMatchObject({
			verdict: "pass",
			evidence: { stale: [0], examined: { stale: 1, stable: 1 } },
		});
		expect(delivery?.reason).toContain("the longest for 1 ms");
	});
});

describe("a history of Jepsen's", () => {
	it("that is right but stale and concurrent accuses nobody", async () => {
		const text = ednOf({
			...(JEPSEN_EXAMPLES[0] as JepsenExample),
			operations: [
				"0 invoke add 0; 1 invoke add 1; 2 invoke read nil; 0 ok add 0; 2 ok read #{1}; 1 ok add 1",
				"2 invoke read nil; 2 ok read #{1}; 0 invoke read nil; 0 ok read #{0 1}",
				"1 invoke add 2; 1 info add 2; 2 invoke read nil; 2 ok read #{0 1 2} !",
				"0 invoke read nil; 0 ok read #{0 1 2} !",
			],
		});
		expect(await judge(text, null)).toMatchObject({ verdict: "pass" });
	});

	it("whose last operation is torn is never a pass", async () => {
		const good = JEPSEN_EXAMPLES.find(({ name }) => name.endsWith("subsequent read")) as JepsenExample;
		const text = ednOf(good);
		const { verdict, warnings } = await judge(`${text}{:type :invoke, :proc`, null);
		expect(verdict).toBe("unknown");
		expect(warnings.join()).toContain("history.edn:5: the last operation is torn");
	});

	it("in which two replicas end at different values of one register fails", async () => {
		const text = ednOf({
			...(JEPSEN_EXAMPLES[0] as JepsenExample),
			operations: [
				"0 invoke write 1; 1 invoke write 2; 0 ok write 1; 1 ok write 2",
				"0 invoke read nil; 0 ok read 1; 1 invoke read nil; 1 ok read 2",
			],
		});
		const { properties } = await judge(text, null);
		expect(properties).toContainEqual(expect.objectContaining({ name: "convergence", verdict: "fail" }));
	});
});
