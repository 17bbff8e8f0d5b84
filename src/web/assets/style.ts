/**
 * The one style sheet, for phones first. Each colour pair has a contrast of at least 4.5 (WCAG 2.2 AA), in both
 * schemes.
 */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f2f4f7;
  --card: #ffffff;
  --text: #1a1f29;
  --quiet: #4d5766;
  --line: #8a94a3;
  --said: #f2f4f7;
  --link: #1d4fd7;
  --on-link: #ffffff;
  --yes: #14692f;
  --on-yes: #ffffff;
  --yes-soft: #e3f4e8;
  --no: #b3261e;
  --no-soft: #fdeceb;
  --ask: #1d4fd7;
  --ask-soft: #e8eefd;
  --warn: #7a4b00;
  --warn-soft: #fff3d6;
  --ended-soft: #e9ecf1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151c;
    --card: #1b212b;
    --text: #e8ecf2;
    --quiet: #aab4c3;
    --line: #6b7789;
    --said: #11151c;
    --link: #8fb0ff;
    --on-link: #0b1533;
    --yes: #7fdc9b;
    --on-yes: #06210f;
    --yes-soft: #163323;
    --no: #ffb0a8;
    --no-soft: #3d1f1d;
    --ask: #8fb0ff;
    --ask-soft: #1c2a4a;
    --warn: #ffcf7a;
    --warn-soft: #3a2c10;
    --ended-soft: #2a313d;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  overflow-wrap: anywhere;
}
.top, main { max-width: 44rem; margin: 0 auto; padding: 0 1rem; }
.top p { margin: 0; padding: 0.75rem 0; color: var(--quiet); font-size: 0.875rem; font-weight: 600; }
main { padding-top: 1rem; padding-bottom: 2rem; background: var(--card); }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0 0 0.5rem; font-size: 1rem; line-height: 1.35; }
p { margin: 0 0 0.5rem; text-wrap: pretty; }
section { margin-top: 1.5rem; }
a { color: var(--link); }
.quiet, dt { color: var(--quiet); font-size: 0.875rem; }
.icon { flex: none; width: 1.5rem; height: 1.5rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }

.banner { display: flex; gap: 0.75rem; padding: 1rem; border-left: 0.375rem solid; border-radius: 0.375rem; }
.banner > div { flex: 1; min-width: 0; color: var(--text); }
.banner > .icon { margin-top: 0.2rem; }
.icon circle + path { stroke-width: 2.8; }
.banner h1 + * { margin-top: 0.5rem; }
.banner > div > :last-child { margin-bottom: 0; }
.banner .quiet { color: inherit; }
.asking, .plain { color: var(--ask); background: var(--ask-soft); }
.approved { color: var(--yes); background: var(--yes-soft); }
.rejected { color: var(--no); background: var(--no-soft); }
.ended { color: var(--quiet); background: var(--ended-soft); }
.problem { color: var(--warn); background: var(--warn-soft); }

.note { margin: 0 0 0.75rem; padding: 0.75rem 1rem; border-left: 0.25rem solid var(--ask); background: var(--ask-soft); }

.facts { margin: 0; }
.facts > div { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0 0.75rem; padding: 0.125rem 0; }
dt { padding-top: 0.1rem; }
dd { margin: 0; }
dd .lines { margin: 0; }

.lines { white-space: pre-wrap; }
.said { padding: 0.75rem 1rem; border-left: 0.25rem solid var(--line); background: var(--said); overflow: hidden; }
.said > :last-child { margin-bottom: 0; }
.said .lines + .facts { margin-top: 0.75rem; }
.hidden-character { margin: 0 0.125rem; padding: 0 0.25rem; border: 1px solid var(--warn); border-radius: 0.25rem; background: var(--warn-soft); color: var(--warn); font: 0.75rem ui-monospace, Menlo, Consolas, monospace; unicode-bidi: isolate; white-space: nowrap; }

.answers { margin: 0; padding: 0; list-style: none; }
.answers li { display: flex; gap: 0.75rem; margin-bottom: 0.75rem; }
.answers li > div { flex: 1; min-width: 0; }
.answers p { margin-bottom: 0.25rem; }
.answers li.approve > .icon { color: var(--yes); }
.answers li.reject > .icon { color: var(--no); }
.people { margin: 0; padding-left: 1.25rem; }
.people + .quiet { margin-top: 0.75rem; }

.field { margin: 0 0 1.25rem; }
label { display: block; margin-bottom: 0.25rem; font-weight: 600; }
label .quiet { font-weight: 400; }
textarea, input { display: block; width: 100%; min-height: 2.75rem; margin: 0 0 0.25rem; padding: 0.625rem 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; background: var(--card); color: inherit; font: inherit; }
textarea { min-height: 5.5rem; resize: vertical; }
.decisions { display: grid; gap: 1.75rem; }
/* Alone, a rejection stays where it always is. */
.choice:only-child { grid-column: -2; }
form + .quiet { margin-top: 0.75rem; }
.choice p { margin: 0.375rem 0 0; }
button, .action { display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem; min-height: 3.25rem; padding: 0.75rem 1.5rem; border: 2px solid var(--link); border-radius: 0.5rem; background: var(--link); color: var(--on-link); font: inherit; font-weight: 700; text-align: center; text-decoration: none; cursor: pointer; }
.choice button { width: 100%; font-size: 1.125rem; }
button.approve { border-color: var(--yes); background: var(--yes); color: var(--on-yes); }
button.reject { border-color: var(--no); background: var(--card); color: var(--no); }
button:hover, .action:hover { text-decoration: underline; }
.jump a { display: inline-flex; align-items: center; min-height: 2.75rem; font-weight: 600; }
.links { margin: 0; padding: 0; list-style: none; }
.links li { margin-bottom: 0.75rem; }
.links .action { width: 100%; }
:focus-visible { outline: 3px solid var(--text); outline-offset: 3px; }
textarea:focus-visible, input:focus-visible { outline-offset: 0; }

@media (min-width: 40rem) {
  main { margin-bottom: 2rem; padding: 1.5rem 2rem 2rem; border-radius: 0.75rem; }
  .top { padding: 0 2rem; }
  .facts > div { grid-template-columns: 10rem minmax(0, 1fr); }
  .jump.short { display: none; }
  .decisions { grid-template-columns: 1fr 1fr; gap: 3rem; }
}
@media (forced-colors: active) {
  .banner, .said, .note, button, .action { border-color: CanvasText; }
}
@media print {
  form, .jump { display: none; }
}
`;
