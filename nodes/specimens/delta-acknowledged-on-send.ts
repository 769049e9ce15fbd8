/**
 * Wrong on purpose (kind 20 of 25): a set that sends deltas and takes for acknowledged what it has sent. Where a delta is lost
 * nobody sends it again: the receiver refuses the later ones, which build on it, and the sender has nothing more for
 * it. Nothing is wrong that could be read, some updates just never arrive: `eventual-delivery` fails.
 *
 * In the wild: Swift's distributed actors dropped their delta before it had reached the others
 * (github.com/apple/swift-distributed-actors/pull/210); Almeida, Shoker, Baquero 2018, Algorithm 2, waits for `ack`.
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { createGossipReplica } from "../sdk/state-gossip.ts";
import { deltaOrSet, deltaOrSetType } from "../types/delta-or-set.ts";

export const deltaAcknowledgedOnSend: ReplicaDefinition = {
	...deltaOrSet,
	create: (context, persisted) =>
		createGossipReplica(deltaOrSetType, { acknowledgeOnSend: true }, context, persisted),
};
