import { usage } from './arguments.ts';
import type { Run } from './commands.ts';
import { exitCodes } from './exitcode.ts';

/** What asks this program for candidates, without the descriptions behind a tab and the line that ends them. */
const asking = `2>/dev/null | sed -e '/^:/d' -e 's/\\t.*//'`;

const scripts = {
  bash: `# tkn-approval: source <(tkn-approval completion bash)
_tkn_approval() {
  local candidates
  candidates=$("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" ${asking})
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -F _tkn_approval tkn-approval kubectl-approval
`,
  zsh: `#compdef tkn-approval kubectl-approval
# tkn-approval: source <(tkn-approval completion zsh)
_tkn_approval() {
  local -a candidates
  candidates=(\${(f)"$($words[1] __complete "\${(@)words[2,CURRENT]}" ${asking})"})
  compadd -- $candidates
}
compdef _tkn_approval tkn-approval kubectl-approval
`,
  fish: `# tkn-approval: tkn-approval completion fish | source
function __tkn_approval
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..] 2>/dev/null | string match -v -r '^:'
end
complete -c tkn-approval -f -a '(__tkn_approval)'
complete -c kubectl-approval -f -a '(__tkn_approval)'
`,
} as const;

/** Prints the script that makes a shell complete what can follow. */
export const run: Run = ({ terminal, names: [shell = '', ...more] }) => {
  if (!isShell(shell) || more.length > 0) {
    throw usage(`completion takes the name of a shell: ${Object.keys(scripts).join(', ')}`);
  }
  terminal.out(scripts[shell]);
  return Promise.resolve(exitCodes.done);
};

function isShell(name: string): name is keyof typeof scripts {
  return Object.hasOwn(scripts, name);
}
