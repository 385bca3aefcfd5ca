#!/usr/bin/env bash
# What action.yml runs: the inputs as INPUT_... and SECRET_... in the environment. Describes, signs and uploads, then
# brings the release to the broker when one is named. Each program gets only the secrets that it needs.
set -euo pipefail

# Said twice: as the runner's annotation, and by the status.
refuse() {
  echo "::error title=nixwave::$1"
  exit 2
}

# What nobody has merged is not what the home shall run, also where the event may read the secrets.
case ${GITHUB_EVENT_NAME-} in
pull_request*)
  echo "::notice title=nixwave::skipped: nothing is signed for a pull request; a push to the branch that deploys is"
  exit 0
  ;;
esac

# Out of the environment at once: no child inherits them, also where the workflow has variables of these names.
unset key token password
key=${SECRET_KEY-} token=${SECRET_TOKEN-} password=${SECRET_PASSWORD-}
unset SECRET_KEY SECRET_TOKEN SECRET_PASSWORD

[ -n "$key" ] || refuse "the input key is empty: is the secret set, and may this job read it? (secrets of an environment need its name in the job)"
if [ -n "$INPUT_SPEC" ] && [ -n "$INPUT_DESCRIPTION" ]; then
  refuse "give either spec or description"
elif [ -z "$INPUT_SPEC$INPUT_DESCRIPTION" ]; then
  refuse "the input spec is missing: the deploy spec that nix build leaves, such as result"
fi
for file in "$INPUT_SPEC" "$INPUT_DESCRIPTION"; do
  [ -z "$file" ] || [ -f "$file" ] || refuse "there is no file ${file//$'\n'/ }: was it built in this job?"
done
case $INPUT_UPLOAD in
asset) place=(--to asset --tag "$INPUT_TAG") ;;
branch) place=(--to branch --branch "$INPUT_BRANCH") ;;
none)
  [ -n "$INPUT_BROKER" ] || refuse "upload: none without broker publishes nothing"
  [ -n "$INPUT_SPEC" ] || refuse "upload: none needs spec"
  ;;
*) refuse "the input upload is asset, branch or none" ;;
esac
case $INPUT_WAIT in
true) [ -n "$INPUT_BROKER" ] || refuse "wait needs broker: GitHub does not hear from the home" ;;
false) ;;
*) refuse "the input wait is true or false" ;;
esac
if [ "$INPUT_UPLOAD" != none ] && [ -z "$token" ]; then refuse "the input token is empty"; fi

if [ -n "$INPUT_NIXWAVE" ]; then
  nixwave=("$INPUT_NIXWAVE")
else
  nixwave=(node "$GITHUB_ACTION_PATH/src/cli/main.ts")
fi

sign=(--fleet "$INPUT_FLEET" --channel "$INPUT_CHANNEL")
# Of a whole commit message its subject, cut to what a statement holds (200 characters, not bytes).
title=${INPUT_TITLE%%$'\n'*}
title=$(LC_ALL=C.UTF-8 bash -c 'printf %s "${1:0:200}"' bash "${title%$'\r'}")
[ -z "$title" ] || sign+=(--title "$title")
[ -z "$INPUT_EXPIRES" ] || sign+=(--expires "$INPUT_EXPIRES")
[ -z "$INPUT_ONLY" ] || sign+=(--only "$INPUT_ONLY")
[ -z "$INPUT_MIN_SERIAL" ] || sign+=(--min-serial "$INPUT_MIN_SERIAL")
[ -z "$INPUT_STORE" ] || sign+=(--store "$INPUT_STORE")
broker=(--broker "$INPUT_BROKER" --user "$INPUT_BROKER_USER")
if [ "$INPUT_WAIT" = true ]; then
  broker+=(--wait)
  [ -z "$INPUT_TIMEOUT" ] || broker+=(--timeout "$INPUT_TIMEOUT")
fi

# The failure's first line as an annotation, beside its place in the log.
annotated() {
  local said status=0
  said=$(mktemp)
  { "$@" 2>&1 >&3 | tee "$said" >&2; } 3>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    local first
    first=$(grep -m 1 '^error\[' "$said" || true)
    [ -z "$first" ] || echo "::error title=nixwave::${first//%/%25}"
  fi
  rm -f "$said"
  return "$status"
}

# The secrets stand before the program itself: before a function they would be in the environment of all that it starts.
publish() {
  NIXWAVE_SIGNING_KEY=$key NIXWAVE_BROKER_PASSWORD=$password \
    "${nixwave[@]}" publish "${broker[@]}" "${sign[@]}" -- "$INPUT_SPEC"
}
upload() {
  NIXWAVE_SIGNING_KEY=$key GITHUB_TOKEN=$token \
    "${nixwave[@]}" upload "${place[@]}" "${sign[@]}" --out "$release" "${what[@]}"
}
announce() {
  NIXWAVE_BROKER_PASSWORD=$password \
    "${nixwave[@]}" announce "${broker[@]}" --channel "$INPUT_CHANNEL" -- "$release"
}

if [ "$INPUT_UPLOAD" = none ]; then
  annotated publish
  exit
fi

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/nixwave-XXXXXX")
release=$folder/release.json
[ -z "$INPUT_DESCRIPTION" ] || what=(--described -- "$INPUT_DESCRIPTION")
[ -n "$INPUT_DESCRIPTION" ] || what=(-- "$INPUT_SPEC")
annotated upload
[ -z "$INPUT_BROKER" ] || annotated announce
