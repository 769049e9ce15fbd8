/** `pakka clean`: removes what an interrupted run left behind, and only what Pakka made. */
import { cleanLeftovers } from "../../controller/leftovers.ts";
import { EXIT } from "../exit-codes.ts";

export async function clean(options: { json: boolean }): Promise<number> {
	const removed = await cleanLeftovers();
	if (options.json) {
		process.stdout.write(`${JSON.stringify(removed, null, 2)}\n`);
		return EXIT.met;
	}
	const { processes, folders } = removed;
	process.stdout.write(
		processes.length + folders.length === 0
			? "nothing was left behind\n"
			: `ended ${processes.length} processes, removed ${folders.length} folders\n`,
	);
	return EXIT.met;
}
