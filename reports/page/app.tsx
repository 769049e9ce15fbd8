/** The page: verdict, contents, sections. Failure is contained: one section that can't be drawn leaves the others. */

import type { ComponentChildren } from "preact";
import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import { ConvergenceSection } from "./convergence.tsx";
import { EvidenceSection } from "./evidence.tsx";
import { OperationsSection } from "./operations.tsx";
import { keepPlace } from "./place.ts";
import { PropertiesSection } from "./properties.tsx";
import { RecordSection } from "./record.tsx";
import type { RunIndex } from "./run-index.ts";
import { SECTIONS } from "./section.tsx";
import { StateSection } from "./state.tsx";
import { type Store, StoreProvider } from "./store.ts";
import { TimelineSection } from "./timeline.tsx";
import { VerdictStrip } from "./verdict-strip.tsx";

export function App({ run, store }: { run: RunIndex; store: Store }) {
	const [place, setPlace] = useState<string>("");
	useEffect(() => keepPlace(store, setPlace), []);
	return (
		<StoreProvider value={store}>
			<div class="page">
				<nav class="rail" aria-label="Contents">
					<ul>
						{SECTIONS.map(([id, title]) => (
							<li key={id}>
								<a href={`#${id}`} aria-current={place === id ? "location" : undefined}>
									{title}
								</a>
							</li>
						))}
					</ul>
				</nav>
				<main>
					<VerdictStrip run={run} />
					<Contained name="Evidence">
						<EvidenceSection run={run} />
					</Contained>
					<Contained name="Timeline">
						<TimelineSection run={run} />
					</Contained>
					<Contained name="Convergence">
						<ConvergenceSection run={run} />
					</Contained>
					<Contained name="State">
						<StateSection run={run} />
					</Contained>
					<Contained name="Operations">
						<OperationsSection run={run} />
					</Contained>
					<Contained name="Properties">
						<PropertiesSection run={run} />
					</Contained>
					<Contained name="Record">
						<RecordSection run={run} />
					</Contained>
				</main>
			</div>
		</StoreProvider>
	);
}

function Contained({ name, children }: { name: string; children: ComponentChildren }) {
	const [error] = useErrorBoundary();
	if (error === undefined) return <>{children}</>;
	return (
		<p class="empty">{`${name} can't be drawn: ${error instanceof Error ? error.message : String(error)}. The data is in history.jsonl.`}</p>
	);
}
