/**
 * Images that are named by their content: every change of `dist/` leaves one behind. The older ones are removed here: those
 * that carry Pakka's label and Pakka's name, and that no container was made of: the engine itself refuses to remove one that is in
 * use. The label alone would not do: what a user builds on such an image inherits it.
 */
import type Docker from "dockerode";
import { within } from "./engine-call.ts";

export const IMAGE_LABEL = "dev.pakka.image";
export const NODE_REPOSITORY = "pakka/node";
/** Of this machine's programs, for `replicas.command`. */
export const COMMAND_REPOSITORY = "pakka/command";
export const COMMAND_KIND = "command";
/** Left when a new one is built: whoever goes back and forth between two versions does not build each time. */
export const KEPT_AFTER_BUILD = 3;
/** Other programs are no newer versions of the first: of commands more are left. */
export const COMMANDS_KEPT_AFTER_IMPORT = 6;
/** Left by `pakka clean`. */
export const KEPT_AFTER_CLEAN = 1;
const CALL_TIMEOUT_MS = 10_000;

export interface OldImagesOptions {
	repository?: string;
	/** The value of their label. */
	kind?: string;
	signal?: AbortSignal | undefined;
}

/** @returns the names of those that are gone. @throws when the engine does not answer */
export async function removeOldImages(
	docker: Docker,
	keep: number,
	{ repository = NODE_REPOSITORY, kind = "node", signal }: OldImagesOptions = {},
): Promise<string[]> {
	const ask = <T>(what: string, call: () => Promise<T>) => within(what, CALL_TIMEOUT_MS, signal, call);
	const filters = { label: [`${IMAGE_LABEL}=${kind}`] };
	const labelled = await ask("list images", () => docker.listImages({ filters }));
	const old = labelled
		.flatMap(({ RepoTags, Created }) => (RepoTags ?? []).map((name) => ({ name, createdAt: Created })))
		.filter(({ name }) => name.startsWith(`${repository}:`))
		.sort((left, right) => right.createdAt - left.createdAt)
		.slice(keep)
		.map(({ name }) => name);
	const gone = await Promise.allSettled(
		old.map((name) => ask(`remove the image ${name}`, () => docker.getImage(name).remove())),
	);
	// One in use is refused, one that somebody else has just removed is not found: both are fine.
	return old.filter((_, index) => gone[index]?.status === "fulfilled");
}

/** The same of the images of commands: each new version of a program leaves one behind. */
export function removeOldCommands(docker: Docker, keep: number, signal?: AbortSignal): Promise<string[]> {
	return removeOldImages(docker, keep, { repository: COMMAND_REPOSITORY, kind: COMMAND_KIND, signal });
}
