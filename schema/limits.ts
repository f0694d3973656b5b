/** Every bound on what comes from outside, in one place. Bytes count both the compressed and the decompressed body. */
export const limits = {
  eventBytesMax: 1024 * 1024,
  bulkBytesMax: 5 * 1024 * 1024,
  bulkEventsMax: 1_000,
  frameBytesMax: 1024 * 1024,
  /** Unanswered frames of one socket; the next are rejected with 429, then the socket closes (1013). */
  framesUnansweredMax: 1_000,
  /** Of the `ref` of a frame, which comes back with its reply. */
  refCharsMax: 1_000,
  ingestSocketsOfProjectMax: 2_000,
  apiBodyBytesMax: 1024 * 1024,
  /** What build tools send at once: the commits of a release with their files, the chunks of a bundle. */
  toolBodyBytesMax: 8 * 1024 * 1024,
  /** Of operations that need no credential: what a stranger may have parsed. */
  strangersBodyBytesMax: 64 * 1024,
  /** Of the live stream: a frame from a dashboard, and what one socket may subscribe to. */
  streamFrameBytesMax: 16 * 1024,
  streamSocketsOfUserMax: 200,
  streamSubscriptionsMax: 32,
  streamEnvironmentsMax: 50,
  userAgentCharsMax: 500,

  /** An envelope of Sentry's protocol as sent and unpacked: most of a large one are attachments, which are not kept. */
  envelopeBytesMax: 20 * 1024 * 1024,
  envelopeUnpackedBytesMax: 40 * 1024 * 1024,
  envelopeItemsMax: 100,
  envelopeHeaderBytesMax: 16 * 1024,
  /** A single event in the old form may come as base64. */
  storeBytesMax: 2 * 1024 * 1024,
  securityReportsMax: 100,
  clientReportEntriesMax: 100,

  /** A request of OpenTelemetry's protocol as sent and unpacked, and what may be in it. */
  otlpBytesMax: 10 * 1024 * 1024,
  otlpUnpackedBytesMax: 20 * 1024 * 1024,
  otlpRecordsMax: 100_000,
  otlpValuesMax: 300_000,
  otlpEventsMax: 1_000,

  messageCharsMax: 8_192,
  nameCharsMax: 200,
  tagsMax: 50,
  tagKeyCharsMax: 200,
  tagValueCharsMax: 200,
  /** Frames whose names can be searched, and causes; longer names by their beginning. */
  stackNamesMax: 4,
  stackNameCharsMax: 100,
  framesMax: 250,
  breadcrumbsMax: 100,
  exceptionsMax: 50,
  threadsMax: 100,
  /** Of one object or list that is kept as given, and of a whole part of the event (`extra`, `contexts`, …). */
  keysMax: 1_000,
  partKeysMax: 10_000,
  depthMax: 10,
  exceptionTypeCharsMax: 200,
  fingerprintPartsMax: 32,
  fingerprintPartCharsMax: 500,
  /** With its variables replaced. */
  fingerprintPartResolvedMax: 2_048,
  notesMax: 50,
  fieldErrorsMax: 50,
  titleCharsMax: 256,
  /** What is kept of an event that cannot be processed. */
  quarantinedCharsMax: 100_000,

  /** Of an event that settings for scrubbing are tried on, as JSON. */
  scrubPreviewCharsMax: 256 * 1024,

  /** Rules of a project for grouping: of each of its two texts, and of one rule. */
  rulesCharsMax: 16_384,
  rulesMax: 200,
  ruleCharsMax: 1_000,
  ruleMatchersMax: 10,
  rulePatternCharsMax: 200,
  /** Of a pattern with all its alternatives (`{a,b}`), in characters. */
  rulePatternSizeMax: 400,
  ruleErrorsMax: 20,
  ruleFramesMax: 100,
  /** What the rules may cost an event, in steps of matching of about ten nanoseconds. */
  ruleStepsMax: 1_000_000,

  /** Chunks of artifacts, unpacked; as announced to build tools, each chunk of a bundle but the last has this size. */
  chunkBytesMax: 1024 * 1024,
  chunksOfRequestMax: 64,
  chunkRequestBytesMax: 33 * 1024 * 1024,
  /** Of an archive that comes in one request, and is cut into chunks as it comes. */
  archiveRequestBytesMax: 256 * 1024 * 1024,
  /** Of an organization, waiting to be assembled. */
  chunksWaitingBytesMax: 4 * 1024 * 1024 * 1024,
  /** A bundle as it is uploaded, all that is packed into it, one file of that, and its list of files. */
  bundleBytesMax: 2 * 1024 * 1024 * 1024,
  bundleUnpackedBytesMax: 4 * 1024 * 1024 * 1024,
  bundleManifestBytesMax: 32 * 1024 * 1024,
  bundleFilesMax: 50_000,
  /** What a project's artifacts may take in the database, compressed, and how many bundles it may have. */
  artifactBytesMax: 10 * 1024 * 1024 * 1024,
  artifactBundlesMax: 20_000,

  /** Of a new issue so many events are kept, whatever share of the events is. */
  firstEventsKept: 10,
  /** How many events one may stand for: at all, and because its client says so. */
  weightMax: 1_000_000,
  clientWeightMax: 1_000,

  culpritCharsMax: 200,
  futureMsMax: 60 * 60 * 1000,
  pastMsMax: 30 * 24 * 60 * 60 * 1000
} as const
