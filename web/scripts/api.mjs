// Writes src/api/schema.ts from the gateway's OpenAPI. `npm run api` writes it, `npm run api -- --check` only compares.
// Ours instead of a package: forty lines cover what the gateway says, and the output reads like the gateway's own forms.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const target = fileURLToPath(new URL("../src/api/schema.ts", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const python = process.env.JTS_PYTHON ?? `${root}.venv/bin/python`;
const document = JSON.parse(
  execFileSync(python, ["-m", "jts.gateway.openapi"], { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 }),
);
const schemas = document.components.schemas;

const nameOf = (reference) => reference.split("/").at(-1);

function references(value, found = new Set()) {
  if (Array.isArray(value)) value.forEach((item) => references(item, found));
  else if (value && typeof value === "object") {
    if (typeof value.$ref === "string" && !found.has(nameOf(value.$ref))) {
      found.add(nameOf(value.$ref));
      references(schemas[nameOf(value.$ref)], found);
    }
    Object.values(value).forEach((item) => references(item, found));
  }
  return found;
}

// In a request a field with a default may be left out; in an answer it is always there.
const asked = new Set();
for (const methods of Object.values(document.paths))
  for (const operation of Object.values(methods)) references(operation.requestBody ?? {}, asked);

function typeOf(schema) {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map(typeOf))].join(" | ");
  if (schema.type === "array") return schema.items ? `${bracketed(typeOf(schema.items))}[]` : "unknown[]";
  if (schema.type === "object" || schema.properties) {
    if (schema.properties) return `{ ${fields(schema, false).join(" ")} }`;
    const values = schema.additionalProperties;
    return `Record<string, ${values && values !== true ? typeOf(values) : "unknown"}>`;
  }
  return { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" }[schema.type] ?? "unknown";
}

const bracketed = (type) => (type.includes("|") ? `(${type})` : type);

function fields(schema, isAsked) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const mayMiss = !required.has(name) && isAsked;
    return `${name}${mayMiss ? "?" : ""}: ${typeOf(field)};`;
  });
}

function declaration([name, schema]) {
  const words = (schema.description ?? "").trim().split("\n\n")[0].replaceAll(/\s+/g, " ").replaceAll("*/", "");
  const comment = words ? `/** ${words} */\n` : "";
  if (!schema.properties) return `${comment}export type ${name} = ${typeOf(schema)};\n`;
  return `${comment}export interface ${name} {\n${fields(schema, asked.has(name))
    .map((field) => `  ${field}\n`)
    .join("")}}\n`;
}

const unused = new Set(["HTTPValidationError", "ValidationError"]); // the framework's, which the gateway never sends
const text = `// Made from the gateway's OpenAPI by \`npm run api\`. Do not edit: change the gateway's forms and make it again.\n\n${Object.entries(
  schemas,
)
  .filter(([name]) => !unused.has(name))
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(declaration)
  .join("\n")}`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("src/api/schema.ts is not what the gateway says now: run `npm run api` and look at the difference.");
    process.exit(1);
  }
} else writeFileSync(target, text);
