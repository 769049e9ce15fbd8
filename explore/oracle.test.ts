/** What the search demands of each type, on a replica that does what another type demands. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../nodes/registry.ts";
import type { Json, ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { play } from "./play.ts";
import type { Step } from "./schedule.ts";

const invoke = (replica: number, f: string, value: Json): Step => ({ kind: "invoke", replica, f, value });
const deliver = (from: number, to: number, number: number): Step => ({ kind: "deliver", from, to, number });

function judged(replica: string, type: string, steps: Step[]): string {
	const outcome = play(builtIn(replica) as ReplicaDefinition, type, { replicas: 2, steps });
	return outcome.kind === "violated"
		? `${outcome.violation.property}: ${outcome.violation.reason}`
		: outcome.kind;
}

describe("sets", () => {
	const concurrent = [
		invoke(0, "add", "milk"),
		deliver(0, 1, 1),
		invoke(0, "remove", "milk"),
		invoke(1, "add", "milk"),
		deliver(0, 1, 2),
		deliver(1, 0, 1),
	];

	it("of which a remove wins must not show an element whose remove no add has seen", () => {
		expect(judged("rw-set", "rw-set", concurrent)).toBe("held");
		expect(judged("or-set", "rw-set", concurrent)).toMatch(/^specification: .* shows milk/);
	});

	it("of which an add wins must show it", () => {
		expect(judged("or-set", "or-set", concurrent)).toBe("held");
		expect(judged("delta-or-set", "or-set", concurrent)).toBe("held");
		expect(judged("rw-set", "or-set", concurrent)).toMatch(/^specification: .* doesn't show milk/);
	});

	it("of which a remove wins must show an element that was added again, whoever undid which remove", () => {
		const undone = [
			...[0, 1].flatMap((replica) => [invoke(replica, "remove", "milk"), invoke(replica, "add", "milk")]),
			...[1, 2].flatMap((number) => [deliver(0, 1, number), deliver(1, 0, number)]),
		];
		expect(judged("rw-set", "rw-set", undone)).toBe("held");
		expect(judged("two-phase-set", "rw-set", [...concurrent, invoke(1, "add", "milk")])).toMatch(
			/^specification: .* doesn't show milk/,
		);
	});
});

describe("registers of several values", () => {
	const concurrent = (first: string, second: string) => [
		invoke(0, "write", first),
		invoke(1, "write", second),
		deliver(0, 1, 1),
		deliver(1, 0, 1),
	];

	it("must show all concurrent values, of equal ones at least one", () => {
		const one = "specimen/mv-register-one-sibling";
		expect(judged("mv-register", "mv-register", concurrent("a", "b"))).toBe("held");
		expect(judged("mv-register", "mv-register", concurrent("a", "a"))).toBe("held");
		expect(judged(one, "mv-register", concurrent("a", "a"))).toBe("held");
		expect(judged(one, "mv-register", concurrent("a", "b"))).toMatch(/^specification: .* doesn't show a/);
	});
});

describe("maps", () => {
	const concurrent = [
		invoke(0, "set", ["a", 1]),
		deliver(0, 1, 1),
		invoke(1, "set", ["a", 2]),
		invoke(0, "delete", "a"),
		deliver(0, 1, 2),
		deliver(1, 0, 1),
	];

	it("of observed removes must show a value that no delete has seen, even when the delete came later", () => {
		expect(judged("or-map", "or-map", concurrent)).toBe("held");
		expect(judged("or-map", "lww-map", concurrent)).toBe("held");
		expect(judged("lww-map", "lww-map", concurrent)).toBe("held");
		expect(judged("lww-map", "or-map", concurrent)).toMatch(/^specification: .* doesn't show a/);
	});
});
