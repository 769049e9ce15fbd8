/**
 * What containers are created of, by where the scenario says that its replicas come from: Pakka's own image for built-in types
 * and modules, an image of this machine's program for commands, the user's image as it is otherwise.
 */
import type { Json } from "../../../history/events.ts";
import type { AdaptedNode, AdapterDefinition } from "../../../nodes/sdk/adapter.ts";
import { loadAdapter } from "../../../nodes/sdk/load-module.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { subSeed } from "../../plan/random.ts";
import { RUN_VARIABLE } from "../../run-registry.ts";
import { maelstromBridge } from "../process/command.ts";
import type { Engine } from "./engine.ts";
import { packagesOfType } from "./images/packages.ts";
import { ensureImage, NODE_USER, type PakkaImage } from "./images.ts";
import { containCommand } from "./local-command.ts";
import { collectModule } from "./module-code.ts";

/** In every container alike, since each has addresses of its own. */
const CONTROL_PORT = 7001;
const PEER_PORT = 7000;
const OWN_PORTS = { control: CONTROL_PORT, peers: PEER_PORT };
const ALL_INTERFACES = "0.0.0.0";
/** Below Pakka's own files, so that packages in its image are found from there. */
export const CODE_PATH = "/opt/pakka/user";
const OWN_DATA_PATH = "/data";
/** Likely nobody else's. */
const FOREIGN_DATA_PATH = "/pakka-data";
const ADAPTED_DATA_PATH = "/data";
const DEFAULT_STOP_SIGNAL = "SIGTERM";

export interface ReplicaSourceImage {
	image: string;
	entrypoint?: string[];
	command?: string[];
	/** As the image names it; empty: root. */
	user: string;
	stopSignal: string;
	dataPath: string;
	/** New volumes have to be made everybody's to write. */
	opensVolumes: boolean;
	/** It is started only when the names of its peers' proxies are known. */
	needsPeersNamed: boolean;
	/** Volumes that the image declares: they too survive crashes. */
	otherPaths: string[];
	/** By path below {@link CODE_PATH}; null: the image has it all. */
	code: ReadonlyMap<string, Buffer> | null;
	/** In the container. */
	ports: { control: number; peers: number };
	/** Speaks to it in the place of the replica protocol. */
	adapter: AdapterDefinition | null;
}

export interface SourceOptions {
	scenario: Scenario;
	engine: Engine;
	note: (what: string, detail?: Json) => void;
	signal?: AbortSignal | undefined;
}

/** @throws Error with the place in the scenario when there is no such image, or none can be made */
export async function prepareSource(options: SourceOptions): Promise<ReplicaSourceImage> {
	const { source } = options.scenario.replicas;
	switch (source.kind) {
		case "built-in":
			return ofPakka(await pakkaImage(options, packagesOfType(source.type)), ["--type", source.type], null);
		case "module": {
			const code = await collectModule(source.path);
			const image = await pakkaImage(options, code.packages, code.folder);
			return ofPakka(image, ["--module", `${CODE_PATH}/${code.entry}`], code.files);
		}
		case "image":
			return ofImage(
				options,
				source.image,
				source.adapter === null ? null : await loadAdapter(source.adapter),
			);
		case "command":
			return ofCommand(options, source.argv, []);
		case "maelstrom":
			return ofCommand(options, source.argv, maelstromBridge(options.scenario));
		default:
			return source satisfies never;
	}
}

/** Of all that Pakka makes images of. */
const OF_OWN_IMAGE = {
	user: NODE_USER,
	stopSignal: DEFAULT_STOP_SIGNAL,
	dataPath: OWN_DATA_PATH,
	opensVolumes: false,
	needsPeersNamed: false,
	otherPaths: [],
	ports: OWN_PORTS,
	adapter: null,
} satisfies Partial<ReplicaSourceImage>;

/** Pakka's own image, made when it is missing. */
export function pakkaImage(
	{ engine, note, signal }: SourceOptions,
	packages: readonly string[],
	packagesFrom?: string,
): Promise<PakkaImage> {
	return ensureImage(engine.docker, {
		note,
		signal,
		packages,
		...(packagesFrom !== undefined && { packagesFrom }),
	});
}

function ofPakka(pakka: PakkaImage, args: string[], code: ReplicaSourceImage["code"]): ReplicaSourceImage {
	const [program = "", ...rest] = pakka.hostCommand;
	return { ...OF_OWN_IMAGE, image: pakka.image, entrypoint: [program], command: [...rest, ...args], code };
}

async function ofCommand(
	{ scenario, engine, note, signal }: SourceOptions,
	argv: readonly string[],
	launcher: readonly string[],
): Promise<ReplicaSourceImage> {
	const {
		image,
		argv: contained,
		files,
	} = await containCommand(engine.docker, {
		argv,
		launcher,
		folder: scenario.folder,
		requires: scenario.requires,
		codePath: CODE_PATH,
		user: NODE_USER,
		note,
		signal,
	});
	const [program = "", ...command] = contained;
	return {
		...OF_OWN_IMAGE,
		image,
		entrypoint: [program],
		command,
		needsPeersNamed: true,
		code: files.size === 0 ? null : files,
	};
}

async function ofImage(
	{ engine }: SourceOptions,
	image: string,
	adapter: AdapterDefinition | null,
): Promise<ReplicaSourceImage> {
	const found = await engine.attempt(`inspect the image ${image}`, [404], (docker) =>
		docker.getImage(image).inspect(),
	);
	if (found === null) {
		throw new Error(
			`replicas.image: the Docker engine at ${engine.address.url} has no image '${image}'. Build it, or fetch it with ` +
				`"docker pull ${image}": Pakka itself pulls nothing.`,
		);
	}
	const {
		User: user,
		Volumes: volumes,
		StopSignal: stopSignal,
	} = found.Config as typeof found.Config & {
		StopSignal?: string;
	};
	const dataPath = adapter === null ? FOREIGN_DATA_PATH : (adapter.dataFolder ?? ADAPTED_DATA_PATH);
	return {
		image,
		user: user ?? "",
		stopSignal: stopSignal || DEFAULT_STOP_SIGNAL,
		dataPath,
		opensVolumes: true,
		needsPeersNamed: true,
		otherPaths: Object.keys(volumes ?? {}).filter((path) => path !== dataPath),
		code: null,
		ports: adapter === null ? OWN_PORTS : { control: adapter.ports.client, peers: adapter.ports.peers },
		adapter,
	};
}

/** The replica protocol's environment. */
export function environmentOf(
	scenario: Scenario,
	runId: string,
	node: { replica: string; peers: Record<string, string[]>; dataPath: string; incarnation: number },
): Record<string, string> {
	const { names, options } = scenario.replicas;
	const json = (value: Json) => JSON.stringify(value);
	return {
		[RUN_VARIABLE]: runId,
		PAKKA_ID: node.replica,
		PAKKA_REPLICAS: json(names),
		PAKKA_CONTROL: `${ALL_INTERFACES}:${CONTROL_PORT}`,
		PAKKA_LISTEN: `${ALL_INTERFACES}:${PEER_PORT}`,
		PAKKA_PEERS: json(node.peers),
		PAKKA_DATA: node.dataPath,
		PAKKA_SEED: String(subSeed(scenario.seed, `replica ${node.replica}`)),
		PAKKA_OPTIONS: json(options),
		PAKKA_INCARNATION: String(node.incarnation),
	};
}

/** As an adapter is told of a replica. */
export function adaptedNode(
	scenario: Scenario,
	node: { replica: string; peers: Record<string, string[]>; dataPath: string },
): AdaptedNode {
	const { names, options } = scenario.replicas;
	return {
		id: node.replica,
		replicas: names,
		peers: node.peers,
		options,
		seed: subSeed(scenario.seed, `replica ${node.replica}`),
		dataFolder: node.dataPath,
	};
}
