/**
 * Small histories with the verdicts that Jepsen's and Maelstrom's own checkers give, and ours. The ones named after a test are
 * the histories of that test, typed again as data with its source named (Jepsen and Maelstrom are under the Eclipse Public
 * License; no code of theirs is here). Of the others, Jepsen's verdict follows from reading its checker's source.
 * `docs/foreign-histories.md` holds the same table; a test compares them.
 */
import type { Verdict } from "../verdict.ts";

export interface JepsenExample {
	name: string;
	/** Which checker of theirs is meant. */
	theirs: string;
	/** What it says: `:valid?`. */
	valid: "true" | "false" | ":unknown";
	ours: Verdict;
	/** The property that fails, or says unknown. */
	property?: string;
	/** What the user has to say. */
	type?: string;
	/** One or several (`; ` between them): process (`-`: none), type, f, value in EDN; `!` at the end marks a final read. */
	operations: string[];
}

const STEP_NS = 1_000_000;
const SET_TEST = "jepsen checker_test.clj, set-test";
const SET_FULL_TEST = "jepsen checker_test.clj, set-full-test";
const COUNTER_TEST = "jepsen checker_test.clj, counter-test";
const PN_COUNTER_TEST = "maelstrom pn_counter_test.clj";

const A = "0 invoke add 0";
const A_OK = "0 ok add 0";
const R = "1 invoke read nil";
const R_WITH = "1 ok read #{0}";
const R_WITHOUT = "1 ok read #{}";

export const JEPSEN_EXAMPLES: readonly JepsenExample[] = [
	{
		name: `${SET_TEST}: one element lost, one unexpected, a failed one read`,
		theirs: "set",
		valid: "false",
		ours: "fail",
		property: "eventual-delivery",
		operations: [
			"0 invoke add 0; 0 ok add 0; 0 invoke add 1; 0 ok add 1",
			"1 invoke add 10; 1 info add 10; 1 invoke add 11; 1 info add 11",
			"2 invoke add 20; 2 fail add 20; 2 invoke add 21; 2 fail add 21",
			"4 invoke read nil; 4 ok read #{0 10 20 30}",
		],
	},
	setFull("never read", ":unknown", "unknown", [A, A_OK]),
	setFull("never confirmed, never read", ":unknown", "unknown", [A, R, R_WITHOUT]),
	setFull("read concurrently, before", "true", "pass", [R, A, R_WITH, A_OK]),
	setFull("read concurrently, outside", "true", "pass", [R, A, A_OK, R_WITH]),
	setFull("read concurrently, inside", "true", "pass", [A, R, R_WITH, A_OK]),
	setFull("read concurrently, after", "true", "pass", [A, R, A_OK, R_WITH]),
	setFull("subsequent read", "true", "pass", [A, A_OK, R, R_WITH]),
	setFull("absent read after", "false", "fail", [A, A_OK, R, R_WITHOUT]),
	setFull("absent concurrently, before", ":unknown", "unknown", [R, A, R_WITHOUT, A_OK]),
	setFull("absent concurrently, outside", ":unknown", "unknown", [R, A, A_OK, R_WITHOUT]),
	setFull("absent concurrently, inside", ":unknown", "unknown", [A, R, R_WITHOUT, A_OK]),
	setFull("absent concurrently, after", ":unknown", "unknown", [A, R, A_OK, R_WITHOUT]),
	setFull("write, present, missing", "false", "fail", [
		A,
		"1 invoke add 1",
		"2 invoke read nil",
		"2 ok read #{1}",
		A_OK,
		"1 ok add 1",
		"2 invoke read nil; 2 ok read #{0 1}; 2 invoke read nil; 2 ok read #{0}",
		"2 invoke read nil; 2 ok read #{}",
	]),
	setFull("write, flutter, stable and lost", "false", "fail", [
		A,
		A_OK,
		"1 invoke add 1",
		"2 invoke read nil",
		"2 ok read #{1}",
		"1 ok add 1",
		"2 invoke read nil; 3 invoke read nil; 3 ok read #{1}; 2 ok read #{0}",
	]),
	counter("initial read", "true", "unknown", ["0 invoke read nil", "0 ok read 0"]),
	counter("ignore failed operations", "true", "unknown", [
		"0 invoke add 1; 0 fail add 1; 0 invoke read nil; 0 ok read 0",
	]),
	counter("incomplete history", "true", "unknown", [
		"0 invoke add 1; 1 invoke read nil; 1 ok read 0; 1 invoke read nil; 1 ok read 1",
	]),
	counter("initial invalid read", "false", "fail", ["0 invoke read nil", "0 ok read 1"]),
	counter("interleaved concurrent reads and writes", "false", "fail", [
		"0 invoke read nil; 1 invoke add 1; 2 invoke read nil; 3 invoke add 2; 4 invoke read nil",
		"5 invoke add 4; 6 invoke read nil; 7 invoke add 8; 8 invoke read nil; 0 ok read 6",
		"1 ok add 1; 2 ok read 0; 3 ok add 2; 4 ok read 3; 5 ok add 4; 6 ok read 100",
		"7 ok add 8; 8 ok read 15",
	]),
	counter("rolling reads and writes", "false", "fail", [
		"0 invoke read nil; 1 invoke add 1; 0 ok read 0; 0 invoke read nil; 1 ok add 1",
		"1 invoke add 2; 0 ok read 3; 0 invoke read nil; 1 ok add 2; 0 ok read 5",
	]),
	pnCounter(`${PN_COUNTER_TEST}: definite`, "false", "specification", [
		"- ok add 2; - ok add 3; - ok read 5 !; - ok read 4 !",
	]),
	pnCounter(`${PN_COUNTER_TEST}: indefinite`, "false", "specification", [
		"- ok add 10; - info add 5; - info add -1; - info add -1; - ok read 11 !; - ok read 15 !",
	]),
	pnCounter("two replicas that end at 8 and at 15, each a possible sum", "true", "convergence", [
		"- ok add 10; - info add 5; - info add -1; - info add -1; - ok read 8 !; - ok read 15 !",
	]),
	{
		name: "an element that four of five replicas never show",
		theirs: "set-full",
		valid: "true",
		ours: "fail",
		property: "eventual-delivery",
		operations: [
			"0 invoke add 7; 0 ok add 7; 1 invoke read nil; 1 ok read #{}; 2 invoke read nil",
			"2 ok read #{}; 3 invoke read nil; 3 ok read #{}; 4 invoke read nil; 4 ok read #{}",
			"5 invoke read nil; 5 ok read #{7}",
		],
	},
	{
		name: "an element that nobody added",
		theirs: "set-full",
		valid: "true",
		ours: "fail",
		property: "specification",
		operations: [A, A_OK, R, "1 ok read #{0 99}"],
	},
	{
		name: "an add that failed and is read",
		theirs: "set",
		valid: "true",
		ours: "fail",
		property: "specification",
		operations: [A, A_OK, "2 invoke add 2", "2 fail add 2", R, "1 ok read #{0 2}"],
	},
	{
		name: "an element that is read twice in one read",
		theirs: "set-full",
		valid: "true",
		ours: "fail",
		property: "specification",
		operations: [A, A_OK, R, "1 ok read [0 0]"],
	},
	{
		name: "a counter that is read while it is stale",
		theirs: "counter",
		valid: "false",
		ours: "pass",
		operations: [
			"0 invoke add 5; 0 ok add 5; 1 invoke read nil; 1 ok read 0",
			"1 invoke read nil; 1 ok read 5",
		],
	},
	{
		name: "an element that shows late",
		theirs: "set-full with :linearizable? true",
		valid: "false",
		ours: "pass",
		operations: [A, A_OK, R, R_WITHOUT, R, R_WITH],
	},
	{
		name: "a register whose overwritten value is read once more",
		theirs: "linearizable (Knossos)",
		valid: "false",
		ours: "pass",
		operations: [
			"0 invoke write 1; 0 ok write 1; 0 invoke write 2; 0 ok write 2; 1 invoke read nil",
			"1 ok read 1; 1 invoke read nil; 1 ok read 2; 0 invoke read nil; 0 ok read 2",
		],
	},
];

function setFull(
	name: string,
	valid: JepsenExample["valid"],
	ours: Verdict,
	operations: string[],
): JepsenExample {
	const property = ours === "pass" ? {} : { property: "eventual-delivery" };
	return {
		name: `${SET_FULL_TEST}: ${name}`,
		theirs: "set-full",
		valid,
		ours,
		type: "set-full",
		...property,
		operations,
	};
}

function counter(
	name: string,
	valid: JepsenExample["valid"],
	ours: Verdict,
	operations: string[],
): JepsenExample {
	const property = "specification";
	return {
		name: `${COUNTER_TEST}: ${name}`,
		theirs: "counter",
		valid,
		ours,
		type: "counter",
		property,
		operations,
	};
}

function pnCounter(
	name: string,
	valid: JepsenExample["valid"],
	property: string,
	operations: string[],
): JepsenExample {
	return { name, theirs: "Maelstrom's pn-counter", valid, ours: "fail", property, operations };
}

/** As Jepsen's helper makes a history of operations: one millisecond apart. */
export function ednOf({ operations }: JepsenExample): string {
	const lines = operations
		.flatMap((several) => several.split("; "))
		.map((operation, index) => {
			const isFinal = operation.endsWith(" !");
			const [process, type, f, ...value] = operation.replace(/ !$/, "").split(" ");
			const client = process === "-" ? "" : `:process ${process}, `;
			const final = isFinal ? ", :final? true" : "";
			return `{:index ${index}, :time ${index * STEP_NS}, ${client}:type :${type}, :f :${f}, :value ${value.join(" ")}${final}}`;
		});
	return `${lines.join("\n")}\n`;
}
