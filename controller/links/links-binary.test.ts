import { describe } from "vitest";
import { requirement } from "../../test/requirements.ts";
import { describeFaults } from "./testing/fault-suite.ts";

const toxiproxy = requirement("toxiproxy");
describe.skipIf(!toxiproxy.met)(`links through the real server${toxiproxy.note}`, () =>
	describeFaults("binary"),
);
