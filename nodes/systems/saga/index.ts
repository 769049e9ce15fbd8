/** The generic saga with the right orchestrator. */
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import { sagaInvariants, sagaSpecification } from "./judgement.ts";
import { orchestrator } from "./orchestrator.ts";
import { threeSteps } from "./three-steps.ts";

export const saga: ReplicaDefinition = orchestrator(threeSteps, {
	invariants: sagaInvariants,
	specification: sagaSpecification,
});
