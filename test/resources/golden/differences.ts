/** Where Sluice answers otherwise than OpenShift 4.13 on purpose. `docs/differences.md` is made from this table. */
export interface Difference {
  /** Scenario and steps, as a pattern over `scenario/step`. */
  readonly steps: RegExp;
  /** Only differences at these places of the answer; all of them when absent. */
  readonly at?: RegExp;
  /** What Sluice does instead, and why; for users. */
  readonly because: string;
  /** Shows only when real registries are asked. */
  readonly needsRegistries?: boolean;
}

export const differences: readonly Difference[] = [
  {
    steps: /^01-discovery\/005/,
    at: /\.(singularName|storageVersionHash): /,
    because:
      'Discovery names the singular of every resource, as newer Kubernetes servers do, and no storage version hash, which nothing reads.',
  },
  {
    steps: /create-bad-json|oc-patch-is-raw|create-wrong-kind/,
    at: /\.message: /,
    because:
      'Code and reason of a document that cannot be read are the same; the words that follow are those of the JSON parser here.',
  },
  {
    steps: /list-accept-(application-xml|text-html)/,
    at: /\.message: /,
    because: 'A media type that is not served is refused with the list of those that are.',
  },
  {
    steps: /table-includeObject-None/,
    at: /\.object: null ≠ absent/,
    because: 'A table without objects leaves the field out instead of sending null.',
  },
  {
    steps: /istag|itag|imagestreamtags|imagetags/,
    at: /^\.metadata\.resourceVersion: absent/,
    because:
      'A list of ImageStreamTags or ImageTags has a resourceVersion, so that clients can watch the streams from there.',
  },
  {
    steps: /istags-all-ns-limit3|istag-fieldselector/,
    because:
      'Selectors and `limit` of a list of ImageStreamTags are about the tags, not about the streams behind them, and pages go on with a token.',
  },
  {
    steps: /06-imagestreammappings\/047-layers/,
    because:
      'The layers of a stream are answered also when one of its images has no config digest; OpenShift refuses them all with 422.',
  },
  {
    steps: /\/\d+-(?:\w+-)?layers/,
    at: /^\.blobs\.sha256:[0-9a-f]+\.size: /,
    because:
      'Each layer of `imagestreams/layers` has its own size; OpenShift 4.13 shows the size of the last layer for all.',
  },
  {
    steps: /08-imagestreamimports-raw\/023/,
    at: /\.metadata\.(?:uid|creationTimestamp): absent/,
    because: 'An import by digest that goes onto no tag shows the uid of its image like any other.',
  },
  {
    steps: /083-private-all-no-secret|repo-unauth|import-repo-disallowed/,
    at: /^\.status\.repository\.status\./,
    because:
      'A private repository that may not be listed is answered 401, as its images are; OpenShift answers 500 where the registry asks for Basic authentication.',
    needsRegistries: true,
  },
  {
    steps: /multi-all-modes|08-imagestreamimports-raw\/080/,
    because:
      'One import may name a tag twice with different import modes, and each mode counts, as in newer OpenShift; 4.13 takes the first for both.',
    needsRegistries: true,
  },
  {
    steps: /patch-status|get-status/,
    at: /^\.status\.dockerImageRepository: "x"/,
    because: 'The repository of a stream is always computed, also behind `status`.',
  },
  {
    steps: /delete-foreground/,
    because: 'Nothing depends on a stream, so a foreground deletion is done at once.',
  },
  {
    steps: /watch-from-rv-1|watch-future-rv/,
    because:
      'Events can be watched from an hour back, further than in the recording; a watch from a revision that does not exist yet is refused instead of staying silent.',
  },
  {
    steps: /list-continue-garbage|patch-plain-json-415|patch-bad-json/,
    at: /\.message: /,
    because:
      'Code and reason are the same; the words that follow are not those of the Go libraries.',
  },
  {
    steps: /put-uid-mismatch/,
    at: /\.message: /,
    because: 'A failed precondition does not name the key in the store.',
  },
];

/** Differences that the replay cannot show; each has tests of its own. */
export const furtherDifferences: readonly string[] = [
  'The OAuth server knows one client, `openshift-challenging-client`, and one scope, `user:full`; a code needs PKCE. There is no login page for browsers, and there are no `identities`: a user has a password or none (`users/password`, which discovery does not list).',
  'An issuer of OpenID Connect tokens names no user and no group that begins with `system:`; Kubernetes leaves that to the prefixes.',
  'Headers that ask to act as somebody without naming a user are answered 400; Kubernetes answers 500.',
  'A write of `imagestreams/status` changes nothing of the spec; OpenShift lets it change the `lookupPolicy`.',
  '`dryRun=All` is honoured everywhere; OpenShift 4.13 stores dry runs of ImageStreamTags, ImageTags, mappings and imports.',
  "A list of ImageTags leaves `managedFields` out: they are the stream's, and would stand there again for each tag.",
  'A stream that is over a limit can still be changed as long as it does not grow, as in newer OpenShift; 4.13 refuses every write.',
  'Tags that follow tags that follow a tag all move with it in one write; OpenShift moves the direct followers and leaves the rest to chance.',
  'With `--allowed-registries`, background imports keep to the list too; the controllers of OpenShift pass it by.',
  'The paths of OpenShift 3, `/oapi/v1/…`, answer for the image resources; OpenShift 4.13 serves none of them. Discovery does not list them.',
  'A failure that repeats itself after a new request takes the generation of that request, so that the tag does not show as importing for ever.',
  '`imagestreams/⟨name⟩/history` tells who moved a tag and why; discovery does not list it.',
];
