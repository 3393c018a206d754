import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { metricFromJson, metricToJson } from '../core/metric-value.js';

/** Any JSON value. NaN and infinities are refused by JSON itself: metrics use MetricValue. */
export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => jsonFromLiteral(node, variables ?? {}),
});

/** A number that keeps NaN and the infinities: a JSON number, or one of the strings "NaN", "Infinity", "-Infinity". */
export const MetricValueScalar = new GraphQLScalarType({
  name: 'MetricValue',
  description: 'A JSON number, or "NaN", "Infinity" or "-Infinity".',
  serialize: (value) => (typeof value === 'number' ? metricToJson(value) : value),
  parseValue: parseMetricValue,
  parseLiteral: (node) => parseMetricValue(jsonFromLiteral(node, {})),
});

/** Many numbers at once: a list of numbers as one value, since graphql-js takes a microsecond for each entry of a list of its own. */
export const NumbersScalar = new GraphQLScalarType({
  name: 'Numbers',
  description: 'A list of JSON numbers.',
  serialize: (values) => Array.from(values as ArrayLike<number>),
});

/** As MetricValue, many at once. */
export const MetricValuesScalar = new GraphQLScalarType({
  name: 'MetricValues',
  description: 'A list of MetricValue: of JSON numbers, "NaN", "Infinity" and "-Infinity".',
  serialize: (values) => Array.from(values as ArrayLike<number>, metricToJson),
});

/** A moment: ISO 8601 in UTC with milliseconds, as the database stores it. */
export const InstantScalar = new GraphQLScalarType({
  name: 'Instant',
  description: 'ISO 8601 in UTC with milliseconds, e.g. 2026-11-24T20:00:00.000Z.',
  serialize: (value) => value,
});

function parseMetricValue(value: unknown): number {
  const number = metricFromJson(value);
  if (number !== undefined) return number;
  throw new GraphQLError(
    `found ${JSON.stringify(value)}, expected a number, "NaN", "Infinity" or "-Infinity"`,
  );
}

function jsonFromLiteral(node: ValueNode, variables: Record<string, unknown>): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.NULL) return null;
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return Number(node.value);
  if (node.kind === Kind.LIST) return node.values.map((item) => jsonFromLiteral(item, variables));
  if (node.kind !== Kind.OBJECT) return node.value;
  return Object.fromEntries(
    node.fields.map((field) => [field.name.value, jsonFromLiteral(field.value, variables)]),
  );
}
