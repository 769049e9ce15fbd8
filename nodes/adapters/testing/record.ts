/**
 * A run on the seeded test network as a history for the checker: operations and arrivals at random, each replica's state
 * after each of its steps, and in the end all have everything.
 */
import { HistoryBuilder } from "../../../checker/testing/history-builder.ts";
import type { Json, ReplicaDefinition } from "../../sdk/replica.ts";
import {
	CALM,
	createNetwork,
	deliverOne,
	drawOperation,
	invoke,
	type Node,
	settle,
} from "../../sdk/testing/network.ts";
import { encodeView } from "../../sdk/view-encoding.ts";

const STEPS = 120;
const OPERATION_CHANCE = 0.3;

/** @param type the one by whose specification the history asks to be judged */
export function recordRun(definition: ReplicaDefinition, type: string, seed: number): HistoryBuilder {
	const network = createNetwork(definition, { ...CALM, seed, keys: 2, reorder: 0.6, duplicate: 0.1 });
	const history = new HistoryBuilder(type, network.ids, definition.delivers);
	const observe = (node: Node, final = false): void => {
		const { replica } = node;
		if (replica !== null) history.state(node.id, encodeView(replica.view()), replica.delivered?.(), final);
	};
	for (let step = 0; step < STEPS; step++) {
		if (network.random() < OPERATION_CHANCE) {
			const node = network.nodes[network.draw.integer(0, network.nodes.length - 1)] as Node;
			const { f, value } = drawOperation(network);
			const reply = invoke(network, node, { f, value });
			if (reply.ok && reply.update !== undefined) {
				const delivered = node.replica?.delivered?.() ?? {};
				const result = reply.value === undefined ? {} : { result: reply.value as Json };
				history.ok(node.id, f, value, { update: `${node.id}:${reply.update}`, delivered, ...result });
			}
		} else {
			deliverOne(network);
		}
		for (const node of network.nodes) observe(node);
	}
	settle(network);
	for (const node of network.nodes) {
		observe(node, true);
		node.replica?.dispose?.();
	}
	return history.end();
}
