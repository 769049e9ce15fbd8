/** The public face of this room. */
export { findScenarioFiles } from "./find.ts";
export { loadScenarioFile } from "./load.ts";
export { parseScenario } from "./parse.ts";
export { placeOf } from "./place-of.ts";
export { formatProblem, type Problem } from "./problem.ts";
export { defineScenario, jsonSchema, type ScenarioInput } from "./schema.ts";
export { toScenarioFile } from "./to-scenario-file.ts";
