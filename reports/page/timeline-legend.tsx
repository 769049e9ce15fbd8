/** What the shapes mean. */
import type { ComponentChildren } from "preact";

export function Legend({ journal }: { journal: boolean }) {
	return (
		<ul class="legend" aria-label="Legend">
			<Entry name="operation, ok">
				<path class="ink" d="M8 2L13 13L3 13Z" />
			</Entry>
			<Entry name="surely failed">
				<path class="stroke" d="M4 4L12 12M12 4L4 12" />
			</Entry>
			<Entry name="may have happened">
				<circle class="stroke" cx={8} cy={8} r={4.5} />
			</Entry>
			<Entry name="delivery">
				<circle class="ink" cx={8} cy={8} r={2.6} />
			</Entry>
			{journal ? (
				<>
					<Entry name="message">
						<path class="thin" d="M1 3L15 13" />
					</Entry>
					<Entry name="overtaken">
						<path class="thin dashed" d="M1 2L11 11" />
						<path class="ink" d="M11 7L15 11L11 15L7 11Z" />
					</Entry>
					<Entry name="duplicate">
						<path class="thin dotted" d="M1 2L10 10" />
						<rect class="stroke" x={8} y={8} width={6} height={6} />
					</Entry>
				</>
			) : null}
			<Entry name="fault (letters: who could reach whom)">
				<rect class="band" x={1} y={2} width={14} height={12} />
			</Entry>
			<Entry name="paused">
				<path class="thin" d="M1 8L7 2M1 14L13 2M7 14L15 6" />
			</Entry>
			<Entry name="crashed, then back">
				<path class="stroke" d="M1 5L6 11M6 5L1 11M14 3L14 13" />
			</Entry>
		</ul>
	);
}

function Entry({ name, children }: { name: string; children: ComponentChildren }) {
	return (
		<li>
			<svg width={16} height={16} aria-hidden="true">
				{children}
			</svg>
			{name}
		</li>
	);
}
