import * as z from 'zod';

/** The part of Kubernetes' structural schemas (apiextensions.k8s.io/v1 JSONSchemaProps) that our kinds use. */
export interface StructuralSchema {
  type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  description?: string;
  default?: unknown;
  enum?: string[];
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  items?: StructuralSchema;
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  'x-kubernetes-list-type'?: 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-validations'?: { rule: string; message: string }[];
}

/** What zod cannot say, by the path of a field such as `status.conditions`. */
export interface Annotations {
  readonly descriptions: Readonly<Record<string, string>>;
  /** Lists that server-side apply merges by these keys, so that two field managers keep their own items. */
  readonly listKeys: Readonly<Record<string, readonly string[]>>;
}

/** Turns a zod schema into the structural schema of the field at `path`. Throws on a shape that none of ours has. */
export function structuralSchema(type: z.ZodType, path: string, annotations: Annotations): StructuralSchema {
  const json: unknown = z.toJSONSchema(type, { target: 'openapi-3.0', io: 'input' });
  return convert(json, path, annotations);
}

const jsonSchema = z.strictObject({
  type: z.enum(['object', 'array', 'string', 'integer', 'boolean']),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxItems: z.number().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});

function convert(json: unknown, path: string, annotations: Annotations): StructuralSchema {
  const { items, properties, enum: choices, ...rest } = jsonSchema.parse(json);
  const description = annotations.descriptions[path];
  const keys = annotations.listKeys[path];
  return {
    ...(description !== undefined && { description }),
    ...plain(rest),
    ...(rest.type === 'integer' && { format: 'int64' }),
    ...(choices !== undefined && { enum: choices }),
    ...(keys !== undefined && { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] }),
    ...(items !== undefined && { items: convert(items, `${path}[]`, annotations) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [
          name,
          convert(value, `${path}.${name}`, annotations),
        ]),
      ),
    }),
  };
}

type Plain = Omit<z.infer<typeof jsonSchema>, 'items' | 'properties' | 'enum'>;

/** Without the keys that are absent, and with limits that fit every integer left out. */
function plain(schema: Plain): Pick<StructuralSchema, 'type'> & Partial<StructuralSchema> {
  const { minimum, maximum, type, ...rest } = schema;
  const present = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    type,
    ...Object.fromEntries(present),
    ...(minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && { maximum }),
  };
}
