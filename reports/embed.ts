/**
 * Puts data into the page's template, and the policy that lets nothing but the template's own code run: no
 * network, no inline handlers, scripts and styles by hash. Data is JSON in a block that no browser executes.
 */
import { createHash } from "node:crypto";

const DATA_MARK = '<script type="application/json" id="pakka-data"></script>';
const HEAD_MARK = "<head>";
const TITLE = /<title>[^<]*<\/title>/;

/**
 * JSON that stays inside a script element, whatever text is in it: no `<` (hence no end tag and no comment), no `>`
 * (hence no end of a comment), and no line separators.
 */
export function embeddableJson(data: unknown): string {
	return JSON.stringify(data)
		.replaceAll("<", "\\u003c")
		.replaceAll(">", "\\u003e")
		.replaceAll("\u2028", "\\u2028")
		.replaceAll("\u2029", "\\u2029");
}

export function escapeHtml(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;")
		.replaceAll("'", "&#39;");
}

/** The element that forbids everything but the inline scripts and styles of exactly this text. */
export function policyElement(html: string): string {
	const policy = [
		"default-src 'none'",
		`script-src ${hashesOf(html, "script")}`,
		`style-src ${hashesOf(html, "style")}`,
		"img-src data:",
		"base-uri 'none'",
		"form-action 'none'",
	].join("; ");
	return `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
}

/**
 * @param template the built page: one file with its script and style inline
 * @throws when the template is not one of ours
 */
export function embed(template: string, title: string, data: unknown): string {
	if (!template.includes(DATA_MARK) || !template.includes(HEAD_MARK)) {
		throw new Error(`the page's template has no place for data (${DATA_MARK}). Run "npm run build" again.`);
	}
	const withPolicy = template.replace(HEAD_MARK, () => `${HEAD_MARK}\n${policyElement(template)}`);
	const titled = withPolicy.replace(TITLE, () => `<title>${escapeHtml(title)}</title>`);
	return titled.replace(
		DATA_MARK,
		() => `<script type="application/json" id="pakka-data">${embeddableJson(data)}</script>`,
	);
}

function hashesOf(html: string, element: "script" | "style"): string {
	const pattern = new RegExp(`<${element}\\b([^>]*)>([\\s\\S]*?)</${element}>`, "g");
	const texts = [...html.matchAll(pattern)]
		.filter(([, attributes]) => !(attributes ?? "").includes("application/json"))
		.map(([, , text]) => text ?? "");
	if (texts.length === 0) return "'none'";
	return texts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`).join(" ");
}
