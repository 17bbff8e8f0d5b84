import { utf8Bytes } from '../domain/text.ts';

/** A body with the most room that keeps it within so many bytes of UTF-8: rooms are tried in order, the last one counts. */
export function bodyWithin<Room>(
  bytes: number,
  rooms: readonly Room[],
  write: (room: Room) => string,
): string {
  let body = '';
  for (const room of rooms) {
    body = write(room);
    if (utf8Bytes(body) <= bytes) break;
  }
  return body;
}
