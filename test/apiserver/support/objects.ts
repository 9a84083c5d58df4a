import { randomBytes } from 'node:crypto';

import { expect } from 'vitest';

import { type Harness, widgetsPath } from './harness.ts';

/** A name that no other test uses. */
export function freshName(prefix = 'w'): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

export interface WidgetOptions {
  readonly name?: string;
  readonly spec?: object;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

export function widget({ name = freshName(), spec = {}, labels, finalizers }: WidgetOptions = {}): {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: object;
} {
  const metadata = {
    name,
    ...(labels === undefined ? {} : { labels }),
    ...(finalizers === undefined ? {} : { finalizers }),
  };
  return { apiVersion: 'example.dev/v1', kind: 'Widget', metadata, spec };
}

/** Creates a widget in the namespace `test`. */
export async function createWidget(
  api: Harness,
  options: WidgetOptions = {},
  // oxlint-disable-next-line typescript/no-explicit-any -- documents of any shape are looked into
): Promise<any> {
  const { status, json } = await api.request('POST', widgetsPath, { body: widget(options) });
  expect({ status, json }).toMatchObject({ status: 201 });
  return json;
}

/** A namespace of its own, for tests that count what is in one; answers the path of its widgets. */
export async function createNamespace(api: Harness): Promise<string> {
  const name = freshName('ns');
  const answer = await api.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  expect(answer.status).toBe(201);
  return `/apis/example.dev/v1/namespaces/${name}/widgets`;
}
