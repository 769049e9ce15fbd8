import { describe } from "vitest";
import { describeFaults } from "./testing/fault-suite.ts";

describe("links through the embedded server", () => describeFaults("embedded"));
