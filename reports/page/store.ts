/** What the parts of the page share: the stretch of time on show, the moment looked at, and what is pinned. */
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

export interface Pin {
	replica: number;
	/** Microseconds. */
	time: number;
	title: string;
	lines: string[];
}

export interface PageState {
	/** Microseconds; shared by timeline, convergence and latencies. */
	from: number;
	to: number;
	moment: number;
	pin: Pin | null;
}

export interface Store {
	get(): PageState;
	set(change: Partial<PageState>): void;
	subscribe(listener: () => void): () => void;
}

export function createStore(initial: PageState): Store {
	let state = initial;
	const listeners = new Set<() => void>();
	return {
		get: () => state,
		set(change) {
			state = { ...state, ...change };
			for (const listener of listeners) listener();
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

const StoreContext = createContext<Store | null>(null);
export const StoreProvider = StoreContext.Provider;

export function useStore(): Store {
	const store = useContext(StoreContext);
	if (store === null) throw new Error("useStore outside of StoreProvider");
	return store;
}

/** Renders again when the selected part changes. */
export function usePageState<Part>(select: (state: PageState) => Part): Part {
	const store = useStore();
	const [part, setPart] = useState(() => select(store.get()));
	useEffect(() => store.subscribe(() => setPart(() => select(store.get()))), [store]);
	return part;
}
