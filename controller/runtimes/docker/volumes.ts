/**
 * Filling volumes without running anything and without mounting anything of this machine, which an engine elsewhere would take
 * from its own disk: through containers that are created, given a tar, and removed again.
 */
import { type Pack, pack } from "tar-stream";
import { type ContainerSpec, mountOf, type Volume } from "./container-options.ts";
import type { Engine } from "./engine.ts";
import type { Labels } from "./labels.ts";

const EVERYBODY_MAY_WRITE = 0o777;
const EVERYBODY_MAY_READ = 0o644;

/**
 * Makes the writable volumes of a container everybody's, with what the image has there. @throws EngineError
 * @param name of the container that does it
 */
export async function openVolumes(
	engine: Engine,
	name: string,
	{ image, labels, volumes }: Pick<ContainerSpec, "image" | "labels" | "volumes">,
): Promise<void> {
	const writable = volumes.filter(({ readOnly }) => !readOnly);
	const archive = pack();
	for (const { path } of writable) {
		archive.entry({ name: path.slice(1), type: "directory", mode: EVERYBODY_MAY_WRITE });
	}
	const opened = writable.map((volume) => ({ ...volume, copiesImage: true }));
	await fill(engine, { name, image, labels, volumes: opened, archive, path: "/" });
}

/** A volume with code, for all replicas of a run. @throws EngineError */
export async function createCodeVolume(
	engine: Engine,
	options: { code: ReadonlyMap<string, Buffer>; image: string; name: string; labels: Labels; path: string },
): Promise<Volume> {
	const { code, image, name, labels, path } = options;
	const archive = pack();
	for (const [file, content] of code) archive.entry({ name: file, mode: EVERYBODY_MAY_READ }, content);
	const volume = { name, path, readOnly: false, copiesImage: false };
	await fill(engine, { name: `${name}-filler`, image, labels, volumes: [volume], archive, path });
	return { ...volume, readOnly: true };
}

async function fill(
	engine: Engine,
	options: { name: string; image: string; labels: Labels; volumes: Volume[]; archive: Pack; path: string },
): Promise<void> {
	const { name, image, labels, volumes, archive, path } = options;
	archive.finalize();
	const { id } = await engine.call(`create the container ${name}`, (docker) =>
		docker.createContainer({
			name,
			Image: image,
			// Never run; an image without a command can't be created otherwise.
			Cmd: ["none"],
			Labels: labels,
			HostConfig: { NetworkMode: "none", Mounts: volumes.map((volume) => mountOf(volume, labels)) },
		}),
	);
	const container = engine.docker.getContainer(id);
	await engine.call(`fill the volumes of ${name}`, () => container.putArchive(archive, { path }));
	await engine.call(`remove the container ${name}`, () => container.remove({ force: true }));
}
