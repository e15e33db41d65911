import type { KafkaSettings } from './node-settings.js';

/** A second listener for clients: TLS, and a name and password (SASL PLAIN) by which brokers know who is asking. */
export interface SecureListener {
  /** What brokers show, in PEM: for the address 127.0.0.1. */
  readonly certificate: string;
  /** Its private key, in PEM (PKCS #8), not encrypted. */
  readonly key: string;
  /** The passwords of all who may log in, by name: the principal is `User:<name>`. No quotes or backslashes. */
  readonly users: Readonly<Record<string, string>>;
}

/** The name that the settings of the listener have in common. */
export const secureName = 'SECURE';

const prefix = `listener.name.${secureName.toLowerCase()}`;

/**
 * What brokers have to know about it, beside its address. The plain listener stays: brokers, controllers and the tests'
 * own questions go there, so whoever comes that way, `User:ANONYMOUS`, may do anything and grants the rights of others.
 */
export function secureSettings({ certificate, key, users }: SecureListener): KafkaSettings {
  const passwords = Object.entries(users).map(([name, password]) => ` user_${name}="${password}"`);
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: 'PLAIN',
    [`${prefix}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required${passwords.join('')};`,
    [`${prefix}.ssl.keystore.type`]: 'PEM',
    [`${prefix}.ssl.keystore.certificate.chain`]: certificate,
    [`${prefix}.ssl.keystore.key`]: key,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  };
}
