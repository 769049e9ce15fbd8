/** The fields of a JSON Schema as rows of a table, for docs/scenario-file.md. */

interface SchemaNode {
	type?: string;
	description?: string;
	default?: unknown;
	enum?: unknown[];
	const?: unknown;
	anyOf?: SchemaNode[];
	properties?: Record<string, SchemaNode>;
	additionalProperties?: SchemaNode | boolean;
	items?: SchemaNode;
	required?: string[];
	pattern?: string;
	minimum?: number;
	maximum?: number;
}

export interface FieldRow {
	path: string;
	values: string;
	fallback: string;
	description: string;
}

/** Kinds of faults share `at`, `for`, `until` and `links`: those are listed once. */
export function fieldTable(schema: Record<string, unknown>): FieldRow[] {
	const rows = new Map<string, FieldRow>();
	walk(schema, "", rows, "**required**");
	return [...rows.values()];
}

/** @param needed What stands for a required field; of one kind among several it is only that kind's. */
function walk(node: SchemaNode, path: string, rows: Map<string, FieldRow>, needed: string): void {
	for (const option of node.anyOf ?? []) walk(option, path, rows, "(of its kind)");
	if (node.items !== undefined) walk(node.items, `${path}[]`, rows, "**required**");
	const { properties = {}, additionalProperties: others } = node;
	for (const [key, field] of Object.entries(properties)) {
		const below = path === "" ? key : `${path}.${key}`;
		if (!rows.has(below)) {
			const required = node.required?.includes(key) === true;
			rows.set(below, rowOf(below, field, required ? needed : null));
		}
		walk(field, below, rows, "**required**");
	}
	if (typeof others === "object") walk(others, `${path}.<name>`, rows, "**required**");
}

function rowOf(path: string, field: SchemaNode, needed: string | null): FieldRow {
	return {
		path,
		values: valuesOf(field).replaceAll("|", "\\|"),
		fallback: needed ?? fallbackOf(field.default),
		description: (field.description ?? "").replaceAll("|", "\\|"),
	};
}

function fallbackOf(value: unknown): string {
	if (value === undefined) return "";
	return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function valuesOf(node: SchemaNode): string {
	if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(valuesOf))].join(" or ");
	if (node.const !== undefined) return `\`${JSON.stringify(node.const).replaceAll('"', "")}\``;
	if (node.enum !== undefined) return node.enum.map((word) => `\`${String(word)}\``).join(", ");
	if (node.type === "array") return node.items === undefined ? "list" : `list of ${valuesOf(node.items)}`;
	if (node.type === "object") return "map";
	if (node.type === "integer" || node.type === "number") return numberOf(node);
	return node.pattern === undefined
		? (node.type ?? "JSON").replace("string", "text")
		: patternOf(node.pattern);
}

function numberOf({ type, minimum, maximum }: SchemaNode): string {
	const range = minimum !== undefined && maximum !== undefined ? ` ${minimum} to ${maximum}` : "";
	return `${type === "integer" ? "whole number" : "number"}${range}`;
}

/** The patterns of quantities.ts in words. */
function patternOf(pattern: string): string {
	if (pattern.includes("GB")) return "size";
	if (pattern.includes("KB")) return "bandwidth";
	if (pattern.includes("->")) return "link";
	if (pattern.includes("[+-]")) return "offset";
	if (pattern.includes("ms")) return "duration";
	return pattern.includes("\\/s") ? "rate" : "name";
}
