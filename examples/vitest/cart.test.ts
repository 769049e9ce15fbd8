import { convergenceTest } from "pakka/vitest";
import { expect, it } from "vitest";
import cart from "./cart.ts";

convergenceTest("cart converges", { replica: cart });

it("converges with five devices that mostly take things out", async () => {
	await expect(cart).toConverge({ replicas: 5, operations: { put: 1, take: 3 }, runs: 300, seed: 7 });
});
