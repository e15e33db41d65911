/** Where a page of metrics comes from: a registry of prom-client, or anything that writes the page. */

/** A page of metrics. */
export interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/** A registry as prom-client has it (`register`), or a function that answers a page. */
export type MetricsSource =
  | { readonly contentType: string; metrics(): string | PromiseLike<string> }
  | (() => MetricsPage | PromiseLike<MetricsPage>);

/** Writes the page. */
export async function readMetrics(source: MetricsSource): Promise<MetricsPage> {
  if (typeof source === 'function') return await source();
  return { contentType: source.contentType, body: await source.metrics() };
}
