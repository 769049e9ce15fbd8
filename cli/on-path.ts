/** Finds programs as a shell would. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** @returns the absolute path of the first executable of that name; null when there is none */
export function findOnPath(program: string): string | null {
	for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
		if (folder === "") continue;
		const path = join(folder, program);
		try {
			accessSync(path, constants.X_OK);
			return path;
		} catch {
			// Not here: the next folder.
		}
	}
	return null;
}
