/**
 * The two networks of a run. On the links network replicas meet their proxies and nothing else; the control network is there
 * to publish ports on, since an internal network publishes none, and lets nobody talk to anybody.
 */
import { type Engine, EngineError } from "./engine.ts";
import type { Labels } from "./labels.ts";

export interface Networks {
	links: string;
	control: string;
}

/** @throws EngineError; what was made carries the labels */
export async function createNetworks(engine: Engine, runId: string, labels: Labels): Promise<Networks> {
	const names = { links: `pakka-${runId}-links`, control: `pakka-${runId}-control` };
	const common = { CheckDuplicate: true, Driver: "bridge", Labels: labels };
	await Promise.all([
		create({ ...common, Name: names.links, Internal: true }),
		create({
			...common,
			Name: names.control,
			Options: {
				"com.docker.network.bridge.enable_icc": "false",
				"com.docker.network.bridge.enable_ip_masquerade": "false",
			},
		}),
	]);
	return names;

	async function create(options: Parameters<Engine["docker"]["createNetwork"]>[0]): Promise<void> {
		try {
			await engine.call(`create the network ${options.Name}`, (docker) => docker.createNetwork(options));
		} catch (error) {
			const full = error instanceof EngineError && /address pools|subnet/i.test(error.message);
			if (!full) throw error;
			throw new EngineError(
				`${error.message}. The engine has no addresses left for networks: remove unused ones (docker network prune), ` +
					"or run fewer scenarios at once (--jobs 1).",
				error.status,
				error,
			);
		}
	}
}
