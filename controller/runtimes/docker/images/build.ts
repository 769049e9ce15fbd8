/** Images by name: is there one, and making one, from a build context or from a tar of a root file system. */
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { type ContextFile, tarOf } from "./context.ts";
import { statusOf, within } from "./engine-call.ts";

const INSPECT_TIMEOUT_MS = 10_000;
/** Of a context of a few megabytes on a busy machine: seconds; uploaded to a remote engine: more. */
const BUILD_TIMEOUT_MS = 180_000;
/** The engine's own words in an error. */
const SHOWN_LINES = 12;

export interface LocalImage {
	id: string;
	labels: Record<string, string>;
}

/** @returns null when the engine has no such image; nothing is ever pulled */
export async function findImage(
	docker: Docker,
	name: string,
	signal?: AbortSignal,
): Promise<LocalImage | null> {
	try {
		const found = await within(`inspect the image ${name}`, INSPECT_TIMEOUT_MS, signal, () =>
			docker.getImage(name).inspect(),
		);
		return { id: found.Id, labels: found.Config?.Labels ?? {} };
	} catch (error) {
		if (statusOf(error) === 404) return null;
		throw error;
	}
}

export interface BuildOptions {
	name: string;
	files: readonly ContextFile[];
	buildArguments?: Record<string, string>;
	labels: Record<string, string>;
	signal?: AbortSignal | undefined;
}

/** @throws Error with the last lines of what the engine said */
export async function buildImage(docker: Docker, options: BuildOptions): Promise<LocalImage> {
	const { name, files, buildArguments, labels, signal } = options;
	await within(`build the image ${name}`, BUILD_TIMEOUT_MS, signal, async (abortSignal) => {
		const progress = await docker.buildImage(tarOf(files), {
			t: name,
			...(buildArguments && { buildargs: buildArguments }),
			labels,
			// Also after a failed step.
			rm: true,
			forcerm: true,
			pull: false,
			networkmode: "none",
			abortSignal,
		});
		await readProgress(progress, abortSignal, `the image ${name} could not be built`);
	});
	return expectImage(docker, name, signal);
}

/** @param changes instructions of a Dockerfile, e.g. `USER 10001:10001` */
export async function importImage(
	docker: Docker,
	options: { name: string; tar: Readable; changes: string[]; signal?: AbortSignal | undefined },
): Promise<LocalImage> {
	const { name, tar, changes, signal } = options;
	const at = name.lastIndexOf(":");
	await within(`import the image ${name}`, BUILD_TIMEOUT_MS, signal, async (abortSignal) => {
		const progress = await docker.importImage(tar, {
			repo: name.slice(0, at),
			tag: name.slice(at + 1),
			changes,
			abortSignal,
		});
		await readProgress(progress, abortSignal, `the image ${name} could not be imported`);
	});
	return expectImage(docker, name, signal);
}

async function expectImage(docker: Docker, name: string, signal?: AbortSignal): Promise<LocalImage> {
	const made = await findImage(docker, name, signal);
	if (made === null)
		throw new Error(`the engine said it made the image ${name}, but it has none of that name`);
	return made;
}

/** One JSON object a line; a chunk may hold several, or half of one. A failure comes as an object too, with status 200. */
async function readProgress(
	progress: NodeJS.ReadableStream,
	signal: AbortSignal,
	failure: string,
): Promise<void> {
	const ended = () => (progress as Readable).destroy();
	signal.addEventListener("abort", ended, { once: true });
	const said: string[] = [];
	let rest = "";
	const read = (line: string) => {
		if (line.trim() === "") return;
		const { stream, error } = JSON.parse(line) as { stream?: string; error?: string };
		if (stream !== undefined && stream.trim() !== "") said.push(stream.trim());
		if (error !== undefined) {
			throw new Error(`${failure}: ${error}\n${said.slice(-SHOWN_LINES).join("\n")}`);
		}
	};
	for await (const chunk of progress) {
		const lines = (rest + chunk.toString()).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) read(line);
	}
	read(rest);
	signal.removeEventListener("abort", ended);
}
