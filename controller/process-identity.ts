/**
 * Who a process is beyond its number: process ids are reused, so whoever remembers one remembers its start time too, and
 * nobody is killed by number alone. Linux reads /proc; elsewhere `ps` is asked.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const PS_TIMEOUT_MS = 2_000;

export interface ProcessIdentity {
	pid: number;
	/** Opaque; equal for the same process only. */
	startTime: string;
}

/** @returns null when there is no such process, or only its zombie */
export function identify(pid: number): ProcessIdentity | null {
	const startTime = process.platform === "linux" ? linuxStartTime(pid) : psStartTime(pid);
	return startTime === null ? null : { pid, startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
	return identify(identity.pid)?.startTime === identity.startTime;
}

/**
 * Processes whose environment had this entry when they began: also those that left their process group, and those that
 * were started a moment before they could be written down. Only on Linux; elsewhere none are found.
 */
export function processesWithEnvironment(name: string, value: string): ProcessIdentity[] {
	if (process.platform !== "linux") return [];
	const entry = `${name}=${value}`;
	const found: ProcessIdentity[] = [];
	for (const folder of readdirSync("/proc")) {
		if (!/^\d+$/.test(folder)) continue;
		try {
			const environment = readFileSync(`/proc/${folder}/environ`, "utf8");
			if (!environment.split("\0").includes(entry)) continue;
			const identity = identify(Number(folder));
			if (identity !== null) found.push(identity);
		} catch {
			// Another user's, or gone meanwhile.
		}
	}
	return found;
}

/** The process and, if it leads one, its process group. A process that is gone is fine. */
export function killWithGroup(pid: number, signal: NodeJS.Signals): void {
	for (const target of [-pid, pid]) {
		try {
			process.kill(target, signal);
		} catch {
			// Gone, or no group of that number.
		}
	}
}

function linuxStartTime(pid: number): string | null {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The name in parentheses may hold anything; after it come state (field 3) and, as field 22, the start time.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
	} catch {
		return null;
	}
}

function psStartTime(pid: number): string | null {
	try {
		const options = { encoding: "utf8", timeout: PS_TIMEOUT_MS, stdio: "pipe" } as const;
		const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], options).trim();
		return text === "" || text.startsWith("Z") ? null : text.replace(/^\S+\s+/, "");
	} catch {
		return null;
	}
}
