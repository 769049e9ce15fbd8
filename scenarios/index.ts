/** The public face of this room. */
export { findScenarioFiles } from "./find.ts";
export { loadScenarioFile } from "./load.ts";
export { type ParseOptions, type ParseResult, parseScenario } from "./parse.ts";
export { formatProblem, type Problem } from "./problem.ts";
export { defineScenario, jsonSchema, METRICS, type ScenarioInput } from "./schema.ts";
export { toScenarioFile } from "./to-scenario-file.ts";
