import { AwsClient } from 'aws4fetch';
import type { S3Settings } from '../access/artifact-settings.js';
import { RanksweepError } from '../core/errors.js';

/** of nothing: GET, HEAD and DELETE have no body */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const ATTEMPTS = 4;
const BACKOFF_MS = 200;

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** key of the object; default: the bucket itself */
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** made anew for each attempt */
  body?: () => BodyInit;
  /** of the body: the server checks it */
  sha256?: string;
  /** answers that are no errors, beside 2xx */
  accept?: number[];
}

/**
 * Signed requests to one bucket, addressed by its path, which every S3-compatible server understands. What may pass (no answer, 5xx, "slow
 * down") is tried again: all requests here may happen twice.
 */
export class S3Requests {
  private readonly client: AwsClient;
  private readonly address: string;

  constructor(private readonly settings: S3Settings) {
    const { accessKeyId, secretAccessKey, sessionToken, region, bucket } = settings;
    const token = sessionToken === null ? {} : { sessionToken };
    this.client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...token,
      region,
      service: 's3',
      retries: 0,
    });
    this.address = `${settings.endpoint ?? `https://s3.${region}.amazonaws.com`}/${bucket}`;
  }

  /** @throws RanksweepError UNAVAILABLE, with what the server said and never with a key */
  async send(request: S3Request): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.once(request).catch((error: unknown) => error as Error);
      const isFine = answer instanceof Response && (answer.ok || request.accept?.includes(answer.status));
      if (isFine) return answer as Response;
      const mayPass = answer instanceof Error || answer.status >= 500 || answer.status === 429;
      if (!mayPass || attempt === ATTEMPTS) throw await this.failure(request, answer);
      await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * 2 ** attempt));
    }
  }

  private async once({ method, key, query, headers, body, sha256 }: S3Request): Promise<Response> {
    const url = new URL(key === undefined ? this.address : `${this.address}/${encodeKey(key)}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const hash = sha256 ?? (body === undefined ? EMPTY_SHA256 : 'UNSIGNED-PAYLOAD');
    const signed = await this.client.sign(url, {
      method,
      headers: { ...headers, 'x-amz-content-sha256': hash },
    });
    const init = { method, headers: signed.headers, body: body?.(), duplex: 'half', redirect: 'error' };
    return fetch(url, init as RequestInit);
  }

  private async failure({ method, key }: S3Request, answer: Response | Error): Promise<RanksweepError> {
    const what = `${method} s3://${this.settings.bucket}/${key ?? ''}`;
    return new RanksweepError(
      'UNAVAILABLE',
      `the artifacts' store does not work: ${what}: ${await reasonOf(answer)}`,
    );
  }
}

async function reasonOf(answer: Response | Error): Promise<string> {
  if (answer instanceof Error) {
    const { cause } = answer as { cause?: { code?: string; message?: string } };
    return cause?.code ?? cause?.message ?? answer.message;
  }
  const text = await answer.text().catch(() => '');
  return `${answer.status} ${xmlText(text, 'Code') ?? ''} ${xmlText(text, 'Message') ?? ''}`.trim();
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

/** The content of the first element of this name in an answer, which S3 writes without attributes. */
export function xmlText(xml: string, element: string): string | null {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  return text === undefined ? null : decodeXml(text);
}

export function xmlElements(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(([, inside]) => inside!);
}

function decodeXml(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name] ?? whole;
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
