/**
 * Every maximum on what people and pipelines may write, in one place: the schemas, the parameter parser and the form
 * read them here. Lengths are characters as the API server counts them (code points) unless a name says otherwise.
 */
export const limits = {
  /** Entries in approvers and in groups, each. */
  people: 100,
  /** One entry: an RFC 5321 address is at most 254, a Kubernetes user name from a login rarely more. */
  entry: 256,
  description: 4096,
  pipeline: 256,
  contextLines: 32,
  contextName: 128,
  contextValue: 1024,
  comment: 1024,
  commentBytes: 2048,
  joinedCommentBytes: 16_384,
  retries: 10,
  channelName: 128,
  duration: 64,
  groupsOfActor: 200,
  /** What the people directory may hold: persons, names of each kind for one of them, groups, members of one. */
  persons: 5000,
  handle: 64,
  displayName: 128,
  namesOfPerson: 20,
  peopleGroups: 1000,
  members: 500,
  /** Kubernetes object names. */
  name: 253,
  uid: 64,
  url: 2048,
  message: 4096,
  reason: 128,
  digest: 128,
  /** One result: the joined comments, or the names of everybody listed with a bar between them. */
  result: 32_768,
  /** Entries of MULTI times its attempts: with the longest comments they fill two thirds of what etcd stores. */
  answers: 150,
  /** What an ApprovalTask may come to be, in bytes. etcd takes 1.5 MiB with its key (--max-request-bytes). */
  stored: 1_500_000,
  /** Responses over all attempts: each attempt holds at most one answer per listed entry, and a rejection. */
  responses: 1200,
  notifications: 400,
  /** Notices that say why they failed: what the others say would be the same. */
  noticeErrors: 40,
  conditions: 16,
  time: 40,
} as const;
