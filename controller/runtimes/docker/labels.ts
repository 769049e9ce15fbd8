/**
 * By what Pakka knows its own objects in an engine: every container, network and volume carries the run's id and its owner,
 * the controller that made it. Nothing without these labels is ever touched.
 */
import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { identify, isAlive } from "../../process-identity.ts";

export const RUN_LABEL = "dev.pakka.run";
export const OWNER_LABEL = "dev.pakka.owner";

export type Labels = Record<string, string>;

/** @throws when this process can't be told from a later one with its number */
export function labelsOf(runId: string): Labels {
	const identity = identify(process.pid);
	if (identity === null) throw new Error(`the start time of process ${process.pid} (this one) can't be read`);
	return {
		[RUN_LABEL]: runId,
		[OWNER_LABEL]: `${thisPlace()}/${identity.pid}/${identity.startTime}`,
	};
}

/**
 * Whether the run's controller is surely gone. One of another machine, container or user can't be seen from here: it is
 * taken to be alive.
 */
export function isOwnerDead(owner: string): boolean {
	const [place, pid, ...startTime] = owner.split("/");
	if (place !== thisPlace() || !/^\d+$/.test(pid ?? "")) return false;
	return !isAlive({ pid: Number(pid), startTime: startTime.join("/") });
}

/** Where process ids mean the same and this user's processes can be seen. */
function thisPlace(): string {
	const { uid } = userInfo();
	return createHash("sha256").update(`${hostname()} ${processNamespace()} ${uid}`).digest("hex").slice(0, 12);
}

function processNamespace(): string {
	try {
		return readlinkSync("/proc/self/ns/pid");
	} catch {
		return process.platform;
	}
}
