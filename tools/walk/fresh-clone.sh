#!/usr/bin/env bash
# Walks the way of a newcomer and prints how long each command took: clones this repository into a temporary folder
# with an empty HOME, empty npm, XDG and Go caches and only git, Node 20, npm, Go and the system's own tools in PATH,
# runs `npm run demo -- --auto` and `npm test`, and both again with the caches warm.
#
#   tools/walk/fresh-clone.sh [--keep] [COMMAND ...]
#
# With COMMANDs (each one word group, such as "npm run cluster -- --help") these are run instead of the two.
# Settings of the network that a company's machine needs are kept: npm's from NPM_CONFIG_USERCONFIG (a file) and
# npm_config_*, Go's from GOPROXY and the like, proxies and certificate authorities from the usual variables.
set -euo pipefail

keep=false
if [ "${1:-}" = --keep ]; then
  keep=true
  shift
fi
commands=("$@")
[ ${#commands[@]} -gt 0 ] || commands=("npm run demo -- --auto" "npm test")

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
walk=$(mktemp -d "${TMPDIR:-/tmp}/tekton-approvals-walk-XXXXXX")
cleanUp() {
  $keep && { echo "kept: $walk"; return; }
  # Go makes its module cache read-only.
  chmod -R u+w "$walk" && rm -rf "$walk"
}
trap cleanUp EXIT

mkdir "$walk/home" "$walk/bin" "$walk/tmp"
system="sh bash env cat cp mv rm mkdir rmdir ln ls chmod touch date sleep dirname basename head tail tr cut sort uniq wc
  sed grep find xargs uname id mktemp readlink realpath tee true false test printf echo expr seq stat tar gzip"
for program in git node npm go $system; do
  path=$(type -P "$program") || { echo "$program is not in PATH" >&2; exit 1; }
  ln -s "$path" "$walk/bin/$program"
done

environment=(
  "HOME=$walk/home"
  "XDG_CACHE_HOME=$walk/home/.cache"
  "XDG_CONFIG_HOME=$walk/home/.config"
  "GOCACHE=$walk/home/go-build"
  "GOMODCACHE=$walk/home/go-mod"
  "GOPATH=$walk/home/go"
  "TMPDIR=$walk/tmp"
  "PATH=$walk/bin"
  "LANG=${LANG:-C.UTF-8}"
)
for name in GOPROXY GONOSUMDB GONOSUMCHECK GOSUMDB GOFLAGS GOPRIVATE GOTOOLCHAIN NODE_EXTRA_CA_CERTS SSL_CERT_FILE \
  SSL_CERT_DIR GIT_SSL_CAINFO HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy NPM_CONFIG_USERCONFIG \
  NPM_CONFIG_REGISTRY NPM_CONFIG_CAFILE npm_config_registry npm_config_cafile CHROMIUM_PATH; do
  [ -z "${!name:-}" ] || environment+=("$name=${!name}")
done

git clone --quiet "$source" "$walk/clone"
cd "$walk/clone"
echo "commit $(git rev-parse --short HEAD), $(node --version), npm $(npm --version), $(go version), $(getconf _NPROCESSORS_ONLN) cores"

times=()
failed=0
for state in cold warm; do
  for command in "${commands[@]}"; do
    echo "== $state: $command"
    start=$SECONDS
    status=0
    # shellcheck disable=SC2086 # the command is a line of words on purpose
    env -i "${environment[@]}" $command || status=$?
    elapsed=$((SECONDS - start))
    times+=("$state  $(printf '%2dm%02ds' $((elapsed / 60)) $((elapsed % 60)))  exit $status  $command")
    [ "$status" -eq 0 ] || failed=1
  done
done

echo "== times"
printf '%s\n' "${times[@]}"
left=$(git status --porcelain)
[ -z "$left" ] || { echo "the commands changed files of the checkout:"; echo "$left"; failed=1; }
exit $failed
