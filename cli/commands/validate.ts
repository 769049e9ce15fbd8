/** `pakka validate`: parses and checks scenario files; runs nothing. */
import { EXIT } from "../exit-codes.ts";
import { loadFiles, problemList } from "../load-scenarios.ts";

export async function validate(paths: readonly string[], options: { json: boolean }): Promise<number> {
	const { scenarios, problems, files } = await loadFiles(paths);
	if (options.json) {
		process.stdout.write(`${JSON.stringify({ files, valid: scenarios.length, problems }, null, 2)}\n`);
	} else if (problems.length > 0) {
		process.stderr.write(`${problemList(problems)}\n`);
	} else {
		process.stdout.write(`${files.length} ${files.length === 1 ? "scenario is" : "scenarios are"} valid\n`);
	}
	return problems.length > 0 ? EXIT.usage : EXIT.met;
}
