/** Whether there is an engine, for those who only want to know: `pakka doctor`, and `pakka run` before it starts anything. */
import { connectEngine, requireEngine } from "./engine.ts";
import { type EngineAddress, engineAddress } from "./engine-address.ts";
import { whyNotLocal } from "./images/local-program.ts";
import { cantBeContained } from "./local-command.ts";

/** @throws EngineError that says which engine was asked, and what to do */
export async function probeEngine(
	env: NodeJS.ProcessEnv,
): Promise<{ address: EngineAddress; version: string }> {
	const address = engineAddress(env);
	await using engine = connectEngine(address);
	return { address, version: await requireEngine(engine) };
}

/** @returns why `replicas.command` can't become a container there, for a message; null when it can. @throws Error as above */
export async function whyNoCommands(env: NodeJS.ProcessEnv): Promise<string | null> {
	await using engine = connectEngine(engineAddress(env));
	const why = await whyNotLocal(engine.docker);
	return why === null ? null : cantBeContained(why);
}
