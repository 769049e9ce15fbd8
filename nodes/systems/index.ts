/**
 * Applications of strong eventual consistency, each twice: right, as `systems/<name>`, and as a talk writes it, flaws
 * included, as `systems/<name>-as-written`.
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { portfolio } from "./portfolio/portfolio.ts";

export const SYSTEMS: readonly [name: string, definition: ReplicaDefinition][] = [
	["systems/portfolio", portfolio],
];
