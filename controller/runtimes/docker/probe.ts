/** Whether there is an engine, for those who only want to know: `pakka doctor`, and `pakka run` before it starts anything. */
import { connectEngine, requireEngine } from "./engine.ts";
import { type EngineAddress, engineAddress } from "./engine-address.ts";

/** @throws EngineError that says which engine was asked, and what to do */
export async function probeEngine(
	env: NodeJS.ProcessEnv,
): Promise<{ address: EngineAddress; version: string }> {
	const address = engineAddress(env);
	await using engine = connectEngine(address);
	return { address, version: await requireEngine(engine) };
}
