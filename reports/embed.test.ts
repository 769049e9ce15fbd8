import { describe, expect, it } from "vitest";
import { embed, embeddableJson, escapeHtml } from "./embed.ts";
import { shortened, visible, withoutAnsi } from "./visible.ts";

const TEMPLATE =
	'<!doctype html><html><head><title>x</title><script type="module">run()</script><style>a{}</style></head>' +
	'<body><script type="application/json" id="pakka-data"></script></body></html>';

describe("embedding data", () => {
	it.each([
		"</script><script>alert(1)</script>",
		"<!--<script>",
		"-->",
		"]]>",
		"\u2028\u2029",
		"\ud800 alone",
		"$& $' $1 $$",
	])("keeps %j inside its element, and unchanged for who reads it", (hostile) => {
		const page = embed(TEMPLATE, hostile, { hostile });
		const block = /<script type="application\/json" id="pakka-data">([^<>]*)<\/script>/.exec(page);
		expect(JSON.parse(block?.[1] ?? "")).toEqual({ hostile });
		expect(page.match(/<script/g)).toHaveLength(2);
	});

	it("allows its own script and style by hash and nothing else", () => {
		const page = embed(TEMPLATE, "t", {});
		const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
		expect(policy).toContain("default-src 'none'");
		expect(policy).toMatch(/script-src 'sha256-[A-Za-z0-9+/=]{44}'; style-src 'sha256-[A-Za-z0-9+/=]{44}'/);
		expect(policy).not.toContain("unsafe");
	});

	it("refuses a template that has no place for data", () => {
		expect(() => embed("<html></html>", "t", {})).toThrow(/no place for data/);
	});

	it("writes line separators as escapes", () => {
		expect(embeddableJson("\u2028<\u2029>")).toBe('"\\u2028\\u003c\\u2029\\u003e"');
	});

	it("escapes every character that HTML knows", () => {
		expect(escapeHtml(`<a href="x" b='y'>&`)).toBe("&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
	});
});

describe("text of untrusted origin", () => {
	it("shows what is invisible or reorders its surroundings", () => {
		expect(visible("a\u202eb\u200bc\u0000d\ud800e\u{1f600}\n")).toBe(
			"a\\u{202e}b\\u{200b}c\\u{0}d\\u{d800}e\u{1f600}\n",
		);
	});

	it("loses a terminal's colours, titles and links", () => {
		expect(withoutAnsi("\u001b[31mred\u001b[0m \u001b]0;title\u0007x")).toBe("red x");
	});

	it("is never cut in the middle of a character", () => {
		expect(shortened("ab\u{1f600}cd", 4)).toBe("ab…");
		expect(shortened("abcd", 4)).toBe("abcd");
	});
});
