/** Two replicas and what they end with, for tests that play a specimen and the right type the same way. */
import { expect } from "vitest";
import { builtIn } from "../../registry.ts";
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import { CALM, createNetwork, type Network, type Node, settle } from "../../sdk/testing/network.ts";

export interface Two {
	network: Network;
	r1: Node;
	r2: Node;
}

export function networkOf(type: string): Two {
	const network = createNetwork(builtIn(type) as ReplicaDefinition, { ...CALM, replicas: 2, seed: 1 });
	return { network, r1: network.nodes[0] as Node, r2: network.nodes[1] as Node };
}

export function finalViews({ network, r1, r2 }: Two): unknown[] {
	expect(settle(network)).toBe(true);
	return [r1.replica?.view(), r2.replica?.view()];
}
