/** Names and values of headers, or of connection parameters. */
export type Texts = Readonly<Record<string, string>>;
