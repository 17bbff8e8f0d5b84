/**
 * The only script of the pages. It rewrites each time to the reader's own zone and keeps UTC as its tooltip; without
 * it everything works and times stay in UTC.
 */
export const localTime = `
for (const time of document.querySelectorAll('time[datetime]')) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = at.toLocaleString(undefined, {
    year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
  });
}
`;
