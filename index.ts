/** `import { … } from "pakka"`: scenarios as code, running, exploring and judging them. */
export { check } from "./checker/index.ts";
export type { CheckResult, Evidence, PropertyVerdict, Statistics, Verdict } from "./checker/verdict.ts";
export { type ExecuteOptions as RunOptions, execute as run } from "./cli/execute.ts";
export { type Exploration, type ExploreOptions, explore } from "./explore/index.ts";
export type { RunResult } from "./reports/result.ts";
export { defineScenario, loadScenarioFile, parseScenario, type ScenarioInput } from "./scenarios/index.ts";
export type { Scenario } from "./scenarios/scenario.ts";
