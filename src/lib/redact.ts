/**
 * A text without the credentials that messages of drivers, proxies and registries hold: user and password of URLs, and
 * what stands behind `Bearer` and `Basic`.
 */
export function withoutCredentials(text: string): string {
  return text
    .replace(/(\w:\/\/)[^\s/]*@/g, '$1[hidden]@')
    .replace(/\b(Bearer|Basic)(\s+)(?=\S*[\d+/=_-])[\w+/=.~-]{8,}/gi, '$1$2[hidden]');
}
