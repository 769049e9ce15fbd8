/** Searching schedules in the simulator for a counterexample: what the command and the library call. */
export { type ExploreOptions, explore } from "./campaign.ts";
export { type Exploration, type ExplorationProgress, type Strategy, verdictOf } from "./exploration.ts";
