import { usage } from './arguments.ts';
import type { Run } from './commands.ts';
import { exitCodes } from './exitcode.ts';

/**
 * What follows the tab on a line of `__complete` is somebody else's text: it is cut off by the shell itself, without sed
 * (which knows no `\t` on macOS), and nothing of a line goes through anything that would expand it, as `compgen -W` does.
 */
const scripts = {
  bash: `# tkn-approval: source <(tkn-approval completion bash)
_tkn_approval() {
  local line tab=$'\\t'
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == :* ]] || COMPREPLY+=("\${line%%"$tab"*}")
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tkn_approval tkn-approval kubectl-approval
`,
  zsh: `#compdef tkn-approval kubectl-approval
# tkn-approval: source <(tkn-approval completion zsh)
_tkn_approval() {
  local tab=$'\\t'
  local -a lines
  lines=(\${(f)"$($words[1] __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  lines=(\${lines:#:*})
  compadd -- \${lines%%$tab*}
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
