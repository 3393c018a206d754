import { expect, test } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { withoutPassword } from '../../src/access/postgres.js';
import { storable } from '../../src/access/postgres-driver.js';
import { postgresProblem } from '../../src/access/postgres-errors.js';

const withCode = (code: string) => Object.assign(new Error('as it came'), { code });
const codeOf = (error: Error) => postgresProblem(error)?.code;

test('what a person can mend is said in words; the rest is left as it came', () => {
  expect(codeOf(withCode('ECONNREFUSED'))).toBe('UNAVAILABLE');
  expect(codeOf(withCode('28P01'))).toBe('FORBIDDEN');
  expect(codeOf(withCode('3D000'))).toBe('NOT_FOUND');
  expect(codeOf(withCode('22021'))).toBe('INVALID_INPUT');
  expect(codeOf(withCode('DEPTH_ZERO_SELF_SIGNED_CERT'))).toBe('FORBIDDEN');
  expect(codeOf(new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'))).toBe(
    'FORBIDDEN',
  );
  expect(codeOf(new QueryFailedError('SELECT 1', [], withCode('57P01')))).toBe('UNAVAILABLE');
  expect(codeOf(new QueryFailedError('SELECT 1', [], new Error('Connection terminated unexpectedly')))).toBe(
    'UNAVAILABLE',
  );
  expect(postgresProblem(new QueryFailedError('SELECT x', [], withCode('42703')))).toBeUndefined();
  expect(postgresProblem(new Error('a bug'))).toBeUndefined();
});

test('an address is shown without its password', () => {
  expect(withoutPassword('postgres://u:s3cr%40et@h:5432/d')).toBe('postgres://u:…@h:5432/d');
  expect(withoutPassword('postgres://u@h/d?password=s3cret&sslmode=require')).toBe(
    'postgres://u@h/d?password=…&sslmode=require',
  );
  expect(withoutPassword('postgres://u:not/coded@at@h/d')).toBe('postgres://u:…@h/d');
  expect(withoutPassword('postgres://u@h/d')).toBe('postgres://u@h/d');
});

test('what Postgres cannot store becomes U+FFFD, and nothing else changes', () => {
  expect(storable('a\0b', false)).toBe('a\ufffdb');
  const json = (value: unknown) => JSON.parse(storable(JSON.stringify(value), true));
  expect(json({ a: 'x\0y', b: '\ud800', c: '\udfff!' })).toEqual({
    a: 'x\ufffdy',
    b: '\ufffd',
    c: '\ufffd!',
  });
  const same = ['\\u0000', '\\\\u0000', '\u{1f600}', 'ä\n\u0001', '\\ud800', '"\\'];
  expect(json(same)).toEqual(same);
});
