/**
 * How a container of Pakka's is created: unprivileged, bounded, labelled. Pure. Faults are injected from outside, so no
 * container is ever granted a capability, a device or the engine's socket.
 */
import type Docker from "dockerode";
import type { Labels } from "./labels.ts";

/** Of a replica that no fault limits further. */
const MEMORY_BYTES = 1024 * 1024 * 1024;
const MAX_PROCESSES = 512;
const TEMPORARY_FILES_BYTES = 64 * 1024 * 1024;
const NANO = 1e9;
/** In the container itself, where none listens. */
const NO_NAME_SERVER = "127.0.0.1";
/** For an image whose own user is root: nobody, by Debian's and Alpine's numbers. */
const UNPRIVILEGED_USER = "65534:65534";

export interface Limits {
	cpus: number | null;
	memoryBytes: number | null;
}

export const NO_LIMITS: Limits = { cpus: null, memoryBytes: null };

export interface Volume {
	name: string;
	path: string;
	readOnly: boolean;
	/** A new one begins with what the image has there, and belongs to whom that belongs to. */
	copiesImage: boolean;
}

export interface ContainerSpec {
	name: string;
	image: string;
	/** The image's own where left out. */
	command?: string[];
	entrypoint?: string[];
	/** Of the image; root becomes nobody. */
	imageUser: string;
	environment: Record<string, string>;
	labels: Labels;
	/** Network that it is created in; others are connected before it starts. */
	network: string;
	/** Volumes by the path where they are seen. */
	volumes: Volume[];
	/** TCP port in the container that is published on a port of the engine's choice. */
	publishedPort: number;
	/** Address of the engine's host that the port is published on. */
	publishedOn: string;
	limits: Limits;
}

export function containerOptions(spec: ContainerSpec): Docker.ContainerCreateOptions {
	const port = `${spec.publishedPort}/tcp`;
	return {
		name: spec.name,
		Image: spec.image,
		...(spec.command !== undefined && { Cmd: spec.command }),
		...(spec.entrypoint !== undefined && { Entrypoint: spec.entrypoint }),
		User: isRoot(spec.imageUser) ? UNPRIVILEGED_USER : spec.imageUser,
		Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
		Labels: spec.labels,
		ExposedPorts: { [port]: {} },
		AttachStdout: true,
		AttachStderr: true,
		HostConfig: {
			NetworkMode: spec.network,
			// Names that the engine itself doesn't know fail at once: a replica that is down must not make its dialler wait.
			Dns: [NO_NAME_SERVER],
			DnsOptions: ["attempts:1", "timeout:1", "ndots:0"],
			PortBindings: { [port]: [{ HostIp: spec.publishedOn, HostPort: "" }] },
			CapDrop: ["ALL"],
			SecurityOpt: ["no-new-privileges"],
			ReadonlyRootfs: true,
			Tmpfs: { "/tmp": `rw,nosuid,nodev,size=${TEMPORARY_FILES_BYTES},mode=1777` },
			Mounts: spec.volumes.map((volume) => mountOf(volume, spec.labels)),
			PidsLimit: MAX_PROCESSES,
			...resourcesOf(spec.limits),
			LogConfig: { Type: "json-file", Config: { "max-size": "16m", "max-file": "1" } },
			RestartPolicy: { Name: "no" },
		},
	};
}

/** A volume is made together with the container, so it is labelled from its first moment. */
export function mountOf({ name, path, readOnly, copiesImage }: Volume, labels: Labels): Docker.MountSettings {
	const driver = { Name: "local", Options: {} };
	return {
		Type: "volume",
		Source: name,
		Target: path,
		ReadOnly: readOnly,
		VolumeOptions: { NoCopy: !copiesImage, Labels: labels, DriverConfig: driver },
	};
}

/** Also what a live container is updated with. Swap would only make memory's end slow. */
export function resourcesOf({ cpus, memoryBytes }: Limits): {
	NanoCpus: number;
	Memory: number;
	MemorySwap: number;
} {
	const memory = memoryBytes ?? MEMORY_BYTES;
	return { NanoCpus: Math.round((cpus ?? 0) * NANO), Memory: memory, MemorySwap: memory };
}

function isRoot(user: string): boolean {
	const [name = ""] = user.split(":");
	return name === "" || name === "root" || name === "0";
}
