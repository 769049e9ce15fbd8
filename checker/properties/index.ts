/** All properties that can be checked on a history, in the order in which they are reported. */
import type { Property } from "../property.ts";
import { causality } from "./causality.ts";
import { convergence } from "./convergence.ts";
import { durability } from "./durability.ts";
import { eventualDelivery } from "./eventual-delivery.ts";
import { interleaving } from "./interleaving.ts";
import { listOrder } from "./list-order.ts";
import { session } from "./session.ts";
import { specification } from "./specification.ts";
import { strongConvergence } from "./strong-convergence.ts";
import { termination } from "./termination.ts";

export const PROPERTIES: readonly Property[] = [
	convergence,
	strongConvergence,
	eventualDelivery,
	termination,
	durability,
	specification,
	listOrder,
	session,
	causality,
];

/** Judged where they are asked for by name; what they find is told as a warning of every run, and fails none. */
export const WARNINGS: readonly Property[] = [interleaving];
