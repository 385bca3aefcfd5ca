/**
 * What an action's metadata file may hold, closed: docs.github.com, "Metadata syntax reference" (content/actions/reference/
 * workflows-and-actions/metadata-syntax.md of github/docs), the composite form. Only icons that we could use are listed.
 */
const text = { type: "string", minLength: 1 } as const;
const id = "^[A-Za-z_][A-Za-z0-9_-]*$";
const map = { type: "object", additionalProperties: { type: "string" } } as const;
const common = {
  name: text,
  id: { type: "string", pattern: id },
  if: text,
  env: map,
  "continue-on-error": { type: "boolean" },
} as const;

const runStep = {
  type: "object",
  required: ["run", "shell"],
  additionalProperties: false,
  properties: {
    ...common,
    run: text,
    // "Workflow syntax", jobs.<job_id>.steps[*].shell
    shell: { enum: ["bash", "pwsh", "python", "sh", "cmd", "powershell"] },
    "working-directory": text,
  },
} as const;

const usesStep = {
  type: "object",
  required: ["uses"],
  additionalProperties: false,
  properties: {
    ...common,
    uses: { type: "string", pattern: "^[\\w.-]+/[\\w./-]+@[\\w.-]+$" },
    with: map,
  },
} as const;

export const ACTION_METADATA = {
  type: "object",
  required: ["name", "description", "runs"],
  additionalProperties: false,
  properties: {
    name: text,
    author: text,
    description: text,
    branding: {
      type: "object",
      required: ["icon", "color"],
      additionalProperties: false,
      properties: {
        icon: { enum: ["home", "package", "send", "server", "shield", "upload-cloud"] },
        color: {
          enum: [
            ...["white", "black", "yellow", "blue", "green"],
            ...["orange", "red", "purple", "gray-dark"],
          ],
        },
      },
    },
    inputs: {
      type: "object",
      propertyNames: { pattern: id },
      additionalProperties: {
        type: "object",
        required: ["description"],
        additionalProperties: false,
        properties: {
          description: text,
          required: { type: "boolean" },
          default: { type: "string" },
          deprecationMessage: text,
        },
      },
    },
    outputs: {
      type: "object",
      propertyNames: { pattern: id },
      additionalProperties: {
        type: "object",
        required: ["description", "value"],
        additionalProperties: false,
        properties: { description: text, value: text },
      },
    },
    runs: {
      type: "object",
      required: ["using", "steps"],
      additionalProperties: false,
      properties: {
        using: { const: "composite" },
        steps: { type: "array", minItems: 1, items: { anyOf: [runStep, usesStep] } },
      },
    },
  },
} as const;
