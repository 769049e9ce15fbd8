/** Results made by hand, and texts that try to leave the place where they are shown. */
import type { Verdict } from "../../checker/verdict.ts";
import type { RunResult } from "../run-result.ts";

export const HOSTILE_TEXTS = [
	"</script><script>alert(1)</script>",
	"<img src=x onerror=alert(1)>",
	"javascript:alert(1)",
	'" onload="alert(1)',
	"\u001b[31mred\u001b[0m\u0007",
	"line\u2028separator\u2029s",
	"lone \ud800 surrogate \udc00",
	"]]> <!-- --> &amp; %0A::error::",
	"two\nlines\r\n| and | pipes ```` ` $x$ [l](javascript:1) @you",
	"\u0000\u0001\ufffe\uffff\u202e",
];

export function resultWith(wanted: {
	verdict: Verdict;
	reason?: string;
	scenario?: string;
	expect?: RunResult["expect"];
	/** The sentence of the explanation. */
	why?: string;
}): RunResult {
	const { verdict, reason = "because", scenario = "cart", expect = "pass", why } = wanted;
	const firstDisagreement = { time: 0, replicas: [], events: [] };
	const explanation = { sentence: why ?? "", updates: [], firstDisagreement, deliveries: {}, path: "" };
	const evidence = why === undefined ? {} : { explanation };
	return {
		scenario,
		runtime: "process",
		seed: 42,
		verdict,
		expect,
		met: expect === "pass" ? verdict === "pass" : verdict === "fail",
		properties: [{ name: "strong-convergence", verdict, reason, evidence }],
		stats: {
			replicas: 3,
			operations: 10,
			ok: 10,
			fail: 0,
			info: 0,
			faults: 1,
			convergedAfterMs: null,
			availability: 1,
		},
		replay: `pakka replay runs/${scenario}`,
		durationMs: 1_234,
		startedAt: "2026-03-14T09:26:53.589Z",
		endReason: "settled",
		warnings: [],
		folder: "/repo/runs/cart",
		scenarioFile: "/repo/scenarios/cart.yaml",
	};
}
