import { expect, it } from 'vitest';
import { commandNames } from './commands.ts';
import { Paper } from './fixture.ts';
import { run } from './help.ts';

const helpOn = async (...names: string[]): Promise<string> => {
  const terminal = new Paper();
  await run({ terminal, program: 'kubectl approval', flags: {}, names });
  return terminal.written.out;
};

it('shows all commands', async () => {
  expect(await helpOn()).toMatchInlineSnapshot(`
    "Usage: kubectl approval COMMAND [NAME...] [FLAGS]

    Shows and answers the approval requests of Tekton pipelines, as the user that kubectl is.

      list        show requests, first those that wait for you
      describe    show one request, who answered, and whether you may
      approve     approve requests
      reject      reject requests
      verify      compute the audit digest of a request again, and compare
      version     show the version of this program
      completion  print a script that completes commands, flags and names
      help        show what there is

    kubectl approval COMMAND --help shows the flags of a command.
    NAME is that of the ApprovalTask, or PIPELINERUN/TASK.
    Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 refused, 4 no verdict yet, 5 no such request, 6 no cluster,
    7 no rights, 8 not installed, 9 the record does not fit, 10 it could not be compared.
    "
  `);
});

it('shows the flags of one command', async () => {
  expect(await helpOn('list')).toMatchInlineSnapshot(`
    "Usage: kubectl approval list [FLAGS]

    Show requests, first those that wait for you.

      -n, --namespace NAME      namespace of the requests
      -A, --all-namespaces      requests of all namespaces
          --all                 settled requests, too
      -o, --output FORMAT       json, yaml, wide or name
      -w, --watch               go on and show what changes

          --kubeconfig FILE     this kubeconfig instead of KUBECONFIG
          --context NAME        this context of the kubeconfig
          --cluster NAME        this cluster of the kubeconfig
          --user NAME           this user of the kubeconfig
          --as USER             act for this user
          --as-group GROUP      act for this group; may be repeated
      -h, --help                show this text
    "
  `);
});

it.each(commandNames)('knows %s, on lines that fit', async (name) => {
  const text = await helpOn(name);
  expect(text).toContain(name);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(114);
});
