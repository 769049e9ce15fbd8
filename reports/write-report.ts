/**
 * `report.html` of one run: everything that was recorded, in one file that opens offline.
 *
 *     const path = await writeReport("runs/2026-…-cart-split-brain-42");
 */
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { embed } from "./embed.ts";
import { pageData } from "./page-data.ts";
import { visible } from "./visible.ts";

/**
 * @param folder of the run; parts that are missing from it are named on the page
 * @returns path of the page
 * @throws when the page was not built, or the folder can't be written to
 */
export async function writeReport(folder: string): Promise<string> {
	const template = await readFile(templatePath(), "utf8");
	const data = await pageData(folder);
	const verdict = (data.result?.verdict ?? "unknown").toUpperCase();
	const path = join(folder, "report.html");
	await writeFile(`${path}.part`, embed(template, visible(`${verdict} ${data.run.scenario}`), data));
	await rename(`${path}.part`, path);
	return path;
}

/** Beside the compiled file, or, when this runs from source, in `dist/`. */
function templatePath(): string {
	const candidates = ["./page.html", "../dist/reports/page.html"].map((path) =>
		fileURLToPath(new URL(path, import.meta.url)),
	);
	const found = candidates.find((path) => existsSync(path));
	if (found === undefined) {
		throw new Error(
			`the page of the report was not built: expected ${candidates.join(" or ")}. Run "npm run build".`,
		);
	}
	return found;
}
