/** Starts the page: reads the run that `write-report.ts` put into it, and draws. */
import { render } from "preact";
import type { PageModel } from "../page-model.ts";
import { App } from "./app.tsx";
import { indexRun } from "./run-index.ts";
import { createStore } from "./store.ts";
import "./style.css";

const place = document.getElementById("page") as HTMLElement;
const data = document.getElementById("pakka-data")?.textContent ?? "";

if (data === "") {
	place.textContent = "This is the template of Pakka's report: there is no run in it.";
} else {
	const run = indexRun(JSON.parse(data) as PageModel);
	const { lastTime } = run.model;
	const workload = run.model.phases.find(({ phase }) => phase === "workload")?.time ?? 0;
	const store = createStore({
		// Starting the replicas may take longer than all the rest, and has nothing to show.
		from: Math.max(0, workload - (lastTime - workload) / 25),
		to: Math.max(1, lastTime),
		moment: run.divergence ?? lastTime,
		pin: null,
	});
	render(<App run={run} store={store} />, place);
}
