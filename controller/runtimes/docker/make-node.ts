/** One replica of a run with its container, its control client and its log; nothing is started yet. */
import { join } from "node:path";
import { type ControlClient, connectControl } from "../../control-client.ts";
import type { StartedLinks } from "../../links/links.ts";
import { type LogFile, openLog } from "../process/log-file.ts";
import { connectAdapter } from "./adapter.ts";
import type { Volume } from "./container-options.ts";
import { answerOf, type Faketime, faketimeText } from "./faketime.ts";
import type { Ground } from "./ground.ts";
import { createMovingControl } from "./moving-control.ts";
import { FLOOD_DETAIL, NodeContainer } from "./node-container.ts";
import { adaptedNode, environmentOf } from "./replica-source.ts";

export interface ContainerNode {
	container: NodeContainer;
	control: ControlClient;
	log: LogFile;
}

/** What comes with the links: addresses are known before these are there, their changes are not asked for before. */
export interface NodeLinks {
	peersOf: (replica: string) => Record<string, string[]>;
	links: () => StartedLinks | null;
}

export function makeNode(
	ground: Ground,
	replica: string,
	number: number,
	{ peersOf, links }: NodeLinks,
	{ code, faketime }: { code: Volume[]; faketime: Faketime | null },
): ContainerNode {
	const { options, engine, events, labels, networks, source, host, publishedOn } = ground;
	const { runId, scenario, report } = options;
	const name = `pakka-${runId}-${replica}`;
	const peers = peersOf(replica);
	const control = createMovingControl(replica);
	const log = openLog(join(options.logsFolder, `${replica}.log`), () =>
		report({ replica, what: "log-flood", detail: FLOOD_DETAIL }),
	);
	const paths = [source.dataPath, ...source.otherPaths];
	const disks = paths.map((path, index) => ({
		name: `${name}-disk-${index}`,
		path,
		readOnly: false,
		copiesImage: !source.opensVolumes,
	}));
	const { adapter, ports, dataPath } = source;
	const adapted = adaptedNode(scenario, { replica, peers, dataPath });
	const start = adapter?.start(adapted);
	const entrypoint = start?.entrypoint ?? source.entrypoint;
	const command = start?.command ?? source.command;
	const container = new NodeContainer({
		replica,
		engine,
		events,
		name,
		spec: {
			image: source.image,
			...(entrypoint !== undefined && { entrypoint }),
			...(command !== undefined && { command }),
			imageUser: source.user,
			labels,
			network: networks.control,
			volumes: [...disks, ...code],
			publishedPort: ports.control,
			publishedOn,
		},
		opensVolumes: source.opensVolumes,
		environment: (incarnation) => ({
			...environmentOf(scenario, runId, { replica, peers, dataPath, incarnation }),
			...start?.environment,
			...faketime?.environment,
		}),
		linksNetwork: networks.links,
		alias: aliasOf(number),
		stopSignal: source.stopSignal,
		connect: (port, incarnation) =>
			adapter === null
				? connectControl(`${host}:${port}`)
				: connectAdapter(adapter, { ...adapted, incarnation }, `${host}:${port}`),
		control,
		leaving: async (lanes) => links()?.replicaGone(replica, lanes),
		back: async () => links()?.replicaBack(replica),
		log,
		report,
	});
	if (faketime === null) return { container, control, log };
	const skewClock: ControlClient["skewClock"] = (skew) =>
		answerOf(container.writeFile(dataPath, faketime.file, faketimeText(skew)));
	return { container, control: { ...control, skewClock }, log };
}

/** On the links network. By number, since a replica may be called `toxiproxy`. */
export function aliasOf(number: number): string {
	return `node-${number + 1}`;
}
