/** A certificate for brokers at 127.0.0.1, made for one test run and trusted by nobody else. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../scripts/kafka/run-command.js';

/** Both in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes one with OpenSSL, signed by itself: whoever is to trust it is given it as its own authority. */
export async function createCertificate(): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'trpc-kafka-tls-'));
  const [keyPath, certificatePath] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  try {
    const name = '-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1';
    const wanted = `req -x509 -newkey rsa:2048 -nodes -days 2 ${name}`.split(' ');
    const result = await runCommand('openssl', [...wanted, '-keyout', keyPath, '-out', certificatePath]);
    if (!result.ok) throw new Error(`openssl could not make a certificate: ${result.failure}`);
    return { certificate: await readFile(certificatePath, 'utf8'), key: await readFile(keyPath, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
