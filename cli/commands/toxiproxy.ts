/** `pakka toxiproxy`: the embedded Toxiproxy-compatible server on its own, until a signal ends it. */
import { startToxiproxy } from "../../toxiproxy/index.ts";
import { EXIT, UsageError } from "../exit-codes.ts";

const HIGHEST_PORT = 65_535;

export async function toxiproxy(
	options: { host: string; port: number },
	signal: AbortSignal,
): Promise<number> {
	if (options.port > HIGHEST_PORT)
		throw new UsageError(`--port ${options.port}: the highest is ${HIGHEST_PORT}`);
	const server = await startToxiproxy({ host: options.host, port: options.port });
	process.stdout.write(`Toxiproxy API on ${server.url} (Ctrl-C ends it)\n`);
	await new Promise<void>((resolve) => {
		if (signal.aborted) resolve();
		signal.addEventListener("abort", () => resolve(), { once: true });
	});
	await server.close();
	return EXIT.met;
}
