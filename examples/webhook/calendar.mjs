/**
 * The rule: while the calendar is frozen, the answer is no, with the reason; otherwise it is yes. `windows` are of the form
 * `{ from, to, reason }`, times in RFC 3339; `now` is in milliseconds. A window that cannot be read is no reason for a yes.
 */
export function verdictAt(windows, now) {
  const closed = windows.find(({ from, to }) => !(now < Date.parse(from) || now >= Date.parse(to)));
  return closed === undefined
    ? { decision: 'approve', comment: 'The change calendar is open.' }
    : { decision: 'reject', comment: `The change calendar is closed: ${closed.reason}` };
}
