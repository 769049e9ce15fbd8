/**
 * A library that the user installs, not Pakka: it is imported when a scenario first asks for one of its types, and its
 * lack is told in words. What was imported is kept here for the synchronous steps of the replicas.
 */

export interface PeerLibrary<M> {
	/** @throws Error that says what to install */
	load(): Promise<void>;
	/** @throws Error before `load` */
	get(): M;
}

/** @param version the one that the adapter was written for and tested with */
export function peerLibrary<M>(
	packageName: string,
	version: string,
	importModule: () => Promise<M>,
): PeerLibrary<M> {
	let loaded: M | null = null;
	return {
		async load() {
			if (loaded !== null) return;
			try {
				loaded = await importModule();
			} catch (error) {
				throw explained(packageName, version, error);
			}
		},
		get() {
			if (loaded === null) {
				throw new Error(`${packageName} is not loaded yet: await load() of the definition before create()`);
			}
			return loaded;
		},
	};
}

function explained(packageName: string, version: string, error: unknown): Error {
	const found = error instanceof Error ? error.message : String(error);
	const { code } = error as { code?: unknown };
	if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") {
		return new Error(`${packageName} could not be loaded: ${found}`, { cause: error });
	}
	const message = `replicas of this type need the package ${packageName}, which is not installed. Install it beside Pakka: npm install ${packageName}@${version}`;
	return new Error(message, { cause: error });
}
