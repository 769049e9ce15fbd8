/**
 * `runs/index.html`: all runs of a folder, the newest first. Plain HTML without a script: it opens at once however
 * many runs there are.
 */
import { readdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { escapeHtml, policyElement } from "./embed.ts";
import { INDEX_STYLE } from "./index-style.ts";
import { readResult } from "./result.ts";
import type { RunResult } from "./run-result.ts";
import { metWords, summaryReason } from "./summary.ts";
import { shortened, visible } from "./visible.ts";

const MAX_REASON_LENGTH = 300;
/** Older ones stay on the disk and are counted. */
const MAX_RUNS_LISTED = 5_000;

/** One folder of a run; `result` null: it has none, the run was cut off or is still going. */
interface ListedRun {
	name: string;
	result: RunResult | null;
	hasPage: boolean;
}

/**
 * @param runsDir folder of run folders; others in it are left out
 * @returns path of the page
 */
export async function writeIndex(runsDir: string): Promise<string> {
	const names = await readdir(runsDir, { withFileTypes: true });
	// Names begin with the time. `latest` is a link, so it is no directory here.
	const folders = names.filter((entry) => entry.isDirectory()).map(({ name }) => name);
	const newest = folders.sort((a, b) => (a < b ? 1 : -1)).slice(0, MAX_RUNS_LISTED);
	const listed: ListedRun[] = [];
	for (const name of newest) {
		const run = await listedRun(runsDir, name);
		if (run !== null) listed.push(run);
	}
	const path = join(runsDir, "index.html");
	await writeFile(`${path}.part`, indexHtml(listed, folders.length - newest.length));
	await rename(`${path}.part`, path);
	return path;
}

async function listedRun(runsDir: string, name: string): Promise<ListedRun | null> {
	const folder = join(runsDir, name);
	const isRun = (await exists(join(folder, "history.jsonl"))) || (await exists(join(folder, "result.json")));
	if (!isRun) return null;
	const hasPage = await exists(join(folder, "report.html"));
	try {
		return { name, hasPage, result: await readResult(folder) };
	} catch {
		return { name, hasPage, result: null };
	}
}

async function exists(path: string): Promise<boolean> {
	return stat(path).then(
		() => true,
		() => false,
	);
}

function indexHtml(runs: readonly ListedRun[], leftOut: number): string {
	const unmet = runs.filter(({ result }) => result?.met !== true).length;
	const body = `<main>
<h1>Runs</h1>
<p>${runs.length} runs, ${unmet === 0 ? "all as expected" : `${unmet} not as expected`}.${leftOut > 0 ? ` ${leftOut} older ones are not listed.` : ""}</p>
${runs.length === 0 ? "<p>There is no run in this folder yet.</p>" : table(runs)}
</main>`;
	const style = `<style>${INDEX_STYLE}</style>`;
	return `<!doctype html>
<html lang="en">
<head>
${policyElement(style)}
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Pakka runs</title>
${style}
</head>
<body>
${body}
</body>
</html>
`;
}

function table(runs: readonly ListedRun[]): string {
	return `<div class="scroll" tabindex="0" role="group" aria-label="Runs"><table>
<thead><tr><th scope="col">Verdict</th><th scope="col">Scenario</th><th scope="col">Why</th><th scope="col" class="number">Seed</th><th scope="col">Runtime</th><th scope="col" class="number">Duration</th><th scope="col">Started</th></tr></thead>
<tbody>
${runs.map(row).join("\n")}
</tbody>
</table></div>`;
}

const SIGNS = { pass: "✓", fail: "✗", unknown: "?" } as const;

function row({ name, result, hasPage }: ListedRun): string {
	const verdict = result?.verdict ?? "unknown";
	const title = shown(result?.scenario ?? name);
	const link = hasPage
		? `<a href="${escapeHtml(`./${encodeURIComponent(name)}/report.html`)}">${title}</a>`
		: title;
	const why =
		result === null
			? "no result: cut off, or still running"
			: `${metWords(result)}. ${summaryReason(result)}`;
	const cells = [
		`<td><span class="verdict ${result?.met === false && verdict === "fail" ? "unmet" : verdict}">${SIGNS[verdict]} ${verdict}</span></td>`,
		`<th scope="row">${link}</th>`,
		`<td class="why">${shown(shortened(why, MAX_REASON_LENGTH))}</td>`,
		`<td class="number">${result?.seed ?? ""}</td>`,
		`<td>${shown(result?.runtime ?? "")}</td>`,
		`<td class="number">${result === null ? "" : `${(result.durationMs / 1_000).toFixed(1)} s`}</td>`,
		`<td class="number">${shown((result?.startedAt ?? "").slice(0, 19).replace("T", " "))}</td>`,
	];
	return `<tr>${cells.join("")}</tr>`;
}

function shown(text: string): string {
	return escapeHtml(visible(text));
}
