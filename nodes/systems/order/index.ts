/** A shop's orders with the right orchestrator. */
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import { orchestrator } from "../saga/orchestrator.ts";
import { orderInvariants, orderSpecification } from "./judgement.ts";
import { orderPlan } from "./plan.ts";

export const order: ReplicaDefinition = orchestrator(orderPlan, {
	invariants: orderInvariants,
	specification: orderSpecification,
});
