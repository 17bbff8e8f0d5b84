import type { JSX } from 'preact';
import { render } from 'preact-render-to-string';
import { linkLabel, nextHeading, wordsHeading } from '../headings.ts';
import type { Line, Message } from '../message.ts';
import type { Said } from '../said.ts';
import { factsHeadingOf, isAsking } from '../wording.ts';
import { followsOf } from './text.ts';

/**
 * Colours stand in classes, because only a style sheet can tell light from dark; programs that drop it show plain,
 * readable text. Widths come from one table, which a phone narrows. No images, no web fonts, nothing is loaded.
 */
const styles = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; background: #f2f4f7; color: #1a1f29; }
table { border-collapse: collapse; }
.page { width: 100%; background: #f2f4f7; }
.card { width: 100%; max-width: 600px; background: #ffffff; }
.cell { padding: 28px 28px 24px; font: 16px/1.5 system-ui, Segoe UI, Roboto, Helvetica, Arial, sans-serif; color: #1a1f29; text-align: left; overflow-wrap: anywhere; }
h1 { margin: 0 0 12px; font-size: 24px; line-height: 1.25; }
h2 { margin: 28px 0 8px; font-size: 16px; }
p { margin: 0 0 12px; }
.quiet, th { color: #4d5766; }
.quiet { font-size: 14px; }
.lines { width: 100%; }
.lines th, .lines td { padding: 5px 0; vertical-align: top; font-size: 15px; text-align: left; }
.lines th { width: 9em; padding-right: 12px; font-weight: 400; }
.words { border-left: 4px solid #9aa5b5; background: #f2f4f7; padding: 12px 16px; margin: 0 0 20px; }
.words p { white-space: pre-wrap; }
.words p:last-child { margin-bottom: 0; }
.button { background: #1d4fd7; border-radius: 6px; text-align: center; }
.button a { display: block; padding: 14px 28px; color: #ffffff; font-weight: 600; text-decoration: none; }
.plain { margin-top: 24px; }
.footer { margin: 24px 0 0; }
.plain a, .words a { color: #1d4fd7; word-break: break-all; }
@media (max-width: 480px) {
  .cell { padding: 20px 16px; }
  .wide, .button { width: 100%; }
  .lines th, .lines td { display: block; width: auto; padding: 0; }
  .lines th { padding-top: 8px; font-size: 14px; }
}
@media (prefers-color-scheme: dark) {
  body, .page { background: #11151c; }
  .card { background: #1b212b; }
  body, .cell, .lines td { color: #e8ecf2; }
  .quiet, th { color: #aab4c3; }
  .words { background: #11151c; border-color: #5d6b80; }
  .button { background: #8fb0ff; }
  .button a { color: #0b1533; }
  .plain a, .words a { color: #8fb0ff; }
}
`;

/** The HTML part of a mail. Every text is escaped by the renderer; the only address in it is the message's link. */
export function renderHtml(message: Message): string {
  return `<!DOCTYPE html>\n${render(<MailPage message={message} />)}\n`;
}

function MailPage({ message }: { message: Message }): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{message.subject}</title>
        <style>{styles}</style>
      </head>
      <body>
        <div role="article" aria-roledescription="email" aria-label={message.title} lang="en">
          <table class="page" role="presentation" width="100%">
            <tr>
              <td align="center">
                <table class="card" role="presentation" width="600">
                  <tr>
                    <td class="cell">
                      <Content message={message} />
                    </td>
                  </tr>
                </table>
              </td>
            </tr>
          </table>
        </div>
      </body>
    </html>
  );
}

function Content({ message }: { message: Message }): JSX.Element {
  return (
    <>
      <h1>{message.title}</h1>
      <p>{message.lead}</p>
      {isAsking(message.kind) ? <Asking message={message} /> : <Telling message={message} />}
      <h2>{factsHeadingOf(message)}</h2>
      <Lines lines={message.facts} />
      {message.words.length > 0 && <Words lines={message.words} />}
      {isAsking(message.kind) && <Next message={message} />}
      {message.link !== '' && <PlainLink href={message.link} />}
      <p class="quiet footer">{message.footer}</p>
    </>
  );
}

/** What to do comes first. */
function Asking({ message }: { message: Message }): JSX.Element {
  return (
    <>
      {message.deadline !== '' && <p>{message.deadline}</p>}
      {message.link !== '' && <Button href={message.link} />}
      {message.personal !== '' && <p class="quiet">{message.personal}</p>}
      <Answers answers={message.answers} />
    </>
  );
}

/** What happened comes first, and what everybody said; there is nothing left to do. */
function Telling({ message }: { message: Message }): JSX.Element {
  const follows = followsOf(message);
  return (
    <>
      {follows !== '' && <p>{follows}</p>}
      <Answers answers={message.answers} />
      {message.link !== '' && <Button href={message.link} />}
    </>
  );
}

function Answers({ answers }: { answers: readonly Said[] }): JSX.Element {
  return (
    <>
      {answers.map((answer) => (
        <Answer answer={answer} />
      ))}
    </>
  );
}

function Next({ message }: { message: Message }): JSX.Element {
  return (
    <>
      <h2>{nextHeading}</h2>
      {message.asked !== '' && <p>{message.asked}</p>}
      <Lines lines={message.next} />
    </>
  );
}

function PlainLink({ href }: { href: string }): JSX.Element {
  return (
    <p class="quiet plain">
      If the button does not work, copy this address into your browser: <a href={href}>{href}</a>
    </p>
  );
}

/** A table, because some mail programs ignore padding on a link. */
function Button({ href }: { href: string }): JSX.Element {
  return (
    <table class="wide" role="presentation" style="margin: 20px 0 12px">
      <tr>
        <td class="button">
          <a href={href}>{linkLabel}</a>
        </td>
      </tr>
    </table>
  );
}

function Lines({ lines }: { lines: readonly Line[] }): JSX.Element {
  return (
    <table class="lines">
      {lines.map(({ name, value }) => (
        <tr>
          <th scope="row">{name}</th>
          <td>{value}</td>
        </tr>
      ))}
    </table>
  );
}

function Words({ lines }: { lines: readonly Line[] }): JSX.Element {
  return (
    <>
      <h2>{wordsHeading}</h2>
      <div class="words">
        {lines.map(({ name, value, href }) => (
          <p>
            <span class="quiet">{name}</span>
            <br />
            {href === undefined ? value : <a href={href}>{value}</a>}
          </p>
        ))}
      </div>
    </>
  );
}

function Answer({ answer }: { answer: Said }): JSX.Element {
  return (
    <>
      <p>{answer.sentence}</p>
      {answer.comment !== '' && (
        <div class="words">
          <p>{answer.comment}</p>
        </div>
      )}
    </>
  );
}
