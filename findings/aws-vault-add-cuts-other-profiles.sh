#!/bin/sh
# aws-vault 7.2.0: what `aws-vault add NAME` does to the other profiles in ~/.aws/config.
#
# Expected: a section for NAME is added, and every other line stays, as with `aws configure set` (awscli 1.46.3).
# Seen, 2026-11-30: the whole file is written anew, and every value is cut at its first `#` or `;`, also in profiles that aws-vault
# has never been asked for. What is cut off becomes a comment above the line:
#
#     sso_start_url = https://example.awsapps.com/start/#/         # /
#                                                                  sso_start_url=https://example.awsapps.com/start/
#     credential_process = /opt/bin/credentials --only "a;b"       ; b"
#                                                                  credential_process=/opt/bin/credentials --only "a
#
# The AWS tools end a value at `#` or `;` only after a blank. So the portal's link as a browser shows it, which they all take, is another
# link afterwards, under which no sign-in is cached, and a command loses its end. Settings inside `s3 =` stay. aws-vault uses
# gopkg.in/ini.v1, whose default is to end values there.
#
# Needs Linux, Go 1.20 or later, python3 with venv, the Go module proxy and PyPI. Exits with 1 if aws-vault or aws does something else.
set -eu
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check awscli==1.46.3
export GOPATH="$work/go" GOFLAGS=-mod=mod CGO_ENABLED=0
mkdir "$work/module" "$work/home" "$work/home/.aws"
(
    cd "$work/module"
    go mod init example.com/module 2>/dev/null
    go mod edit -require=github.com/99designs/aws-vault/v7@v7.2.0
    go build -o "$work/aws-vault" github.com/99designs/aws-vault/v7 2>"$work/log" || { cat "$work/log"; exit 1; }
)

export HOME="$work/home" AWS_VAULT_BACKEND=file AWS_VAULT_FILE_PASSPHRASE=passphrase
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
config=$HOME/.aws/config
cat >"$config" <<'CONFIG'
[profile work]
sso_start_url = https://example.awsapps.com/start/#/
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Engineer

[profile process]
credential_process = /opt/bin/credentials --only "a;b"
s3 =
  max_concurrent_requests = 20
CONFIG
cp "$config" "$work/before"

failed=0
# The setting of a profile as the aws CLI reads it.
read_as() {
    value=$("$work/venv/bin/aws" configure get "$2" --profile "$1")
    [ "$value" = "$3" ] || { echo "expected: $3"; failed=1; }
    echo "$1, $2: $value"
}
echo '== before'
read_as work sso_start_url 'https://example.awsapps.com/start/#/'
read_as process credential_process '/opt/bin/credentials --only "a;b"'

"$work/venv/bin/aws" configure set region eu-west-1 --profile new
head -n 10 "$config" | cmp -s - "$work/before" || { echo 'aws configure set changed other lines'; failed=1; }
cp "$work/before" "$config"

echo '== after aws-vault add new'
"$work/aws-vault" add --env new >/dev/null
read_as work sso_start_url 'https://example.awsapps.com/start/'
read_as process credential_process '/opt/bin/credentials --only "a'
read_as process s3.max_concurrent_requests 20
diff "$work/before" "$config" || true
exit "$failed"
