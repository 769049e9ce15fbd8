/**
 * The replicas that Pakka brings along, by name: the types of contracts section 4 that are built; types on CRDT
 * libraries, as `<library>/<content>`; and the specimens, deliberately wrong ones, as `specimen/<name>`, whose `type` is
 * the right type whose operations and manifest they claim.
 */
import { LIBRARIES } from "./adapters/index.ts";
import { OWN_TYPES } from "./own-types.ts";
import type { ReplicaDefinition } from "./sdk/replica.ts";
import { deltaAcknowledgedOnSend } from "./specimens/delta-acknowledged-on-send.ts";
import { gCounterMergeAdds } from "./specimens/g-counter-merge-adds.ts";
import { gCounterReusedActor } from "./specimens/g-counter-reused-actor.ts";
import { hashedSetInsertionOrder } from "./specimens/hashed-set-insertion-order.ts";
import { hybridClockWraps } from "./specimens/hybrid-clock-wraps.ts";
import { jsonDeleteUnseen } from "./specimens/json-delete-unseen.ts";
import { listMoveByCopy } from "./specimens/list-move-by-copy.ts";
import { logAckBeforeSync } from "./specimens/log-ack-before-sync.ts";
import { lwwRegisterRepaired } from "./specimens/lww-register-repaired.ts";
import { lwwRegisterTieKeepsLocal } from "./specimens/lww-register-tie-keeps-local.ts";
import { lwwRegisterWallClock } from "./specimens/lww-register-wall-clock.ts";
import { meanRegisterMergesMeans } from "./specimens/mean-register-merges-means.ts";
import { mvRegisterOneSibling } from "./specimens/mv-register-one-sibling.ts";
import { orMapLiveView } from "./specimens/or-map-live-view.ts";
import { orSetEarlyCollection } from "./specimens/or-set-early-collection.ts";
import { orSetMergeKeepsRemoved } from "./specimens/or-set-merge-keeps-removed.ts";
import { orSetNoTombstone } from "./specimens/or-set-no-tombstone.ts";
import { orSetRemoveUnobserved } from "./specimens/or-set-remove-unobserved.ts";
import { orSetReusedDots } from "./specimens/or-set-reused-dots.ts";
import { pnCounterCollidingIds } from "./specimens/pn-counter-colliding-ids.ts";
import { pnCounterNoDedupe } from "./specimens/pn-counter-no-dedupe.ts";
import { rgaSiblingsByArrival } from "./specimens/rga-siblings-by-arrival.ts";
import { sagaRefundsTwice } from "./specimens/saga-refunds-twice.ts";
import { treeNoCycleCheck } from "./specimens/tree-no-cycle-check.ts";
import { yataNoRightOrigin } from "./specimens/yata-no-right-origin.ts";
import { SYSTEMS } from "./systems/index.ts";

const BUILT_IN: ReadonlyMap<string, ReplicaDefinition> = new Map([
	...OWN_TYPES,
	...LIBRARIES,
	["specimen/g-counter-merge-adds", gCounterMergeAdds],
	["specimen/pn-counter-no-dedupe", pnCounterNoDedupe],
	["specimen/pn-counter-colliding-ids", pnCounterCollidingIds],
	["specimen/g-counter-reused-actor", gCounterReusedActor],
	["specimen/or-set-remove-unobserved", orSetRemoveUnobserved],
	["specimen/or-set-merge-keeps-removed", orSetMergeKeepsRemoved],
	["specimen/or-set-no-tombstone", orSetNoTombstone],
	["specimen/or-set-early-collection", orSetEarlyCollection],
	["specimen/or-set-reused-dots", orSetReusedDots],
	["specimen/lww-register-tie-keeps-local", lwwRegisterTieKeepsLocal],
	["specimen/lww-register-wall-clock", lwwRegisterWallClock],
	["specimen/hybrid-clock-wraps", hybridClockWraps],
	["specimen/mv-register-one-sibling", mvRegisterOneSibling],
	["specimen/delta-acknowledged-on-send", deltaAcknowledgedOnSend],
	["specimen/log-ack-before-sync", logAckBeforeSync],
	["specimen/json-delete-unseen", jsonDeleteUnseen],
	["specimen/rga-siblings-by-arrival", rgaSiblingsByArrival],
	["specimen/list-move-by-copy", listMoveByCopy],
	["specimen/yata-no-right-origin", yataNoRightOrigin],
	["specimen/tree-no-cycle-check", treeNoCycleCheck],
	["specimen/or-map-live-view", orMapLiveView],
	["specimen/mean-register-merges-means", meanRegisterMergesMeans],
	["specimen/hashed-set-insertion-order", hashedSetInsertionOrder],
	["specimen/saga-refunds-twice", sagaRefundsTwice],
	["specimen/lww-register-repaired", lwwRegisterRepaired],
	...SYSTEMS,
]);

/** Types first, then libraries (`yjs/map`), then specimens (`specimen/<name>`). */
export function builtInNames(): string[] {
	return [...BUILT_IN.keys()];
}

export function builtIn(name: string): ReplicaDefinition | undefined {
	return BUILT_IN.get(name);
}
