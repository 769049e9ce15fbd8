/** `pakka clean`: removes what an interrupted run left behind, and only what Pakka made. */
import { cleanLeftovers } from "../../controller/leftovers.ts";
import { EXIT } from "../exit-codes.ts";

export async function clean(options: { json: boolean }): Promise<number> {
	const removed = await cleanLeftovers();
	if (options.json) {
		process.stdout.write(`${JSON.stringify(removed, null, 2)}\n`);
		return EXIT.met;
	}
	const { processes, folders, containers, networks, volumes, images, unreachable } = removed;
	const inEngine = containers.length + networks.length + volumes.length;
	const words = [
		...(processes.length + folders.length > 0
			? [`ended ${processes.length} processes, removed ${folders.length} folders`]
			: []),
		...(inEngine > 0
			? [
					`removed ${containers.length} containers, ${networks.length} networks and ${volumes.length} volumes from the Docker engine`,
				]
			: []),
		...(images.length > 0
			? [`removed ${images.length} old images of Pakka's own from the Docker engine`]
			: []),
		...unreachable.map(
			(url) => `the Docker engine at ${url} does not answer: what dead runs left in it is still there`,
		),
	];
	process.stdout.write(`${words.length === 0 ? "nothing was left behind" : words.join("\n")}\n`);
	return unreachable.length > 0 ? EXIT.harness : EXIT.met;
}
